using System.Net;
using System.Net.Http.Headers;
using Auditor.Collectors.Live;

namespace Auditor.Collectors.Okta;

/// <summary>
/// Adds the credential, anew for every attempt, to requests that need one and to no others. A token that is refused is replaced once; the attempt after that decides.
/// </summary>
internal sealed class OktaAuthorizationHandler(
    EndpointTable endpoints,
    OktaCredential credential,
    OktaTokens? tokens,
    ServerClock server,
    HttpMessageHandler inner
) : DelegatingHandler(inner)
{
    private static readonly HttpRequestOptionsKey<bool> WasReplaced = new("auditor.replaced-credential");

    private string? nonce;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        if (endpoints.Find(request.Method, uri)?.Permission is null)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var token = await AuthorizeAsync(request, uri, cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        request.Options.Set(RetryHandler.HasNewCredential, value: false);
        if (response.StatusCode != HttpStatusCode.Unauthorized || tokens is null || token is null)
        {
            return response;
        }

        // A proof may be refused for its nonce, which comes with the refusal; a token for its age. Either is mended once per request.
        if (!request.Options.TryGetValue(WasReplaced, out _) && !await IsAboutLicenceAsync(response, cancellationToken))
        {
            request.Options.Set(WasReplaced, value: true);
            request.Options.Set(RetryHandler.HasNewCredential, value: true);
            if (response.Headers.TryGetValues("DPoP-Nonce", out var nonces))
            {
                nonce = nonces.FirstOrDefault();
            }
            else
            {
                await tokens.ForgetAsync(token, cancellationToken);
            }
        }

        return response;
    }

    private async Task<OktaAccessToken?> AuthorizeAsync(HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
    {
        switch (credential)
        {
            case OktaCredential.ApiToken api:
                request.Headers.Authorization = new AuthenticationHeaderValue("SSWS", api.Token.Reveal());
                return null;
            case OktaCredential.AccessToken ready:
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ready.Token.Reveal());
                return null;
            default:
                var token = await tokens!.GetAsync(cancellationToken);
                request.Headers.Authorization = new AuthenticationHeaderValue(token.IsBound ? "DPoP" : "Bearer", token.Value);
                request.Headers.Remove("DPoP");
                if (token.IsBound)
                {
                    request.Headers.Add("DPoP", tokens.Key.Proof(request.Method, uri, server.Now, nonce, token.Value));
                }

                return token;
        }
    }

    // E0000015 says with a 401 that a feature is not part of the org: no new token changes that.
    private static async Task<bool> IsAboutLicenceAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        (await response.Content.ReadAsByteArrayAsync(cancellationToken)).AsSpan().IndexOf("E0000015"u8) >= 0;
}
