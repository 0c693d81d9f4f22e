using System.Net;
using System.Text.Json;
using Auditor.Collectors.Live;
using Auditor.Model;
using Polly;

namespace Auditor.Collectors.Okta;

/// <summary>An access token of the org authorization server.</summary>
/// <param name="Value">The token.</param>
/// <param name="IsBound">Whether it is bound to the run's key (DPoP).</param>
/// <param name="Scopes">The scopes it has.</param>
/// <param name="RenewAt">When to get the next one, by our clock.</param>
internal sealed record OktaAccessToken(string Value, bool IsBound, ImmutableArray<string> Scopes, DateTimeOffset RenewAt)
{
    /// <summary>Nothing of the token.</summary>
    public override string ToString() => "[REDACTED]";
}

/// <summary>
/// Gets access tokens for a service app: private_key_jwt (RFC 7523) with a DPoP proof (RFC 9449) always offered, so that apps with and without the requirement both
/// work. Every attempt carries a new assertion and a new proof; the nonce that Okta asks for is remembered.
/// </summary>
internal sealed class OktaTokens : IDisposable
{
    private readonly HttpClient client;
    private readonly OktaCredential.ServiceApp app;
    private readonly ImmutableArray<string> configured;
    private readonly ImmutableArray<string> all;
    private readonly ServerClock server;
    private readonly TimeProvider clock;
    private readonly ResiliencePipeline<HttpResponseMessage> attempts;
    private readonly SemaphoreSlim one = new(1, 1);
    private OktaAccessToken? current;
    private UnansweredException? refusal;
    private string? nonce;

    /// <summary>Prepares to get tokens; nothing is sent.</summary>
    /// <param name="client">A client for the org; nothing above it retries.</param>
    /// <param name="app">The service app.</param>
    /// <param name="scopes">The scopes to ask for; empty: whatever of the wanted ones is granted.</param>
    /// <param name="wanted">What everything that is to be read takes.</param>
    /// <param name="server">The org's clock.</param>
    /// <param name="manners">How often to try.</param>
    /// <param name="clock">Our clock.</param>
    public OktaTokens(
        HttpClient client,
        OktaCredential.ServiceApp app,
        ImmutableArray<string> scopes,
        ImmutableArray<string> wanted,
        ServerClock server,
        Manners manners,
        TimeProvider clock
    )
    {
        this.client = client;
        this.app = app;
        configured = scopes;
        all = wanted;
        this.server = server;
        this.clock = clock;
        attempts = RetryHandler.Pipeline(manners, clock);
    }

    /// <summary>The key that tokens are bound to.</summary>
    public ProofKey Key { get; } = new();

    /// <summary>The scopes of the last token; empty before the first.</summary>
    public ImmutableArray<string> Granted => current?.Scopes ?? [];

    /// <summary>Whether the last token is bound to the run's key.</summary>
    public bool IsBound => current?.IsBound ?? false;

