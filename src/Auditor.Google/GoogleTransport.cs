using Google.Apis.Http;

namespace Auditor.Google;

/// <summary>
/// What Google's library asks token services through: https, but for the metadata server and this machine; nothing is followed, remembered, or larger than a token could be.
/// </summary>
internal sealed class GoogleTransport(GoogleHosts hosts) : global::Google.Apis.Http.IHttpClientFactory
{
    /// <inheritdoc/>
    public ConfigurableHttpClient CreateHttpClient(CreateHttpClientArgs args)
    {
        ArgumentNullException.ThrowIfNull(args);
#pragma warning disable CA2000 // Each belongs to the one around it, and the outermost to the library.
        var handler = new ConfigurableMessageHandler(
            new HostHandler(hosts)
            {
                InnerHandler = new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    PreAuthenticate = false,
                    ActivityHeadersPropagator = null,
                    ConnectTimeout = TimeSpan.FromSeconds(15),
                },
            }
        )
        {
            ApplicationName = args.ApplicationName,
            FollowRedirect = false,
        };
        var client = new ConfigurableHttpClient(handler) { Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = 1024 * 1024 };
#pragma warning restore CA2000
        foreach (var initializer in args.Initializers)
        {
            initializer.Initialize(client);
        }

        return client;
    }

    private sealed class HostHandler(GoogleHosts hosts) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var asked = request.RequestUri!;
            var other = asked.Host switch
            {
                "oauth2.googleapis.com" => hosts.TokenHost,
                "iamcredentials.googleapis.com" => hosts.IamCredentials,
                _ => null,
            };
            if (other is not null)
            {
                request.RequestUri = asked = new Uri(other, asked.PathAndQuery);
            }

            var isAllowed =
                asked.Scheme == Uri.UriSchemeHttps
                // The metadata server of a machine, and that of other clouds, which federation asks: link-local and plain by design.
                || asked.Host is "169.254.169.254" or "metadata.google.internal"
                || (hosts.AllowLoopbackHttp && asked.Host is "127.0.0.1" or "[::1]");
            return isAllowed
                ? base.SendAsync(request, cancellationToken)
                : throw new HttpRequestException("A token is asked for over https only.");
        }
    }
}
