using Auditor.Collectors.Live;
using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>Reads lists and documents of a management API into the model, with their coverage.</summary>
/// <param name="api">The API.</param>
/// <param name="log">Where coverage and notices go.</param>
/// <param name="partRoot">What the names of the source's parts begin with.</param>
/// <param name="omitsEmptyLists">Whether the API leaves out the member that wraps a list when the list is empty, as proto3 does. Where it does not, a missing member is a failure.</param>
internal sealed class Listing(ManagementApi api, CollectorLog log, string partRoot, bool omitsEmptyLists = true)
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
    /// <param name="absent">What a refusal means where it is not one: that the source has no such things. Null where it is one.</param>
    /// <param name="recorded">Which answers a recording keeps.</param>
    public async Task<Collected<T>> ListAsync<T>(
        string path,
        string part,
        string? member,
        Func<Json, T?> map,
        CancellationToken cancellationToken,
        Func<Answer, Coverage?>? absent = null,
        Recorded recorded = Recorded.Always
    )
        where T : class
    {
        var answer = await TryGetAsync(path, recorded, cancellationToken);
        var collected =
            !answer.HasDocument && absent?.Invoke(answer) is { } meaning ? new Collected<T>([], meaning) : Read(answer, member, map);
        log.Cover(partRoot + "/" + part, collected.Coverage, collected.Count);
        return collected;
    }

    /// <summary>A list of names: a bare array of texts.</summary>
    public Task<Collected<string>> NamesAsync(string path, string part, CancellationToken cancellationToken) =>
        ListAsync(path, part, null, row => row.AsName, cancellationToken);

    /// <summary>One document, or null with its coverage.</summary>
    /// <param name="path">The path of the GET.</param>
    /// <param name="part">The name of the part in the coverage table.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="requires">The member without which the document is none; null for any object.</param>
    /// <param name="anyOf">Members of which the document has at least one, or it is another's answer; null for any object.</param>
    public async Task<(Json? Document, Coverage Coverage)> DocumentAsync(
        string path,
        string part,
        CancellationToken cancellationToken,
        string? requires = null,
        string[]? anyOf = null
    )
    {
        var answer = await TryGetAsync(path, Recorded.Always, cancellationToken);
        var coverage = answer.Coverage;
        Json? document = null;
        if (answer.HasDocument)
        {
            var json = new Json(answer.Document, answer.Location, log);
            if (json.IsObject && requires is not null && json[requires].IsMissing)
            {
                coverage = new Coverage.Failed($"the answer has no '{requires}'");
            }
            else if (json.IsObject && anyOf is not null && Array.TrueForAll(anyOf, member => json[member].IsMissing))
            {
                coverage = new Coverage.Failed($"the answer has none of '{string.Join("', '", anyOf)}'");
            }
            else if (json.IsObject)
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
                // proto3 leaves out a list without rows. An object that says something else instead is another answer.
                var isEmpty =
                    omitsEmptyLists
                    && document.Members().All(other => other.Name == member || other.Name is "nextPageToken" or "totalSize");
                return new Collected<T>([], isEmpty ? answer.Coverage : new Coverage.Failed($"the answer has no '{member}'"));
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
    public async Task<Answer> TryGetAsync(string path, Recorded recorded, CancellationToken cancellationToken)
    {
        try
        {
            return await api.GetAsync(path, recorded, cancellationToken);
        }
        catch (UnansweredException e)
        {
            return Answer.Without(api.Artifact(path), e.Coverage);
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
