using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Tok;

/// <summary>Access tokens live longer than the most sensitive scope they can carry allows.</summary>
public sealed class AccessTokenLifetimeTooLong : IRule<ServerRule>
{
    // Okta's default where a rule says nothing, and what a gateway that checks locally lives with until then (Okta, tokens, 2026-08).
    private const int DefaultMinutes = 60;

    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-001",
        Name = "access-token-lifetime-too-long",
        Title = "Access tokens live longer than the most sensitive scope they can carry allows",
        Level = Level.Warning,
        SecuritySeverity = 7.0,
        Cwe = 613,
        Fix = FixKind.Automatic,
        IsCore = true,
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

        var trust = ServerTrust.Of(subject.Server, context);
        if (trust.IsTrusted != true)
        {
            return trust.Instead!;
        }

        var issuance = context.Traced.IssuanceOf(subject.Server);
        var grants = issuance.LiveGrantsOf(subject.Rule).ToList();
        if (grants.Count == 0)
        {
            return issuance.KnowsClients
                ? Verdict.NotApplicable
                : new Verdict.Open(
                    "the clients of the org were not all read, so which rules issue tokens is not known",
                    "the apps of the org"
                );
        }

        var clients = grants.SelectMany(grant => grant.Clients).DistinctBy(client => client.Id, StringComparer.Ordinal).ToList();
        var (sensitivity, scope) = ScopeSensitivity.Greatest(grants.SelectMany(grant => grant.Scopes), context.Settings);
        var isPublic = clients.Exists(client => client.App is { IsPublic: true });
        var limit = Limit(sensitivity, isPublic);
        var minutes = subject.Rule.AccessTokenMinutes ?? DefaultMinutes;
        if (minutes <= limit)
        {
            return subject.Rule.InlineHookId is { } hook
                ? new Verdict.Open(
                    $"rule '{subject.Rule.Name}' issues tokens for {Span(minutes)}, but inline hook '{HookName(subject, hook)}' may set any lifetime up to 24 hours",
                    "what the hook sets",
                    subject.Rule.Location.At("actions").At("token").At("inlineHook")
                )
                : ServerTrust.Unread(subject.Server, context) ?? Verdict.Pass;
        }

        var isError = sensitivity == Sensitivity.High && minutes > DefaultMinutes;
        var place = subject.Rule.Location.At("actions").At("token").At("accessTokenLifetimeMinutes");
        var ids = clients.Select(client => client.Id).Order(StringComparer.Ordinal).ToList();
        return new Verdict.Fail
        {
            Message =
                $"Rule '{subject.Rule.Name}' of access policy '{subject.Policy.Name}' issues access tokens for {Span(minutes)} to {Phrase.Listed("client", ids)}"
                + (scope is null ? "" : $", and they can carry {Word(sensitivity)} scope '{scope}'")
                + $"; {Span(limit)} is the limit{(isPublic ? " for public clients" : "")}. A gateway that checks them locally accepts a stolen one until it expires.",
            Location = place,
            Cause = subject.Key,
            Level = isError ? Level.Error : Level.Warning,
            SecuritySeverity = isError ? 7.0 : 6.2,
            Facts = [new Fact("okta", "lifetime", Span(minutes), place), new Fact("okta", "limit", Span(limit), null)],
            Remedy = $"Set the lifetime to {Span(limit)} or less. The clients get a new token when they need one.",
            Edits = [new Edit(EditKind.SetJsonValue, place, null, limit.ToString(CultureInfo.InvariantCulture))],
        };
    }

    // Public clients keep their tokens where scripts and other apps may see them: one step stricter.
    private static int Limit(Sensitivity sensitivity, bool isPublic) =>
        (sensitivity, isPublic) switch
        {
            (Sensitivity.High, _) => 15,
            (Sensitivity.Normal, true) => 15,
            (Sensitivity.Normal, false) or (Sensitivity.Low, true) => 60,
            _ => 240,
        };

    private static string Word(Sensitivity sensitivity) =>
        sensitivity switch
        {
            Sensitivity.High => "the sensitive",
            Sensitivity.Low => "the harmless",
            _ => "the",
        };

    private static string Span(int minutes) =>
        minutes % 60 == 0 && minutes > 60
            ? string.Create(CultureInfo.InvariantCulture, $"{minutes / 60} hours")
            : string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes");

    private static string HookName(ServerRule subject, string id) =>
        subject.Org.InlineHooks.Items.FirstOrDefault(hook => hook.Id == id)?.Name ?? id;
}
