using System.Text.Json;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace Auditor.Google;

/// <summary>Where Google's token services are, when not at their own hosts.</summary>
/// <param name="AllowLoopbackHttp">Whether plain http to this machine may carry a credential, for tests and demos.</param>
/// <param name="TokenHost">What stands for <c>oauth2.googleapis.com</c> (gcloud: auth/token_host); null for that.</param>
/// <param name="IamCredentials">What stands for <c>iamcredentials.googleapis.com</c> (gcloud: api_endpoint_overrides/iamcredentials); null for that.</param>
public sealed record GoogleHosts(bool AllowLoopbackHttp, Uri? TokenHost, Uri? IamCredentials);

/// <summary>
/// Access tokens of Google's cloud from a credential of Google's: a key of a service account, a user's, a federated workload's, one that acts as a service account, or
/// that of the machine. The one room that knows Google's library, whose reflection is why it is a room of its own.
/// </summary>
public sealed class GoogleTokens : IGoogleTokens
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    // Words of the token services that say what is wrong without quoting what was sent (RFC 6749 §5.2, RFC 8693).
    private static readonly string[] Codes =
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
        "access_denied",
    ];

    private readonly GoogleCredential credential;

    private GoogleTokens(GoogleCredential credential, string description, string? quotaProject)
    {
        this.credential = credential;
        Description = description;
        QuotaProject = quotaProject;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string? QuotaProject { get; }

    /// <summary>The tokens of a credential in Google's JSON.</summary>
    /// <param name="json">The credential.</param>
    /// <param name="hosts">Where token services are.</param>
    /// <param name="quotaProject">The project that requests count against; null for the credential's.</param>
    /// <exception cref="GoogleTokenException">It is no credential, or one of a kind that is not understood.</exception>
    public static GoogleTokens FromJson(string json, GoogleHosts hosts, string? quotaProject)
    {
        var (type, who) = Kind(json);
        var words = type switch
        {
            JsonCredentialParameters.ServiceAccountCredentialType => $"service account {who ?? "with a key"}",
            JsonCredentialParameters.AuthorizedUserCredentialType => "a user's credential",
            JsonCredentialParameters.ImpersonatedServiceAccountCredentialType => "a credential that acts as a service account",
            JsonCredentialParameters.ExternalAccountCredentialType => "workload identity federation",
            JsonCredentialParameters.ExternalAccountAuthorizedUserCredentialType => "workforce identity federation",
            _ => throw new GoogleTokenException("the file is no credential of Google's: its type is not one that is known"),
        };
        try
        {
            var read = CredentialFactory.FromJson(json, type);
            return new GoogleTokens(Prepared(read, hosts), words, quotaProject ?? read.QuotaProject);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or NotSupportedException)
        {
            throw new GoogleTokenException(
                type == JsonCredentialParameters.ExternalAccountCredentialType
                    ? "the credential cannot be used: its source must be a file, a URL or AWS"
                    : "the credential cannot be used: a member is missing or damaged",
                e
            );
        }
    }

    /// <summary>The tokens of the machine that the program runs on; null when it is none of Google's.</summary>
    /// <param name="hosts">Where token services are.</param>
    /// <param name="quotaProject">The project that requests count against; null for the machine's.</param>
    public static async Task<GoogleTokens?> OfMachineAsync(GoogleHosts hosts, string? quotaProject) =>
        await ComputeCredential.IsRunningOnComputeEngine().ConfigureAwait(false)
            ? new GoogleTokens(
                Prepared(GoogleCredential.FromComputeCredential(new ComputeCredential()), hosts),
                "the service account of this machine",
                quotaProject
            )
            : null;

    /// <summary>The tokens of a service account that this credential may act as.</summary>
    /// <param name="account">The account's e-mail address.</param>
    /// <param name="hosts">Where token services are.</param>
    public GoogleTokens ActingAs(string account, GoogleHosts hosts) =>
        new(
            Prepared(
                credential.Impersonate(
                    new ImpersonatedCredential.Initializer(account) { Scopes = [Scope], HttpClientFactory = new GoogleTransport(hosts) }
                ),
                hosts
            ),
            $"service account {account}, by {Description}",
            QuotaProject
        );

    /// <inheritdoc/>
    public async Task<Secret?> GetAsync(Secret? refused, CancellationToken cancellationToken)
    {
        try
        {
            if (refused is not null && !await RenewAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            var token = await ((ITokenAccess)credential)
                .GetAccessTokenForRequestAsync(cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            return token is { Length: > 0 } && token.All(c => c is > ' ' and < '\u007f')
                ? new Secret(token)
                : throw new GoogleTokenException("the token service gave no token");
        }
        catch (TokenResponseException e)
        {
            var code = Array.Find(Codes, known => known == e.Error?.Error);
            throw new GoogleTokenException(
                "the token service refuses the credential"
                    + (
                        code is not null ? $" ({code})"
                        : e.StatusCode is { } status ? string.Create(CultureInfo.InvariantCulture, $" ({(int)status})")
                        : ""
                    ),
                e
            );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw new GoogleTokenException("the token service cannot be reached", e);
        }
        // The library wraps what went wrong on the way to a subject token in types of its own.
        catch (Exception e) when (e is not GoogleTokenException)
        {
            throw new GoogleTokenException("no token can be obtained with the credential", e);
        }
    }

    // Scoped always: a key without a scope signs tokens of its own, which Apigee is not known to accept.
    private static GoogleCredential Prepared(GoogleCredential unscoped, GoogleHosts hosts) =>
        unscoped.CreateScoped(Scope).CreateWithHttpClientFactory(new GoogleTransport(hosts));

    private Task<bool> RenewAsync(CancellationToken cancellationToken) =>
        credential.UnderlyingCredential switch
        {
            ServiceCredential service => service.RequestAccessTokenAsync(cancellationToken),
            UserCredential user => user.RefreshTokenAsync(cancellationToken),
            _ => Task.FromResult(false),
        };

    private static (string? Type, string? Who) Kind(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            string? Text(string member) =>
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(member, out var value)
                && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
            return (Text("type"), Text("client_email") is { Length: <= 200 } email ? email : null);
        }
        catch (JsonException e)
        {
            throw new GoogleTokenException("the file is no credential of Google's: it is not JSON", e);
        }
    }
}
