using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Live;

namespace Auditor.Collectors.Apigee;

/// <summary>Records the answers that are property sets, without their credentials, and hands on what it recorded.</summary>
/// <param name="writer">The recording.</param>
/// <param name="folder">The organization's folder in it.</param>
/// <param name="basePath">The part of a request's path that the folder stands for, ending in a slash.</param>
/// <param name="scrubber">Takes the credentials out.</param>
/// <param name="inner">The next handler.</param>
internal sealed class FileTee(RecordingWriter writer, string folder, string basePath, BundleScrubber scrubber, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = folder + "/" + RecordingPath.OfRequest(request.RequestUri!.PathAndQuery[basePath.Length..]);
        RequestLog.Keep(request, path);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                // Any text is a property set, but a page is what something in between says instead of one.
                if (response.Content.Headers.ContentType?.MediaType == "text/html")
                {
                    throw new UnansweredException(new Model.Coverage.Failed("the answer is a page"), isTransient: false);
                }

                var clean = scrubber.Properties(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                writer.File(path, clean);
                response.Content.Dispose();
                response.Content = new ByteArrayContent(clean);
            }
            else
            {
                writer.Error(path, (int)response.StatusCode, default, null);
            }

            return response;
        }
        catch (UnansweredException e)
        {
            writer.Error(path, e.Coverage is Model.Coverage.Denied ? 401 : null, default, e.Coverage.Reason);
            throw;
        }
    }
}
