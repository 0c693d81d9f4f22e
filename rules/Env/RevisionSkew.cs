using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Env;

/// <summary>Production runs an older revision with defects that a newer one elsewhere has not.</summary>
public sealed class RevisionSkew : IRule<DeployedBundle>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-004",
        Name = "revision-skew",
        Title = "Production runs an older revision whose defects a newer one in another environment does not have",
        Level = Level.Warning,
        SecuritySeverity = 5.0,
        Fix = FixKind.Manual,
        YieldsTo = ["ENV-003"],
        Subjects = "deployments",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(DeployedBundle subject, AuditContext context)
    {
        if (!EnvironmentClass.IsProduction(subject.Environment, context.Settings))
        {
            return Verdict.NotApplicable;
        }

        var newer = subject
            .Organization.Deployments.Items.Where(other =>
                other.Kind == subject.Deployment.Kind
                && other.Name == subject.Deployment.Name
                && other.Revision > subject.Deployment.Revision
                && !EnvironmentClass.IsProduction(other.Environment, context.Settings)
            )
            .OrderByDescending(other => other.Revision)
            .ThenBy(other => other.Environment, StringComparer.Ordinal)
            .FirstOrDefault();
        if (newer is null)
        {
            return Unlisted(subject) ?? Verdict.Pass;
        }

        if (subject.Bundle is not { IsReadable: true } bundle || Held(subject, newer) is not { IsReadable: true } other)
        {
            return new Verdict.Open(
                $"whether revision {Number(newer.Revision)} of {subject.Name} mends something that revision {Number(subject.Deployment.Revision)} in '{subject.Environment}' has is not known",
                "both revisions of the bundle, whole",
                subject.Location
            );
        }

        var weaker = Weaker(subject, bundle, newer, other, context).ToList();
        var mended = Openings(subject, bundle, newer, other, context).Concat(Credentials(bundle, other)).ToList();
        return weaker.Count + mended.Count > 0
            ? Fail(subject, newer, weaker, mended, other)
            : Untold(subject, bundle, newer, other, context) ?? Unlisted(subject) ?? Verdict.Pass;
    }

    // A deployment that was not listed may be of a newer revision.
    private static Verdict.Open? Unlisted(DeployedBundle subject) =>
        subject.Organization.Deployments is { IsComplete: false } deployments
            ? new Verdict.Open(
                $"whether a newer revision of {subject.Name} than {Number(subject.Deployment.Revision)} is deployed outside of production is not known: the deployments of organization '{subject.Organization.Name}' were not all read",
                $"the deployments of the organization ({deployments.Coverage.Reason})",
                subject.Location
            )
            : null;

    // What was not analysed in one of the revisions, or depends on something that is not known there, may be what the newer one mends.
    private static Verdict.Open? Untold(DeployedBundle subject, Bundle bundle, Deployment newer, Bundle other, AuditContext context)
    {
        var why =
            Unread(bundle, subject.Environment!, subject.Deployment.Revision, context)
            ?? Unread(other, newer.Environment, newer.Revision, context)
            ?? Unsettled(subject, bundle, newer, other, context);
        return why is null
            ? null
            : new Verdict.Open(
                $"whether revision {Number(newer.Revision)} of {subject.Name} mends something that revision {Number(subject.Deployment.Revision)} in '{subject.Environment}' has is not known: {why.What}",
                why.Closes,
                why.Location ?? subject.Location
            );
    }

    private static TraceUnknown? Unread(Bundle bundle, string environment, int revision, AuditContext context)
    {
        if (!context.Settings.Environments.IsEmpty && !context.Settings.Environments.Contains(environment, StringComparer.Ordinal))
        {
            return new TraceUnknown(
                $"environment '{environment}' is left out of this audit",
                $"an audit that takes environment '{environment}' in",
                null
            );
        }

        var unread = context.Traced.Endpoints.FirstOrDefault(endpoint =>
            endpoint.NotAssessed is not null
            && endpoint.Program.Environment?.Name == environment
            && (
                ReferenceEquals(endpoint.Program.Bundle, bundle)
                || endpoint.Program.AttachedPolicies().Policies.Any(attached => ReferenceEquals(attached.Owner, bundle))
            )
        );
        return unread is null
            ? null
            : new TraceUnknown(
                ReferenceEquals(unread.Program.Bundle, bundle)
                    ? $"revision {Number(revision)} was not analysed ({unread.NotAssessed})"
                    : $"{unread.Program.Bundle.Description}, which runs revision {Number(revision)}, was not analysed ({unread.NotAssessed})",
                unread.NotAssessed!,
                unread.Location
            );
    }

    // What is open in both revisions is told where it is, and is nothing that was mended.
    private static TraceUnknown? Unsettled(DeployedBundle subject, Bundle bundle, Deployment newer, Bundle other, AuditContext context)
    {
        var later = Operations(other, newer.Environment, context)
            .ToLookup(operation => (operation.Endpoint.Program.Endpoint?.Name, operation.Name));
        foreach (var old in Operations(bundle, subject.Environment!, context))
        {
            if (old is not { DeclaredPublic: null, Bypass: { } bypass })
            {
                continue;
            }

            foreach (var one in later[(old.Endpoint.Program.Endpoint?.Name, old.Name)])
            {
                var open =
                    bypass.IsDefinite ? one.Bypass
                    : one.Bypass is null ? bypass
                    : null;
                if (open is { IsDefinite: false })
                {
                    return new TraceUnknown(
                        $"whether {one.Name} is reachable without a credential in revision {Number(bypass.IsDefinite ? newer.Revision : subject.Deployment.Revision)} is open",
                        "what the open findings of this operation name",
                        one.Location
                    );
                }
            }
        }

        return null;
    }

    private static Bundle? Held(DeployedBundle subject, Deployment deployment) =>
        subject.Organization.FindBundle(deployment.Kind, deployment.Name, deployment.Revision);

    // What demands less in the older revision than the same policy in the newer one.
    private static IEnumerable<(string Words, TokenCheck Check)> Weaker(
        DeployedBundle subject,
        Bundle bundle,
        Deployment newer,
        Bundle other,
        AuditContext context
    )
    {
        foreach (var check in Own(bundle, subject.Environment!, context))
        {
            var words = Own(other, newer.Environment, context)
                .Where(candidate => candidate.Policy.Name == check.Policy.Name && candidate.Kind == check.Kind)
                .Select(candidate => AuthPolicyDiffers.Weaker(check, candidate).ToList())
                .FirstOrDefault(found => found.Count > 0);
            if (words is not null)
            {
                yield return ($"{check.Policy.Kind} '{check.Policy.Name}' {Phrase.And(words)}", check);
            }
        }
    }

    private static IEnumerable<TokenCheck> Own(Bundle bundle, string environment, AuditContext context) =>
        context
            .Traced.TokenChecks.Where(check =>
                ReferenceEquals(check.Owner, bundle)
                && check.Environment == environment
                && check is { Role: TokenRole.Bearer, Jwt: not null }
            )
            .DistinctBy(check => check.Policy.Name, StringComparer.Ordinal);

    // Operations that a request without a credential gets through in the older revision, and not in the newer one.
    private static IEnumerable<string> Openings(DeployedBundle subject, Bundle bundle, Deployment newer, Bundle other, AuditContext context)
    {
        var closed = Operations(other, newer.Environment, context)
            .Where(operation => operation is { Bypass: null, NotAssessed: null })
            .Select(operation => (operation.Endpoint.Program.Endpoint?.Name, operation.Name))
            .ToHashSet();
        return Operations(bundle, subject.Environment!, context)
            .Where(operation =>
                operation is { Bypass.IsDefinite: true, DeclaredPublic: null }
                && closed.Contains((operation.Endpoint.Program.Endpoint?.Name, operation.Name))
            )
            .Select(operation => $"{operation.Name} is reachable without a credential");
    }

    private static IEnumerable<Operation> Operations(Bundle bundle, string environment, AuditContext context) =>
        context.Traced.Operations.Where(operation =>
            ReferenceEquals(operation.Endpoint.Program.Bundle, bundle) && operation.Environment == environment
        );

    private static IEnumerable<string> Credentials(Bundle bundle, Bundle other) =>
        bundle
            .Credentials.Where(credential =>
                !credential.IsPlaceholder && !other.Credentials.Any(left => left.Kind == credential.Kind && left.Place == credential.Place)
            )
            .Select(credential => $"{credential.Place} holds a credential");

    private static Verdict.Fail Fail(
        DeployedBundle subject,
        Deployment newer,
        List<(string Words, TokenCheck Check)> weaker,
        List<string> mended,
        Bundle other
    )
    {
        var words = weaker.Select(one => one.Words).Concat(mended).Distinct(StringComparer.Ordinal).ToList();
        return new Verdict.Fail
        {
            Message =
                $"Revision {Number(subject.Deployment.Revision)} of {subject.Name} in environment '{subject.Environment}' has what revision {Number(newer.Revision)} in '{newer.Environment}' has not any more: {Few(words)}.",
            Location = subject.Location,
            Cause = subject.Key,
            // Where weaker checks are all there is, the rule about them says it at their lines.
            FollowsFrom = mended.Count == 0 ? [.. weaker.Select(one => AuthPolicyDiffers.CauseOf(one.Check))] : [],
            Related =
            [
                new RelatedPlace(newer.Location, $"the newer revision in '{newer.Environment}'"),
                new RelatedPlace(other.Location, $"revision {Number(newer.Revision)}"),
            ],
            Remedy = $"Deploy revision {Number(newer.Revision)} of {subject.Name} to environment '{subject.Environment}'.",
        };
    }

    private static string Few(List<string> words) =>
        words.Count <= 3 ? Phrase.And(words) : $"{string.Join(", ", words.Take(3))} and {Number(words.Count - 3)} more";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
