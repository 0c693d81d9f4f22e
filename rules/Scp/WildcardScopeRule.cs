using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Scp;

/// <summary>An access rule grants every scope.</summary>
public sealed class WildcardScopeRule : IRule<ServerRule>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-008",
        Name = "wildcard-scope-rule",
        Title = "An access rule grants every scope of its server",
        Level = Level.Warning,
        SecuritySeverity = 7.2,
        Cwe = 250,
        Fix = FixKind.Automatic,
        Subjects = "access rules",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerRule subject, AuditContext context)
    {
        if (!subject.IsInForce)
        {
            return Verdict.NotApplicable;
        }

        var scopes = subject.Server.Scopes.Items.Where(scope => scope.IsCustom).Select(scope => scope.Name).ToList();
        if (!subject.Rule.GrantsAnyScope || (scopes.Count <= 1 && subject.Server.Scopes.IsComplete))
        {
            return Verdict.Pass;
        }

        var trust = ServerTrust.Of(subject.Server, context);
        if (trust.IsTrusted is null)
        {
            return trust.Instead!;
        }

        var issuance = context.Traced.IssuanceOf(subject.Server);
        if (issuance.Shadow(subject.Policy, subject.Rule).IsShadowed == true)
        {
            // It never has its turn, which is another rule's business.
            return Verdict.NotApplicable;
        }

        return Wildcard(subject, context, issuance, scopes, trust.IsTrusted.Value);
    }

    private static Verdict.Fail Wildcard(
        ServerRule subject,
        AuditContext context,
        ServerIssuance issuance,
        List<string> scopes,
        bool isTrusted
    )
    {
        var privileged = scopes.Where(scope => ScopeSensitivity.Of(scope, context.Settings) == Sensitivity.High).ToList();
        var everyone = subject.Rule.IsForEveryone && subject.Rule.GrantTypes.Any(grant => !IssuedGrant.IsService(grant));
        var wide = everyone || subject.Policy.IsForAllClients;
        var isError = isTrusted && wide && privileged.Count > 0;
        var clients = issuance
            .LiveGrantsOf(subject.Rule)
            .SelectMany(grant => grant.Clients)
            .Select(client => client.Id)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var used = Used(subject.Server, context, scopes);
        var place = subject.Rule.Location.At("conditions").At("scopes").At("include");
        return new Verdict.Fail
        {
            Message =
                $"Rule '{subject.Rule.Name}' of access policy '{subject.Policy.Name}' grants '*': {Who(subject, clients, everyone)} can ask for each of the {scopes.Count} scopes of {subject.Server.Description}"
                + (privileged.Count > 0 ? $", {Phrase.List(privileged)} among them" : "")
                + ", and for every scope that is added later.",
            Location = place,
            Cause = subject.Key,
            Code = isError ? "privileged-for-all" : null,
            Level =
                isError ? Level.Error
                : isTrusted ? Level.Warning
                : Level.Note,
            SecuritySeverity =
                isError ? 7.2
                : isTrusted ? 6.1
                : 2.0,
            Facts =
            [
                new Fact("okta", "scopes granted", "*", place),
                new Fact("gateway", "scopes asked for", used.Count == 0 ? "none" : string.Join(", ", used), null),
            ],
            Remedy =
                used.Count == 0
                    ? "List the scopes that these clients need instead of '*'."
                    : $"List the scopes that these clients need instead of '*'; the gateway asks for {Phrase.List(used)}.",
            Edits = used.Count == 0 ? [] : [new Edit(EditKind.SetJsonValue, place, null, ValueEdit.Array(used))],
        };
    }

    private static string Who(ServerRule subject, List<string> clients, bool everyone) =>
        (
            subject.Policy.IsForAllClients ? "every client"
            : clients.Count == 0 ? "its clients"
            : Phrase.Listed("client", clients)
        ) + (everyone ? ", for every user," : "");

    private static List<string> Used(AuthorizationServer server, AuditContext context, List<string> scopes)
    {
        var trusting = context.Traced.Endpoints.Where(endpoint => endpoint.Checks.Any(check => check.Server == server));
        return
        [
            .. trusting
                .SelectMany(endpoint => endpoint.Demands)
                .Where(demand => demand.Claim == "scp" && scopes.Contains(demand.Member))
                .Select(demand => demand.Member)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }
}
