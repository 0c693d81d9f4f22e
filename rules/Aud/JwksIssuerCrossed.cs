using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Rules.Env;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>Keys come from one server, the issuer check names another.</summary>
public sealed class JwksIssuerCrossed : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-007",
        Name = "jwks-issuer-crossed",
        Title = "The keys come from another server than the one whose issuer is demanded",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 347,
        Fix = FixKind.Automatic,
        IsCore = true,
        YieldsTo = ["AUD-006", "ENV-001"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer || subject.Issuer is Resolution.Absent)
        {
            return Verdict.NotApplicable;
        }

        var key = subject.Keys.FirstOrDefault(candidate => candidate.Form is JwtKeyForm.JwksUri or JwtKeyForm.Jwks);
        if (key is null)
        {
            return Verdict.NotApplicable;
        }

        var (source, place) = KeySource(subject, key);
        if (!subject.Issuer.IsKnown)
        {
            return subject.Issuer is Resolution.Opaque && source.Texts.Any(text => OktaUrl.Read(text, context.Landscape) is not null)
                ? Trust.NotKnown($"the issuer that {subject.Policy.Kind} '{subject.Policy.Name}' demands", subject.Issuer, subject.Location)
                : Verdict.NotApplicable;
        }

        var oktaIssuers = subject.Issuer.Texts.Where(text => OktaUrl.Read(text, context.Landscape) is { } url && !IsNobodys(url)).ToList();
        if (oktaIssuers.Count == 0)
        {
            return Verdict.NotApplicable;
        }

        if (!source.IsKnown)
        {
            return key.Form == JwtKeyForm.Jwks && key.Setting.Reference is null
                ? Verdict.NotApplicable
                : Trust.NotKnown($"the key source of {subject.Policy.Kind} '{subject.Policy.Name}'", source, place);
        }

        var keySets = source
            .Texts.Select(uri => (Uri: uri, Url: OktaUrl.Read(uri, context.Landscape)))
            .Where(pair => pair.Url is not null)
            .ToList();

        // Where the token's issuer chooses among several, those that fit nobody verify nothing that the issuer check lets through.
        return keySets.Count == 0 ? Elsewhere(subject, oktaIssuers[0], source, key, place)
            : keySets.Exists(pair => oktaIssuers.Exists(issuer => SameServer(issuer, pair.Url!, context.Landscape))) ? Verdict.Pass
            : Fail(subject, oktaIssuers[0], keySets[0].Uri, keySets[0].Url!, source, key, place, context.Landscape);
    }

    // Keys of Okta from a host that is not Okta's: a copy behind an own proxy, or keys of whoever runs that host. A host that begins like Okta's is no copy that anybody made in earnest.
    private static Verdict Elsewhere(TokenCheck subject, string issuer, Resolution source, CheckKey key, SourceLocation place)
    {
        var uri = source.Texts[0];
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var url))
        {
            // A key set itself, or no address at all: other rules say what is wrong with it.
            return Verdict.NotApplicable;
        }

        // A domain of the org that only the server names, where the domains themselves were not read.
        if (subject.Server is { } server && uri.StartsWith(server.Issuer.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            return Verdict.Pass;
        }

        return OktaUrl.LooksLikeOkta(url.Host)
            ? new Verdict.Fail
            {
                Message =
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' demands issuer '{issuer}' and takes its keys from '{url.Host}', which only looks like a host of Okta: whoever runs it decides which tokens verify.",
                Location = place,
                Cause = $"{subject.Cause}/jwks/{uri}",
                SecuritySeverity = 9.0,
                Facts =
                [
                    new Fact("gateway", "key set", uri, place),
                    new Fact("gateway", "issuer", issuer, subject.Issuer.Origin),
                    new Fact("okta", "key set", issuer.TrimEnd('/') + "/v1/keys", subject.Server?.Location),
                ],
                Related = [new RelatedPlace(subject.Issuer.Origin ?? subject.Location, $"the issuer '{issuer}'")],
                Remedy = $"Take the keys from '{issuer.TrimEnd('/')}/v1/keys'.",
                Edits = JwksAttribute(key, issuer.TrimEnd('/') + "/v1/keys"),
            }
            : new Verdict.Open(
                $"whether the keys that {subject.Policy.Kind} '{subject.Policy.Name}' takes from '{uri}' are those of issuer '{issuer}': the host is neither Okta's nor a domain of the org, and whoever runs it decides which tokens verify",
                $"who runs '{url.Host}' and where it has the keys from; or '{issuer.TrimEnd('/')}/v1/keys' in its place",
                place
            );
    }

    // A key set that a callout fetches is as good as its address, as long as nothing touches it on the way; and so is the address that a server's metadata gives.
    private static (Resolution Source, SourceLocation Place) KeySource(TokenCheck subject, CheckKey key)
    {
        if (key.Value is Resolution.Opaque { Source: var words })
        {
            var callout = subject.Endpoint.Callouts.FirstOrDefault(candidate =>
                words == $"the answer to ServiceCallout '{candidate.Policy.Name}'"
                || (words == $"$.jwks_uri of the answer to ServiceCallout '{candidate.Policy.Name}'" && IsMetadata(candidate.Url))
            );
            if (callout is not null)
            {
                return (callout.Url, callout.Policy.Location);
            }
        }

        return (key.Value, key.Value.Origin ?? key.Setting.Location);
    }

    // An issuer that no server has: that the two do not fit is then not the fault of the keys, and another rule's business.
    private static bool IsNobodys(OktaUrl issuer) =>
        issuer is { Org.AuthorizationServers: { IsComplete: true } servers, ServerId: { } id }
        && !servers.Items.Any(server => server.Id == id);

    // RFC 8414 §3, OpenID Connect Discovery §4.
    private static bool IsMetadata(Resolution url) =>
        url.IsKnown && url.Texts.All(text => text.Contains("/.well-known/", StringComparison.Ordinal));

    private static bool SameServer(string issuer, OktaUrl keys, Landscape landscape)
    {
        if (OktaUrl.Read(issuer, landscape) is not { } url)
        {
            return false;
        }

        // The hosts of one org are one server's hosts; whether the issuer is spelt right is another rule's business.
        var sameOrg =
            string.Equals(url.Uri.Host, keys.Uri.Host, StringComparison.OrdinalIgnoreCase)
            || (url.Org is not null && ReferenceEquals(url.Org, keys.Org));
        return sameOrg && string.Equals(url.ServerId, keys.ServerId, StringComparison.Ordinal);
    }

    private static Verdict.Fail Fail(
        TokenCheck subject,
        string issuer,
        string uri,
        OktaUrl url,
        Resolution source,
        CheckKey key,
        SourceLocation place,
        Landscape landscape
    )
    {
        var right = issuer.TrimEnd('/') + "/v1/keys";
        var other = url.Org?.AuthorizationServers.Items.FirstOrDefault(server => server.Id == url.ServerId);
        var foreign = OktaUrl.Read(issuer, landscape) is { Org: { } home } && !ReferenceEquals(home, url.Org);
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands issuer '{issuer}' and takes its keys from '{uri}', "
                + (
                    foreign ? $"which is the key set of another Okta org ('{url.Uri.Host}')"
                    : other is null ? "which is the key set of another server"
                    : $"which is the key set of {other.Description}"
                )
                + ". No token satisfies both: every call fails with NoMatchingPublicKey.",
            Location = place,
            Cause = $"{subject.Cause}/jwks/{uri}",
            FollowsFrom = [ForeignEnvironmentIssuer.CauseOf(subject)],
            SecuritySeverity = foreign ? 8.0 : 6.9,
            Facts =
            [
                new Fact("gateway", "key set", uri, place),
                new Fact("gateway", "issuer", issuer, subject.Issuer.Origin),
                new Fact("okta", "key set", right, subject.Server?.Location),
            ],
            Related = [new RelatedPlace(subject.Issuer.Origin ?? subject.Location, $"the issuer '{issuer}'")],
            Remedy = $"Take the keys from '{right}'.",
            Edits =
                source is Resolution.Known known && key.Form == JwtKeyForm.JwksUri && key.Setting.Reference is not null
                    ? ValueEdit.At(known, key.Setting, right)
                    : JwksAttribute(key, right),
        };
    }

    private static ImmutableArray<Edit> JwksAttribute(CheckKey key, string right) =>
        key is { Form: JwtKeyForm.JwksUri, Setting.Reference: null }
            ? [new Edit(EditKind.SetAttribute, key.Setting.Location, "uri", right)]
            : [];
}
