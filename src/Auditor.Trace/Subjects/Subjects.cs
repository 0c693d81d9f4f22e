using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace.Conditions;

namespace Auditor.Trace;

/// <summary>A member of a claim (a scope, a group) that the gateway asks for.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Claim">The claim: <c>scp</c>, <c>groups</c>.</param>
/// <param name="Member">The name asked for.</param>
/// <param name="Location">The place that asks.</param>
/// <param name="Check">The verification of the token; null when none is known.</param>
public sealed record ClaimDemand(TracedEndpoint Endpoint, string Claim, string Member, SourceLocation Location, TokenCheck? Check)
    : IEndpointSubject
{
    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{Claim}/{Member}@{Location}";

    /// <inheritdoc/>
    public string Title => $"'{Member}' in claim {Claim}, asked for in {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}

/// <summary>A policy of a bundle that is analysed, attached or not.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Bundle">The bundle.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Attachments">The places that attach it, in proxies, targets, fault rules and shared flows.</param>
public sealed record BundlePolicy(ApigeeOrganization Organization, Bundle Bundle, Policy Policy, ImmutableArray<SourceLocation> Attachments)
    : ISubject
{
    /// <inheritdoc/>
    public string Key => Names.Of(Bundle, Organization) + "/" + Policy.Name;

    /// <inheritdoc/>
    public string Title => $"{Policy.Kind} '{Policy.Name}' of {Bundle.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A condition of a bundle that is analysed.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Bundle">The bundle.</param>
/// <param name="Place">What it decides, in words: <c>step 'VJ-Okta' in PreFlow</c>.</param>
/// <param name="Text">The condition.</param>
/// <param name="Parsed">The condition, parsed.</param>
/// <param name="DecidesAuth">Whether it decides a step that verifies or refuses.</param>
public sealed record BundleCondition(
    ApigeeOrganization Organization,
    Bundle Bundle,
    string Place,
    ConditionText Text,
    ParsedCondition Parsed,
    bool DecidesAuth
) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Names.Of(Bundle, Organization)}/{Place}/{Text.Text}";

    /// <inheritdoc/>
    public string Title => $"the condition of {Place} in {Bundle.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Text.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A place in a bundle where credentials can stand, with what stands there.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Bundle">The bundle.</param>
/// <param name="Credential">What was found; null for a bundle in which nothing was.</param>
public sealed record BundleCredential(ApigeeOrganization Organization, Bundle Bundle, EmbeddedCredential? Credential) : ISubject
{
    /// <inheritdoc/>
    public string Key => Names.Of(Bundle, Organization) + (Credential is { } found ? "/" + found.Place : "");

    /// <inheritdoc/>
    public string Title => Credential is { } found ? $"{found.Place} in {Bundle.Description}" : Bundle.Description;

    /// <inheritdoc/>
    public SourceLocation Location => Credential?.Location ?? Bundle.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A scope of an authorization server.</summary>
/// <param name="Server">The server.</param>
/// <param name="Scope">The scope.</param>
public sealed record ServerScope(AuthorizationServer Server, Scope Scope) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Server.OrgHost}/{Server.Id}/{Scope.Name}";

    /// <inheritdoc/>
    public string Title => $"scope '{Scope.Name}' of {Server.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Scope.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A step whose policy is switched off.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Owner">The bundle it belongs to.</param>
/// <param name="StepLocation">The step.</param>
public sealed record AttachedCheck(TracedEndpoint Endpoint, Policy Policy, Bundle Owner, SourceLocation StepLocation) : IEndpointSubject
{
    /// <inheritdoc/>
    public string Key =>
        $"{Endpoint.Program.Key}/{(ReferenceEquals(Owner, Endpoint.Program.Bundle) ? "" : Owner.Name + "/")}{Policy.Name}@{StepLocation.Line.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>
    /// For an OAuthV2 policy that would ask for a client's id and secret and is switched off: the service that is called for anybody before a later one asks; null when nothing is.
    /// </summary>
    public EarlyCall? EarlyCall { get; init; }

    /// <inheritdoc/>
    public string Title => $"{Policy.Kind} '{Policy.Name}' as attached in {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}

/// <summary>That a service is called before the client is known.</summary>
/// <param name="Callout">The callout.</param>
/// <param name="AskedBy">The policy that asks for the client afterwards.</param>
public sealed record EarlyCall(Policy Callout, Policy AskedBy);
