using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>Reads lists and documents of a management API into the model, with their coverage.</summary>
internal sealed class Listing(ManagementApi api, CollectorLog log, string partRoot)
{
    /// <summary>The log of the collection.</summary>
    public CollectorLog Log => log;

    /// <summary>A list: a bare array, or the array in the given member of an object.</summary>
    /// <typeparam name="T">What the rows become.</typeparam>
    /// <param name="path">The path of the GET.</param>
    /// <param name="part">The name of the part in the coverage table.</param>
    /// <param name="member">The member that wraps the rows; null for a bare array. A missing member of an object is an empty list (proto3 omits it).</param>
    /// <param name="map">Reads a row; null when it lacks what identifies it.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Collected<T>> ListAsync<T>(
        string path,
        string part,
        string? member,
        Func<Json, T?> map,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var answer = await TryGetAsync(path, cancellationToken);
        var collected = Read(answer, member, map);
        log.Cover(partRoot + "/" + part, collected.Coverage, collected.Count);
        return collected;
    }

    /// <summary>A list of names: a bare array of texts.</summary>
    public Task<Collected<string>> NamesAsync(string path, string part, CancellationToken cancellationToken) =>
        ListAsync(path, part, null, row => row.AsText, cancellationToken);

    /// <summary>One document, or null with its coverage.</summary>
    public async Task<(Json? Document, Coverage Coverage)> DocumentAsync(string path, string part, CancellationToken cancellationToken)
    {
        var answer = await TryGetAsync(path, cancellationToken);
        var coverage = answer.Coverage;
        Json? document = null;
        if (answer.HasDocument)
        {
            var json = new Json(answer.Document, answer.Location, log);
            if (json.IsObject)
            {
                document = json;
            }
            else
            {
                coverage = new Coverage.Failed("the answer is not an object");
            }
        }

        log.Cover(partRoot + "/" + part, coverage, document is null ? 0 : 1);
        return (document, coverage);
    }

    /// <summary>Reads the rows of an answer that was already given.</summary>
    public Collected<T> Read<T>(Answer answer, string? member, Func<Json, T?> map)
        where T : class
    {
        if (!answer.HasDocument)
        {
            return new Collected<T>([], answer.Coverage);
        }

        var document = new Json(answer.Document, answer.Location, log);
        if (member is not null && document.IsObject)
        {
            var wrapped = document[member];
            if (wrapped.IsMissing)
            {
                return new Collected<T>([], answer.Coverage);
            }

            document = wrapped;
        }

        if (!document.IsArray)
        {
            return new Collected<T>([], new Coverage.Failed("the answer is not a list"));
        }

        var items = ImmutableArray.CreateBuilder<T>();
        var unreadable = 0;
        foreach (var row in document.Items())
        {
            if (map(row) is { } item)
            {
                items.Add(item);
            }
            else
            {
                unreadable++;
            }
        }

        var coverage =
            unreadable == 0
                ? answer.Coverage
                : Coverage.Worst(
                    answer.Coverage,
                    new Coverage.Partial(
                        $"{unreadable.ToString(CultureInfo.InvariantCulture)} rows could not be read: they lack an id or are no objects"
                    )
                );
        return new Collected<T>(items.DrainToImmutable(), coverage);
    }

    /// <summary>The answer to a GET; a transport failure is an answer, too.</summary>
    public async Task<Answer> TryGetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await api.GetAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Answer.Without(api.Artifact(path), new Coverage.Failed("the request failed: " + Words(e)));
        }
    }

    private static string Words(Exception e) =>
        e is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known
            ? known.HttpRequestError.ToString()
            : Inputs.Reason.Of(e.InnerException ?? e);
}
