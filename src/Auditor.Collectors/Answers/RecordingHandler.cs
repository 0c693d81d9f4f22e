using System.Net;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Live;

namespace Auditor.Collectors.Answers;

/// <summary>Answers GETs from the folder of a recording. Nothing is sent anywhere.</summary>
/// <param name="tree">The recording.</param>
/// <param name="folder">The folder below which the request's path is looked up: <c>okta/acme.okta.com</c>.</param>
/// <param name="basePath">The part of the request's path that the folder stands for, ending in a slash.</param>
internal sealed class RecordingHandler(SourceTree tree, string folder, string basePath) : HttpMessageHandler
{
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
            if (tree.Has(path + ".error.json"))
            {
                // Both: rows came, and then the list broke off.
                AnswerNotes.Partial(
                    request,
                    ErrorRecord.Read(tree, path + ".error.json").Reason ?? "the list broke off while it was recorded"
                );
            }

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

        // Neither a body nor an error: nobody asked, which is not 404.
        AnswerNotes.NotCollected(request);
        return new HttpResponseMessage(HttpStatusCode.NotFound);
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
        var (status, reason, body) = ErrorRecord.Read(tree, path);
        if (reason is not null)
        {
            throw new UnansweredException(ErrorRecord.Meaning(status, reason), isTransient: false);
        }

        return new HttpResponseMessage((HttpStatusCode)(status ?? 500)) { Content = new StringContent(body) };
    }
}
