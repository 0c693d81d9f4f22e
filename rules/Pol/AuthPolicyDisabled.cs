using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Pol;

/// <summary>A verification is attached and switched off.</summary>
public sealed class AuthPolicyDisabled : IRule<AttachedCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-003",
        Name = "auth-policy-disabled",
        Title = "A verification is attached and switched off",
        Level = Level.Error,
        SecuritySeverity = 8.6,
        Cwe = 1188,
        Fix = FixKind.Automatic,
        Subjects = "attached checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(AttachedCheck subject, AuditContext context)
    {
        if (subject.Policy.Enabled)
        {
            return Verdict.Pass;
        }

        if (subject.Policy is OAuthV2Policy { Verifies: false })
        {
            return subject.EarlyCall is { } early ? AskedLate(subject, early) : Verdict.NotApplicable;
        }

        var operation = subject
            .Endpoint.Operations.Concat(subject.Endpoint.Disclosing)
            .FirstOrDefault(candidate =>
                candidate.Bypass is { Cause: BypassCause.Disabled } bypass && ReferenceEquals(bypass.Culprit?.Policy, subject.Policy)
            );
        if (operation?.Bypass is { } way)
        {
            if (!way.IsDefinite)
            {
                return Dependence.Open(
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' is switched off; whether a request without a credential gets through",
                    way.Unknowns,
                    subject.Location
                );
            }

            return Fail(subject) with
            {
                Message =
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Owner.Description} is attached and switched off (enabled=\"false\"), and nothing else verifies: "
                    + $"{BypassRule.Request(way.Witness)} reaches {way.Witness.Reaches}.",
                Witness = way.Witness,
            };
        }

        // A twin of the same kind that is on does the work: what is off was left beside it.
        if (
            subject.Endpoint.Attached.Any(other =>
                other.Policy.Enabled && AuthPolicies.KindOf(other.Policy) == AuthPolicies.KindOf(subject.Policy)
            )
        )
        {
            return Verdict.Pass;
        }

        // What is left over may only read what the policy would have set: then nobody gets in, and whoever repairs that opens the API.
        var others = subject
            .Endpoint.Attached.Where(other => other.Policy.Enabled && AuthPolicies.KindOf(other.Policy) is not null)
            .ToList();
        if (others.Count > 0 && others.TrueForAll(other => Reads(other.Policy, subject.Policy)))
        {
            var dependent = others[0].Policy;
            return Fail(subject) with
            {
                Message =
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Owner.Description} is attached and switched off (enabled=\"false\"), and {dependent.Kind} '{dependent.Name}' reads what it would have set: every call fails, and whoever repairs that opens the API.",
                Code = "outage",
            };
        }

        return Fail(subject) with
        {
            Level = Level.Note,
            SecuritySeverity = 2.5,
        };
    }

    private static Verdict.Fail AskedLate(AttachedCheck subject, EarlyCall early) =>
        Fail(subject) with
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Owner.Description}, which would ask for the client's id and secret, is attached and switched off (enabled=\"false\"): "
                + $"{early.Callout.Kind} '{early.Callout.Name}' is called for anybody, and the client is only asked for afterwards, by '{early.AskedBy.Name}'.",
            Code = "client-asked-late",
            Level = Level.Note,
            SecuritySeverity = 2.5,
        };

    private static bool Reads(Policy policy, Policy source) =>
        policy is VerifyApiKeyPolicy { ApiKey.Reference: { } reference }
        && reference.StartsWith($"jwt.{source.Name}.", StringComparison.Ordinal);

    private static Verdict.Fail Fail(AttachedCheck subject) =>
        new()
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Owner.Description} is attached and switched off (enabled=\"false\"): it looks like a check and is none.",
            Location = subject.Policy.Location,
            Cause = Names.Of(subject.Owner, subject.Endpoint.Program.Organization) + "/" + subject.Policy.Name,
            Related = [new RelatedPlace(subject.StepLocation, "where it is attached")],
            Remedy = "Switch it on, or detach and delete it.",
            Edits = [new Edit(EditKind.SetAttribute, subject.Policy.Location, "enabled", "true")],
        };
}