    /// <summary>A token that is good for some minutes at least.</summary>
    /// <exception cref="UnansweredException">The org gives none.</exception>
    public async Task<OktaAccessToken> GetAsync(CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            if (refusal is not null)
            {
                throw new UnansweredException(refusal.Coverage, isTransient: false);
            }

            if (current is null || clock.GetUtcNow() >= current.RenewAt)
            {
                current = await RequestAsync(cancellationToken);
            }

            return current;
        }
        catch (UnansweredException e)
        {
            refusal = e;
            throw;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Forgets a token that was refused, unless another one has taken its place already.</summary>
    public async Task ForgetAsync(OktaAccessToken token, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            if (ReferenceEquals(current, token))
            {
                current = null;
            }
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Key.Dispose();
        one.Dispose();
    }

    // A request that names a scope which is not granted fails as a whole (okta/terraform-provider-okta #2375). Where the scopes are ours to choose, each is then tried
    // alone, once, and those that are granted make the token.
    private async Task<OktaAccessToken> RequestAsync(CancellationToken cancellationToken)
    {
        var wanted = configured.IsEmpty
            ? current?.Scopes is { IsEmpty: false } known
                ? known
                : all
            : configured;
        var (token, error) = await TryAsync(wanted, cancellationToken);
        if (token is null && error is "invalid_scope" or "consent_required" or "access_denied" && configured.IsEmpty && wanted.Length > 1)
        {
            var granted = ImmutableArray.CreateBuilder<string>();
            foreach (var scope in wanted)
            {
                if ((await TryAsync([scope], cancellationToken)).Token is not null)
                {
                    granted.Add(scope);
                }
            }

            if (granted.Count > 0)
            {
                (token, error) = await TryAsync(granted.ToImmutable(), cancellationToken);
            }
        }

        return token ?? throw new UnansweredException(new Coverage.Denied(Refused(error)), isTransient: false);
    }

    private async Task<(OktaAccessToken? Token, string? Error)> TryAsync(ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        // Twice for the nonce: the first answer gives it, and it may have been renewed in between.
        for (var round = 0; ; round++)
        {
            using var response = await attempts.ExecuteAsync(async token => await SendAsync(scopes, token), cancellationToken);
            server.Observe(response);
            if (response.Headers.TryGetValues("DPoP-Nonce", out var nonces))
            {
                nonce = nonces.FirstOrDefault() ?? nonce;
            }

            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return (Read(body, scopes), null);
            }

            var error = Error(body);
            if (error == "use_dpop_nonce" && round < 2)
            {
                continue;
            }

            return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                ? (null, error)
                : throw new UnansweredException(
                    string.Create(CultureInfo.InvariantCulture, $"the token endpoint answered {(int)response.StatusCode}"),
                    isTransient: false
                );
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        var endpoint = new Uri(client.BaseAddress!, OktaEndpoints.Token.Template);
        var now = server.Now;
        using var request = new HttpRequestMessage(OktaEndpoints.Token.Method, endpoint)
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["grant_type"] = "client_credentials",
                    ["scope"] = string.Join(' ', scopes),
                    ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ["client_assertion"] = ProofKey.Assertion(app.Key.Signing, app.ClientId, endpoint, now),
                }
            ),
        };
        request.Headers.Add("DPoP", Key.Proof(request.Method, endpoint, now, nonce, accessToken: null));
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private OktaAccessToken Read(byte[] body, ImmutableArray<string> asked)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("access_token", out var value)
                && value.ValueKind == JsonValueKind.String
                && value.GetString() is { Length: > 0 } token
                && IsHeaderText(token)
            )
            {
                var seconds =
                    root.TryGetProperty("expires_in", out var lifetime)
                    && lifetime.TryGetInt32(out var number)
                    && number is > 0 and <= 86_400
                        ? number
                        : 3600;
                var isBound =
                    root.TryGetProperty("token_type", out var type)
                    && type.ValueKind == JsonValueKind.String
                    && string.Equals(type.GetString(), "DPoP", StringComparison.OrdinalIgnoreCase);
                var scopes =
                    root.TryGetProperty("scope", out var scope) && scope.ValueKind == JsonValueKind.String
                        ? [.. scope.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)]
                        : asked;
                return new OktaAccessToken(token, isBound, scopes, clock.GetUtcNow().AddSeconds(seconds * 5 / 6));
            }
        }
        catch (JsonException)
        {
            // Said below: whatever it is, it is no token.
        }

        throw new UnansweredException("the token endpoint's answer holds no access token", isTransient: false);
    }

    private static bool IsHeaderText(string token) => token.All(c => c is > ' ' and < '\u007f');

    private static string? Error(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String
                && error.GetString() is { Length: <= 60 } code
                && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
                ? code
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Refused(string? error) =>
        "the token endpoint refused "
        + app.Description
        + error switch
        {
            "invalid_client" => " (invalid_client): is the key registered for it, and the key id right?",
            "invalid_scope" or "consent_required" => $" ({error}): grant it the scopes, or list those that it has",
            "invalid_dpop_proof" => " (invalid_dpop_proof)",
            null => "",
            _ => $" ({error})",
        };
}
