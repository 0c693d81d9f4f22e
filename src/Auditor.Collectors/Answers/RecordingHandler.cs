using System.Net;
using System.Text.Json;
using Auditor.Collectors.Inputs;

namespace Auditor.Collectors.Answers;

/// <summary>Answers GETs from the folder of a recording. Nothing is sent anywhere.</summary>
/// <param name="tree">The recording.</param>
/// <param name="folder">The folder below which the request's path is looked up: <c>okta/acme.okta.com</c>.</param>
/// <param name="basePath">The part of the request's path that the folder stands for, ending in a slash.</param>
internal sealed class RecordingHandler(SourceTree tree, string folder, string basePath) : HttpMessageHandler
{
    /// <summary>Marks the answer to a request that the recording holds neither a body nor an error for: not collected, which is not 404.</summary>
    internal const string NotCollectedHeader = "X-Auditor-Not-Collected";

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Respond(request));
    }

    private HttpResponseMessage Respond(HttpRequestMessage request)
    {
        var full = request.RequestUri!.PathAndQuery;
        var path =
            folder
            + "/"
            + RecordingPath.OfRequest(full.StartsWith(basePath, StringComparison.Ordinal) ? full[basePath.Length..] : full.TrimStart('/'));
        if (tree.Has(path + ".json"))
        {
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = Body(path + ".json") };
        }

        if (tree.Has(path + ".error.json"))
        {
            return Error(path + ".error.json");
        }

        if (tree.Has(path))
        {
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = Body(path) };
        }

        var missing = new HttpResponseMessage(HttpStatusCode.NotFound);
        missing.Headers.Add(NotCollectedHeader, "1");
        return missing;
    }

    private ByteArrayContent Body(string path)
    {
        try
        {
            return new ByteArrayContent(tree.Read(path, ManagementApi.MaxBody));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HttpRequestException(Reason.Of(e), e);
        }
    }

    private HttpResponseMessage Error(string path)
    {
        var status = 500;
        var body = "{}";
        try
        {
            using var document = JsonDocument.Parse(tree.Read(path, 1024 * 1024));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                if (
                    document.RootElement.TryGetProperty("status", out var code)
                    && code.TryGetInt32(out var number)
                    && number is >= 300 and <= 599
                )
                {
                    status = number;
                }

                if (document.RootElement.TryGetProperty("body", out var content))
                {
                    body = content.GetRawText();
                }
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // An error record that cannot be read still says that the request failed.
            status = 500;
        }

        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
    }
}
