using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Key;

/// <summary>A pinned key is not the one that the authorization server signs with, or no longer published.</summary>
public sealed class PinnedKeyNotPublished : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-002",
        Name = "pinned-key-not-published",
        Title = "A pinned key is not among the keys that the authorization server publishes",
        Level = Level.Error,
        SecuritySeverity = 7.5,
        Cwe = 324,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer || subject.Server is not { } server)
        {
            return Verdict.NotApplicable;
        }

        var key = subject.Keys.FirstOrDefault(candidate =>
            candidate.Form is JwtKeyForm.PublicKey or JwtKeyForm.Certificate or JwtKeyForm.Jwks
        );
        if (key is null || !key.Value.IsKnown)
        {
            // Keys that are fetched need no comparison; keys that nobody knows are asked about by the rule on pinned keys.
            return subject.Keys.Any(candidate => candidate.Form == JwtKeyForm.JwksUri) ? Verdict.Pass : Verdict.NotApplicable;
        }

        var keys = server.Keys.Count > 0 ? server.Keys : server.PublishedKeys;
        if (!keys.IsComplete || keys.Count == 0 || keys.Any(published => published.Thumbprint is null))
        {
            return new Verdict.Open(
                $"whether {server.Description} signs with the key that {subject.Policy.Kind} '{subject.Policy.Name}' pins is not known: its keys were not collected",
                $"the signing keys of {server.Description}",
                key.Setting.Location
            );
        }

        var pinned = key.Value.Texts.SelectMany(text => KeyMaterial.Thumbprints(text)).ToHashSet(StringComparer.Ordinal);
        return pinned.Count == 0
            ? new Verdict.Open(
                $"the key that {subject.Policy.Kind} '{subject.Policy.Name}' pins cannot be read as an RSA key",
                "a PEM public key, a certificate or a key set",
                key.Value.Origin ?? key.Setting.Location
            )
            : Compare(subject, server, key, pinned, keys.Items);
    }

    private static Verdict Compare(
        TokenCheck subject,
        AuthorizationServer server,
        CheckKey key,
        HashSet<string> pinned,
        ImmutableArray<SigningKey> keys
    )
    {
        var active = keys.Where(published => published.Status is "ACTIVE").ToList();
        var needed = active.Count > 0 ? active : [.. keys.Where(published => published.Status is null)];
        var living = keys.Where(published => published.Status is not "EXPIRED")
            .Select(published => published.Thumbprint!)
            .ToHashSet(StringComparer.Ordinal);
        if (needed.Count > 0 && !needed.Exists(published => pinned.Contains(published.Thumbprint!)))
        {
            var retired = keys.FirstOrDefault(published => published.Status == "EXPIRED" && pinned.Contains(published.Thumbprint!));
            return Fail(
                subject,
                key,
                retired is null ? "not-published" : "retired",
                Level.Error,
                retired is null ? 6.9 : 7.5,
                $"{subject.Policy.Kind} '{subject.Policy.Name}' pins a key that is not the one {server.Description} signs with ('{needed[0].Kid}'): every call fails now"
                    + (retired is null ? "." : $", and tokens signed with the retired key '{retired.Kid}' are still accepted."),
                needed[0]
            );
        }

        if (pinned.FirstOrDefault(thumbprint => !living.Contains(thumbprint)) is not null)
        {
            return Fail(
                subject,
                key,
                "retired",
                Level.Error,
                7.5,
                $"{subject.Policy.Kind} '{subject.Policy.Name}' pins, besides the key in use, one that {server.Description} no longer publishes: tokens signed with it are still accepted.",
                needed.Count > 0 ? needed[0] : keys[0]
            );
        }

        // That the next key is missing is what pinning a key means, and is told with its day by the rule about pinned keys.
        return Verdict.Pass;
    }

    private static Verdict.Fail Fail(
        TokenCheck subject,
        CheckKey key,
        string code,
        Level level,
        double severity,
        string message,
        SigningKey published
    ) =>
        new()
        {
            Message = message,
            Location = key.Value.Origin ?? key.Setting.Location,
            Cause = $"{subject.Cause}/key",
            Code = code,
            Level = level,
            SecuritySeverity = severity,
            Related = [new RelatedPlace(published.Location, $"key '{published.Kid}' of {subject.Server!.Description}")],
            Remedy = $"Take the keys from the server: <JWKS uri=\"{subject.Server!.Issuer}/v1/keys\"/> instead of the pinned key.",
        };
}
