using System.Net.Http.Headers;
using System.Text.Json;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;

namespace Auditor.Collectors.Answers;

/// <summary>Which answers a recording keeps.</summary>
internal enum Recorded
{
    /// <summary>All: a refusal and a failure, too, are what is known of the part.</summary>
    Always,

    /// <summary>All but refusals that mean that the source has no such thing: 403, 404, 405.</summary>
    UnlessAbsent,

    /// <summary>Answers only: what was read before stays when reading it again fails.</summary>
    IfAnswered,
}

/// <summary>
/// The outermost handler of a live source: takes the credentials out of every answer, hands on and records what is left. What is not JSON goes no further, for nobody
/// could say what is in it.
/// </summary>
/// <param name="writer">The recording.</param>
/// <param name="folder">The folder of the source in it: <c>okta/acme.okta.com</c>.</param>
/// <param name="redactor">Knows the vendor's secrets.</param>
/// <param name="inner">The next handler.</param>
/// <param name="basePath">The part of a request's path that the folder stands for, ending in a slash.</param>
/// <param name="entries">For the path of a list of entries: which of them may be kept in clear, by key and value; null for other paths.</param>
internal sealed class RecordingTee(
    RecordingWriter writer,
    string folder,
    AnswerRedactor redactor,
    HttpMessageHandler inner,
    string basePath = "/",
    Func<string, Func<string, string, bool>?>? entries = null
) : DelegatingHandler(inner)
{
    /// <summary>Which answers to a request are kept; all of them where nothing is said.</summary>
    public static readonly HttpRequestOptionsKey<Recorded> Keeps = new("auditor.recorded");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var keeps = request.Options.TryGetValue(Keeps, out var said) ? said : Recorded.Always;
        var asked = request.RequestUri!.PathAndQuery;
        var path =
            folder + "/" + RecordingPath.OfRequest(asked.StartsWith(basePath, StringComparison.Ordinal) ? asked[basePath.Length..] : asked);
        RequestLog.Keep(request, path);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var body = await RedactedAsync(response, entries?.Invoke(request.RequestUri.AbsolutePath), cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                if (body is null)
                {
                    response.Dispose();
                    throw new UnansweredException("the answer is not valid JSON", isTransient: false);
                }

                writer.Body(path, body, AnswerNotes.WhyPartial(request));
            }
            else if (keeps == Recorded.Always || (keeps == Recorded.UnlessAbsent && (int)response.StatusCode is not (403 or 404 or 405)))
            {
                using var document = body is null ? null : JsonDocument.Parse(body);
                writer.Error(path, (int)response.StatusCode, document?.RootElement ?? default, null);
            }

            var type = new MediaTypeHeaderValue("application/json");
            response.Content.Dispose();
            response.Content = new ByteArrayContent(body ?? []);
            response.Content.Headers.ContentType = type;
            return response;
        }
        catch (UnansweredException e) when (keeps != Recorded.IfAnswered)
        {
            writer.Error(path, e.Coverage is Model.Coverage.Denied ? 401 : null, default, e.Coverage.Reason);
            throw;
        }
    }

    private async Task<byte[]?> RedactedAsync(
        HttpResponseMessage response,
        Func<string, string, bool>? keepsEntry,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken), StrictJson.Options);
            return redactor.Redact(document.RootElement, keepsEntry);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Invalid UTF-16 in an escaped text is found only when the text is read.
            return null;
        }
    }
}
