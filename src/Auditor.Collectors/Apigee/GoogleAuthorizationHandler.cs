using System.Net;
using System.Net.Http.Headers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Apigee;

/// <summary>Adds the access token, anew for every attempt. One that is refused is replaced once; the attempt after that decides.</summary>
internal sealed class GoogleAuthorizationHandler(IGoogleTokens tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly HttpRequestOptionsKey<Secret> Replacement = new("auditor.replacement-token");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isReplaced = request.Options.TryGetValue(Replacement, out var replacement);
        var token = isReplaced ? replacement! : (await TokenAsync(null, cancellationToken))!;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        if (tokens.QuotaProject is { } project)
        {
            request.Headers.Remove("x-goog-user-project");
            request.Headers.Add("x-goog-user-project", project);
        }

        var response = await base.SendAsync(request, cancellationToken);
        request.Options.Set(RetryHandler.HasNewCredential, value: false);
        if (response.StatusCode == HttpStatusCode.Unauthorized && !isReplaced && await TokenAsync(token, cancellationToken) is { } other)
        {
            request.Options.Set(Replacement, other);
            request.Options.Set(RetryHandler.HasNewCredential, value: true);
        }

        return response;
    }

    private async Task<Secret?> TokenAsync(Secret? refused, CancellationToken cancellationToken)
    {
        try
        {
            return await tokens.GetAsync(refused, cancellationToken);
        }
        catch (GoogleTokenException e)
        {
            throw new UnansweredException(new Coverage.Denied(e.Message), isTransient: false, e);
        }
    }
}
