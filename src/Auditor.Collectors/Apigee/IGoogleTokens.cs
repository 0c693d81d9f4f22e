using Auditor.Collectors.Secrets;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Gives access tokens of Google's cloud. A true seam: what knows Google's credentials is an assembly of its own, and a token that somebody else obtained needs none of it.
/// </summary>
public interface IGoogleTokens
{
    /// <summary>The kind of credential in words: <c>service account audit@acme.iam.gserviceaccount.com</c>.</summary>
    string Description { get; }

    /// <summary>The project that requests count against; null for that of the credential.</summary>
    string? QuotaProject { get; }

    /// <summary>A token that is good for some minutes at least.</summary>
    /// <param name="refused">The token that was refused and is not to be given again; null for none.</param>
    /// <param name="cancellationToken">Cancels the request for a token.</param>
    /// <returns>The token; null when there is no other than the one that was refused.</returns>
    /// <exception cref="GoogleTokenException">There is none; says why.</exception>
    Task<Secret?> GetAsync(Secret? refused, CancellationToken cancellationToken);
}

/// <summary>There is no access token.</summary>
/// <param name="why">One clause that quotes nothing of a credential.</param>
/// <param name="inner">What went wrong; for the debugger, never for output.</param>
public sealed class GoogleTokenException(string why, Exception? inner = null) : Exception(why, inner);

/// <summary>An access token that somebody else obtained: <c>gcloud auth print-access-token</c>.</summary>
/// <param name="token">The token.</param>
/// <param name="quotaProject">The project that requests count against; null for that of the token.</param>
public sealed class ReadyToken(Secret token, string? quotaProject) : IGoogleTokens
{
    /// <inheritdoc/>
    public string Description => "access token";

    /// <inheritdoc/>
    public string? QuotaProject => quotaProject;

    /// <inheritdoc/>
    public Task<Secret?> GetAsync(Secret? refused, CancellationToken cancellationToken) => Task.FromResult(refused is null ? token : null);
}
