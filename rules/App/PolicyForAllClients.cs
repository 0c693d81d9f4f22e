using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.App;

/// <summary>An access policy applies to all clients of the org.</summary>
public sealed class PolicyForAllClients : IRule<ServerPolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "APP-005",
        Name = "policy-for-all-clients",
        Title = "An access policy of a trusted authorization server applies to every client of the org",
        Level = Level.Warning,
        SecuritySeverity = 7.2,
        Cwe = 284,
        Fix = FixKind.Automatic,
        Subjects = "access policies",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerPolicy subject, AuditContext context)
    {
        if (!subject.Server.IsActive || !subject.Policy.IsActive)
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Policy.IsForAllClients)
        {
            return Verdict.Pass;
        }

        var trust = ServerTrust.Of(subject.Server, context);
        if (trust.IsTrusted != true)
        {
            return trust.Instead!;
        }

        var issuance = context.Traced.IssuanceOf(subject.Server);
        var grants = issuance.Grants.Where(grant => ReferenceEquals(grant.Policy, subject.Policy) && grant.IsLive != false).ToList();
        if (grants.Count == 0 && issuance.KnowsClients && issuance.Unread is null)
        {
            // Earlier policies take every request, or no client holds a grant of its rules.
            return Verdict.Pass;
        }

        var gaining = grants
            .SelectMany(grant => grant.Clients)
            .Select(client => client.Id)
            .Where(id => !NamedBefore(subject, id))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return ForAll(subject, context, grants, gaining, issuance is { KnowsClients: true, Unread: null });
    }

    private static bool NamedBefore(ServerPolicy subject, string clientId) =>
        subject
            .Server.Policies.Items.TakeWhile(policy => !ReferenceEquals(policy, subject.Policy))
            .Any(policy => policy.IsActive && !policy.IsForAllClients && policy.Admits(clientId));

    private static Verdict.Fail ForAll(
        ServerPolicy subject,
        AuditContext context,
        List<IssuedGrant> grants,
        List<string> gaining,
        bool certain
    )
    {
        var privileged = grants
            .SelectMany(grant => grant.Scopes)
            .Where(scope => ScopeSensitivity.Of(scope, context.Settings) == Sensitivity.High)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var place = subject.Policy.Location.At("conditions").At("clients").At("include");
        var isError = privileged.Count > 0;
        return new Verdict.Fail
        {
            Message =
                $"Access policy '{subject.Policy.Name}' of {subject.Server.Description} applies to ALL_CLIENTS: "
                + (
                    gaining.Count == 0
                        ? "every client that is added to the org"
                        : $"{Phrase.Listed("client", gaining)} and every client that is added to the org"
                )
                + " can obtain its tokens"
                + (isError ? $", with {Phrase.Listed("sensitive scope", privileged)}." : "."),
            Location = place,
            Cause = subject.Key,
            Code = isError ? "privileged" : null,
            Level = isError ? Level.Error : Level.Warning,
            SecuritySeverity = isError ? 7.2 : 6.3,
            Facts = [new Fact("okta", "clients", AccessPolicy.AllClients, place)],
            Remedy =
                gaining.Count == 0
                    ? "List the clients that are meant."
                    : "List the clients that are meant; those named here are the ones that obtain tokens through it today.",
            Edits = certain && gaining.Count > 0 ? [new Edit(EditKind.SetJsonValue, place, null, ValueEdit.Array(gaining))] : [],
        };
    }
}
