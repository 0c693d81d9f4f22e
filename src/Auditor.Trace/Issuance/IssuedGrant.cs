using Auditor.Model.Okta;

namespace Auditor.Trace.Issuance;

/// <summary>That a rule lets clients obtain access tokens with a grant.</summary>
public sealed record IssuedGrant
{
    /// <summary>The clients to which the same applies, ordered by id; never empty.</summary>
    public required ImmutableArray<GrantClient> Clients { get; init; }

    /// <summary>The grant type.</summary>
    public required string Grant { get; init; }

    /// <summary>The policy.</summary>
    public required AccessPolicy Policy { get; init; }

    /// <summary>The rule.</summary>
    public required AccessRule Rule { get; init; }

    /// <summary>The custom scopes that the rule grants with this grant, ordered. A request may ask for any of them together.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>
    /// Whether the rule ever gets its turn for this client and grant: false when earlier rules match every such request; null when that depends on
    /// <see cref="DependsOn"/>.
    /// </summary>
    public required bool? IsLive { get; init; }

    /// <summary>The unclear points on which <see cref="IsLive"/> depends.</summary>
    public ImmutableArray<Reading> DependsOn { get; init; } = [];

    /// <summary>Whether the grant needs a feature of the org that the configuration does not show (device, token exchange, CIBA, direct authentication).</summary>
    public bool NeedsFeature { get; init; }

    /// <summary>Whether no user takes part.</summary>
    public static bool IsService(string grant) => string.Equals(grant, "client_credentials", StringComparison.Ordinal);
}

/// <summary>A client that a policy admits.</summary>
/// <param name="Id">The id, as the policy names it.</param>
/// <param name="App">The client; null when it is not in the inventory: deleted, or invisible to whoever collected.</param>
public readonly record struct GrantClient(string Id, OktaApp? App);
