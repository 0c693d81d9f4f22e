using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>A token that is read without being verified, on the way of an endpoint.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Policy">The DecodeJWT policy.</param>
/// <param name="Owner">The bundle it belongs to.</param>
/// <param name="Uses">What its claims are used for, besides logging and copying; in document order.</param>
/// <param name="Source">Where the token comes from.</param>
/// <param name="IsVerified">Whether something verifies the same token on every way on which it is read.</param>
public sealed record DecodedToken(
    TracedEndpoint Endpoint,
    DecodeJwtPolicy Policy,
    Bundle Owner,
    ImmutableArray<VariableUse> Uses,
    Resolution Source,
    bool IsVerified
) : IEndpointSubject
{
    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{(ReferenceEquals(Owner, Endpoint.Program.Bundle) ? "" : Owner.Name + "/")}{Policy.Name}";

    /// <inheritdoc/>
    public string Title => $"DecodeJWT '{Policy.Name}' in {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}
