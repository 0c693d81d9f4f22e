using System.Net;
using System.Text.Json;
using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>The answer to a GET: a document, or how it is that there is none.</summary>
internal sealed class Answer
{
    private Answer(JsonElement document, SourceLocation location, Coverage coverage, int? status, string? errorCode)
    {
        Status = status;
        ErrorCode = errorCode;
        Document = document;
        Location = location;
        Coverage = coverage;
    }

    /// <summary>The document; undefined unless there is one.</summary>
    public JsonElement Document { get; }

    /// <summary>The artifact.</summary>
    public SourceLocation Location { get; }

    /// <summary>Complete, or why there is no document, or why it is not all.</summary>
    public Coverage Coverage { get; }

    /// <summary>The HTTP status of a refusal; null when there was none, or no answer.</summary>
    public int? Status { get; }

    /// <summary>The source's own code of a refusal; null when it gave none.</summary>
    public string? ErrorCode { get; }

    /// <summary>Whether there is a document.</summary>
    public bool HasDocument => Document.ValueKind != JsonValueKind.Undefined;

    public static Answer Of(JsonElement document, SourceLocation location, Coverage coverage) =>
        new(document, location, coverage, null, null);

    public static Answer Without(SourceLocation location, Coverage coverage, int? status = null, string? errorCode = null) =>
        new(default, location, coverage, status, errorCode);
}

/// <summary>
/// GETs of one management API. Live and offline are one code path: the difference is the handler below the client, which is a socket or the folder of a recording.
/// </summary>
/// <param name="client">The client; its base address ends in a slash.</param>
/// <param name="artifactRoot">The folder of the recording that the answers belong to: <c>okta/acme.okta.com</c>.</param>
/// <param name="needs">What reading a path takes, in the source's terms, to be named when it is refused; null where that is not known.</param>
internal sealed class ManagementApi(HttpClient client, string artifactRoot, Func<string, string?>? needs = null)
{
    internal const int MaxBody = 256 * 1024 * 1024;

    /// <summary>The artifact of a path: where a recording keeps its answer.</summary>
    public SourceLocation Artifact(string path) => new(artifactRoot + "/" + RecordingPath.OfRequest(path) + ".json");

    /// <summary>Asks for one document.</summary>
    /// <param name="path">The path with its query.</param>
    /// <param name="recorded">Which answers a recording keeps.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Answer> GetAsync(string path, Recorded recorded, CancellationToken cancellationToken)
    {
        var location = Artifact(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Options.Set(RecordingTee.Keeps, recorded);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (AnswerNotes.IsNotCollected(request))
        {
            return Answer.Without(location, new Coverage.NotCollected("not part of the recording"));
        }

        var bytes = await ReadBodyAsync(response, cancellationToken);
        if (bytes is null)
        {
            return Answer.Without(location, new Coverage.Failed("the answer is larger than 256 MB"));
        }

        if (!response.IsSuccessStatusCode)
        {
            var code = ErrorCode(bytes);
            return Answer.Without(location, Refusal(response.StatusCode, code, needs?.Invoke(path)), (int)response.StatusCode, code);
        }

        try
        {
            using var document = StrictJson.Parse(bytes);
            return Answer.Of(
                document.RootElement.Clone(),
                location,
                AnswerNotes.WhyPartial(request) is { } why ? new Coverage.Partial(why) : Coverage.Complete.Instance
            );
        }
        catch (JsonException e)
        {
            return Answer.Without(
                location with
                {
                    Line = (int)(e.LineNumber ?? 0) + 1,
                    Column = (int)(e.BytePositionInLine ?? 0) + 1,
                },
                new Coverage.Failed(Why(e))
            );
        }
    }

    /// <summary>What a JSON document is refused for, without quoting it.</summary>
    internal static string Why(JsonException e)
    {
        var place = string.Create(
            CultureInfo.InvariantCulture,
            $" at line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}"
        );
        return (
                e.Message.Contains("maximum configured depth", StringComparison.Ordinal) ? "the JSON is nested deeper than 64"
                : e.Message.Contains("uplicate", StringComparison.Ordinal) ? "the JSON names a member twice"
                : e.Message.Contains("UTF-8", StringComparison.Ordinal) ? "the JSON is not UTF-8"
                : e.Message.Contains("surrogate", StringComparison.Ordinal) ? "the JSON holds half a surrogate pair"
                : "the answer is not valid JSON"
            ) + (e.LineNumber is null ? "" : place);
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength is > MaxBody)
        {
            return null;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var buffer = new MemoryStream((int)(response.Content.Headers.ContentLength ?? 4096));
        var chunk = new byte[81920];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > MaxBody)
            {
                return null;
            }

            await buffer.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        }

        return buffer.ToArray();
    }

    // 401 and 403 are refusals; everything else is a failure of the source. The body's code is kept, its prose is not.
    private static Coverage Refusal(HttpStatusCode status, string? code, string? needs)
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"{(int)status}{(code is null ? "" : " " + code)}");
        return status is HttpStatusCode.Unauthorized ? new Coverage.Denied(words)
            : status is HttpStatusCode.Forbidden ? new Coverage.Denied(needs is null ? words : words + "; it takes " + needs)
            : new Coverage.Failed("the source answered " + words);
    }

    /// <summary>Whether a part is missing because the source knows no such thing.</summary>
    internal static bool IsNotFound(Coverage coverage) =>
        coverage is Coverage.Failed { Why: var why } && why.StartsWith("the source answered 404", StringComparison.Ordinal);

    private static string? ErrorCode(byte[] body)
    {
        try
        {
            using var document = StrictJson.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (root.TryGetProperty("errorCode", out var okta) && okta.ValueKind == JsonValueKind.String)
            {
                return Short(okta.GetString());
            }

            return
                root.TryGetProperty("error", out var google)
                && google.ValueKind == JsonValueKind.Object
                && google.TryGetProperty("status", out var status)
                && status.ValueKind == JsonValueKind.String
                ? Short(status.GetString())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Short(string? code) =>
        code is { Length: <= 60 } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? code : null;
}
