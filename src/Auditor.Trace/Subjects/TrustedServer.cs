using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Model.Okta;

namespace Auditor.Trace;

/// <summary>An authorization server whose tokens a gateway accepts.</summary>
/// <param name="Server">The server.</param>
/// <param name="Checks">The checks that trust it.</param>
public sealed record TrustedServer(AuthorizationServer Server, ImmutableArray<TokenCheck> Checks) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Server.OrgHost}/{Server.Id}";

    /// <inheritdoc/>
    public string Title => Server.Description;

    /// <inheritdoc/>
    public SourceLocation Location => Server.Location;

    /// <inheritdoc/>
    public string? Environment => null;

    /// <summary>The servers that checks of a landscape trust, in the order of orgs and servers.</summary>
    internal static IEnumerable<TrustedServer> Of(TracedLandscape traced) =>
        traced
            .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
            .Select(server => new TrustedServer(server, [.. traced.TokenChecks.Where(check => ReferenceEquals(check.Server, server))]))
            .Where(trusted => !trusted.Checks.IsEmpty);
}
