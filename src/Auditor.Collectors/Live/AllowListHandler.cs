namespace Auditor.Collectors.Live;

/// <summary>
/// The last handler before the socket: lets pass what the endpoint table names and nothing else. That the program only reads is a property of this class, not of
/// the care of everything above it.
/// </summary>
internal sealed class AllowListHandler(EndpointTable endpoints, HttpMessageHandler transport) : DelegatingHandler(transport)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.RequestUri is { } uri && endpoints.Find(request.Method, uri) is not null
            ? base.SendAsync(request, cancellationToken)
            : throw new UnansweredException("the request is not one of those that the program may send", isTransient: false)
            {
                WasNotSent = true,
            };
}
