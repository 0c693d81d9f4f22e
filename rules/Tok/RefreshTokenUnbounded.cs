using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Tok;

/// <summary>Refresh tokens never end, or a public client gets the same one again and again.</summary>
public sealed class RefreshTokenUnbounded : IRule<ServerRule>
{
    private const string OfflineAccess = "offline_access";
    private const string Refresh = "refresh_token";
    private const int MaxDays = 30;
    private const int MinutesOfDay = 24 * 60;

    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-002",
        Name = "refresh-token-unbounded",
        Title = "Refresh tokens have no end, or a public client keeps using the same one",
        Level = Level.Warning,
        SecuritySeverity = 7.1,
        Cwe = 613,
        Fix = FixKind.Automatic,
        Subjects = "access rules",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerRule subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(context);
        if (!subject.IsInForce)
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Rule.Grants(OfflineAccess))
        {
            // Without offline_access nobody gets a refresh token.
            return Verdict.Pass;
        }

        var trust = ServerTrust.Of(subject.Server, context);
        if (trust.IsTrusted != true)
        {
            return trust.Instead!;
        }

        var issuance = context.Traced.IssuanceOf(subject.Server);
        var grants = issuance.LiveGrantsOf(subject.Rule).Where(grant => !IssuedGrant.IsService(grant.Grant)).ToList();
        if (grants.Count == 0 && !issuance.KnowsClients)
        {
            return new Verdict.Open(
                "the clients of the org were not all read, so who gets refresh tokens is not known",
                "the apps of the org"
            );
        }

        var clients = grants
            .SelectMany(grant => grant.Clients)
            .Where(client => client.App is { } app && app.GrantTypes.Contains(Refresh, StringComparer.Ordinal))
            .DistinctBy(client => client.Id, StringComparer.Ordinal)
            .OrderBy(client => client.Id, StringComparer.Ordinal)
            .ToList();
        if (clients.Count == 0)
        {
            return Verdict.NotApplicable;
        }

        var isPublic = clients.Exists(client => client.App!.IsPublic);
        if (subject.Rule.RefreshTokenMinutes is not { } minutes)
        {
            return new Verdict.Open(
                $"how long refresh tokens of rule '{subject.Rule.Name}' live is not known: the answer of Okta does not say",
                "the rule's refreshTokenLifetimeMinutes",
                subject.Location
            );
        }

        if (minutes == 0 || minutes > MaxDays * MinutesOfDay)
        {
            return TooLong(subject, clients, minutes, isPublic);
        }

        var keeper = clients.Find(client => client.App is { IsPublic: true, RefreshTokenRotation: "STATIC" });
        return keeper.App is { } app ? Static(subject, app) : ServerTrust.Unread(subject.Server, context) ?? Verdict.Pass;
    }

    private static Verdict.Fail TooLong(ServerRule subject, List<GrantClient> clients, int minutes, bool isPublic)
    {
        var place = subject.Rule.Location.At("actions").At("token").At("refreshTokenLifetimeMinutes");
        return new Verdict.Fail
        {
            Message =
                $"Rule '{subject.Rule.Name}' of access policy '{subject.Policy.Name}' gives {Phrase.Listed("client", [.. clients.Select(client => client.Id)])} refresh tokens "
                + (
                    minutes == 0
                        ? "that have no end (0 minutes means for ever)"
                        : string.Create(CultureInfo.InvariantCulture, $"for {minutes / MinutesOfDay} days; {MaxDays} are the limit")
                )
                + ": whoever copied one, or changed jobs meanwhile, stays signed in for as long as it is used.",
            Location = place,
            Cause = $"{subject.Key}/refresh",
            Level = isPublic ? Level.Error : Level.Warning,
            SecuritySeverity = isPublic ? 7.1 : 6.0,
            Facts =
            [
                new Fact(
                    "okta",
                    "refresh token lifetime",
                    minutes == 0 ? "no end" : minutes.ToString(CultureInfo.InvariantCulture) + " minutes",
                    place
                ),
            ],
            Remedy = "Give refresh tokens an end: 12 hours for people at a desk, at most 30 days. Users sign in once more then.",
            Edits = [new Edit(EditKind.SetJsonValue, place, null, (MaxDays * MinutesOfDay).ToString(CultureInfo.InvariantCulture))],
        };
    }

    private static Verdict.Fail Static(ServerRule subject, OktaApp app)
    {
        var place = app.Location.At("settings").At("oauthClient").At(Refresh).At("rotation_type");
        return new Verdict.Fail
        {
            Message =
                $"Client '{app.Label}' cannot keep a secret and uses one refresh token again and again (rotation STATIC): a copy of it works beside the original, and nobody notices.",
            Location = place,
            Cause = $"{subject.Org.Host}/{app.ClientId ?? app.Id}/refresh-rotation",
            Code = "static-rotation",
            Level = Level.Error,
            SecuritySeverity = 7.1,
            Facts = [new Fact("okta", "rotation", "STATIC", place)],
            Related = [new RelatedPlace(subject.Location, "the rule that gives it refresh tokens")],
            Remedy = "Rotate the refresh tokens of the client (ROTATE): a copy that is used after the original is then told, and both end.",
            Edits = [new Edit(EditKind.SetJsonValue, place, null, "\"ROTATE\"")],
        };
    }
}
