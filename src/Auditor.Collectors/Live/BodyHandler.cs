using System.Security.Authentication;

namespace Auditor.Collectors.Live;

/// <summary>
/// Reads the body inside the attempt: one deadline for headers and body together, a cap on the decompressed size, and a connection that breaks in the middle counts
/// as a failed attempt instead of a short answer. Failures leave here as <see cref="UnansweredException"/>, in words.
/// </summary>
internal sealed class BodyHandler(Manners manners, TimeProvider clock, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(manners.Deadline, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var response = await base.SendAsync(request, both.Token);
            try
            {
                var type = response.Content.Headers.ContentType;
                var body = new ByteArrayContent(await ReadAsync(response.Content, both.Token));
                body.Headers.ContentType = type;
                response.Content.Dispose();
                response.Content = body;
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
        catch (UnansweredException)
        {
            throw;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnansweredException(
                string.Create(CultureInfo.InvariantCulture, $"there was no complete answer within {manners.Deadline.TotalSeconds:0} s"),
                isTransient: true,
                e
            );
        }
        catch (HttpRequestException e)
        {
            throw InWords(e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new UnansweredException("the answer broke off", isTransient: true, e);
        }
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength is { } announced && announced > manners.MaxBody)
        {
            throw TooLarge();
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > manners.MaxBody)
            {
                throw TooLarge();
            }

            await buffer.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        }

        return buffer.ToArray();
    }

    private UnansweredException TooLarge() =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"the answer is larger than {manners.MaxBody / 1024 / 1024} MB"),
            isTransient: false
        );

    // A certificate that is wrong now is wrong in a second, too; asking again would only wear down whoever reads the warnings.
    private static UnansweredException InWords(HttpRequestException e) =>
        e.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => new("the host's name cannot be resolved", isTransient: true, e),
            HttpRequestError.ConnectionError => new("there is no connection to the host", isTransient: true, e),
            HttpRequestError.SecureConnectionError when e.InnerException is AuthenticationException => new(
                "the host's certificate is not accepted",
                isTransient: false,
                e
            ),
            HttpRequestError.SecureConnectionError => new("no secure connection could be made", isTransient: true, e),
            HttpRequestError.ProxyTunnelError => new("the proxy refuses the connection", isTransient: true, e),
            HttpRequestError.ConfigurationLimitExceeded => new("the headers of the answer are larger than 64 KB", isTransient: false, e),
            HttpRequestError.ResponseEnded => new("the answer broke off", isTransient: true, e),
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => new(
                "the answer is not valid HTTP",
                isTransient: true,
                e
            ),
            _ => new("the answer broke off", isTransient: true, e),
        };
}
