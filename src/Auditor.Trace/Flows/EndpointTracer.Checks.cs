using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>The places that verify credentials, with their settings and the tokens they are not meant for.</content>
internal sealed partial class EndpointTracer
{
    private IEnumerable<TokenCheck> Checks(IReadOnlyList<StepVisit> visited)
    {
        var leading = admitted
            .Where(path => path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
            .SelectMany(path => path.Visits)
            .ToHashSet();
        var visits = new List<(Policy Policy, Bundle Owner, List<StepVisit> Visits, bool Leads)>();
        foreach (var visit in visited)
        {
            if (visit.Policy is not { Enabled: true } policy || AuthPolicies.KindOf(policy) is null || visit.Runs == Diagram.False)
            {
                continue;
            }

            var leads = leading.Contains(visit);
            var index = visits.FindIndex(item => ReferenceEquals(item.Policy, policy));
            if (index < 0)
            {
                visits.Add((policy, visit.Owner, [visit], leads));
            }
            else
            {
                visits[index].Visits.Add(visit);
                visits[index] = visits[index] with { Leads = visits[index].Leads || leads };
            }
        }

        foreach (var (policy, owner, seen, leads) in visits)
        {
            yield return Check(policy, owner, seen, leads, ScopeReads.May(policy, seen, visited, knowledge));
        }
    }

    private TokenCheck Check(Policy policy, Bundle owner, List<StepVisit> seen, bool leads, bool readsScopes)
    {
        var kind = AuthPolicies.KindOf(policy)!.Value;
        if (AuthPolicies.JwtOf(policy) is not { } jwt)
        {
            return new TokenCheck(endpoint, kind, policy, owner)
            {
                LeadsToBackend = leads,
                ScopesMayBeRead = readsScopes,
                Role = TokenRole.Bearer,
                Source = Combine(
                    seen,
                    policy is VerifyApiKeyPolicy ? "key"
                        : policy is ServiceCalloutPolicy ? "url"
                        : "source"
                ),
            };
        }

        var issuer = Combine(seen, "issuer");
        var keys = jwt
            .Keys.Select((key, i) => new CheckKey(key.Form, Combine(seen, "key" + i.ToString(CultureInfo.InvariantCulture)), key.Value))
            .ToImmutableArray();
        var source = Combine(seen, "source");
        var byIssuer = issuer.Texts.Select(text => knowledge.FindServer(text, null)).FirstOrDefault(server => server is not null);
        var byJwks = byIssuer is null
            ? keys.Where(key => key.Form == JwtKeyForm.JwksUri)
                .SelectMany(key => key.Value.Texts)
                .Select(uri => knowledge.FindServer(null, uri))
                .FirstOrDefault(server => server is not null)
            : null;
        var audience = Combine(seen, "audience");
        var role = TokenRoles.Of(jwt, source, keys);
        return new TokenCheck(endpoint, kind, policy, owner)
        {
            LeadsToBackend = leads,
            ScopesMayBeRead = readsScopes,
            Role = role,
            Issuer = issuer,
            Audience = audience,
            Algorithm = Combine(seen, "algorithm"),
            Source = source,
            Keys = keys,
            Server = byIssuer ?? byJwks,
            ServerBy =
                byIssuer is not null ? "issuer"
                : byJwks is not null ? "jwks"
                : null,
            EarlyUses = [.. TokenReadFinder.Early(jwt, admitted)],
            OtherAudience = IsPinned(audience) ? null : Foreign(jwt, rightIssuer: true, rightAudience: false),
            OtherIssuer = IsPinned(issuer) ? null : Foreign(jwt, rightIssuer: false, rightAudience: true),
            LooseIssuer = IsPinned(issuer) ? null : LooseIssuers.Find(jwt, admitted, symbols, Possible()),
        };
    }

    // Issuing a token begins with the client's id and secret, which some proxies use as nothing but that check.
    private static bool WouldAskForClient(Policy policy) => policy is OAuthV2Policy { Enabled: false, AsksForClient: true };

    /// <summary>Which service anybody gets called, because the policy that would ask for the client is switched off and the next one that does comes later.</summary>
    private EarlyCall? EarlyCallOf(StepVisit visit)
    {
        if (!WouldAskForClient(visit.Policy!))
        {
            return null;
        }

        foreach (var path in admitted)
        {
            var later = path.Visits.SkipWhile(other => !ReferenceEquals(other, visit)).Where(other => other.Runs != Diagram.False).ToList();
            var asks = later.FindIndex(other => other.Policy is OAuthV2Policy { Enabled: true, AsksForClient: true });
            var calls = later.FindIndex(other => other.Policy is ServiceCalloutPolicy { Enabled: true });
            if (calls >= 0 && calls < asks)
            {
                return new EarlyCall(later[calls].Policy!, later[asks].Policy!);
            }
        }

        return null;
    }

    private static bool IsPinned(Resolution resolution) =>
        resolution switch
        {
            Resolution.Known known => known.Value.Length > 0,
            Resolution.OneOf oneOf => oneOf.Values.All(value => value.Length > 0),
            _ => false,
        };

    private static Resolution Combine(List<StepVisit> visits, string setting)
    {
        Resolution? result = null;
        foreach (var visit in visits)
        {
            if (visit.Settings is null || !visit.Settings.TryGetValue(setting, out var resolution))
            {
                continue;
            }

            if (result is null || !result.IsKnown)
            {
                result ??= resolution;
            }
            else if (resolution.IsKnown)
            {
                var texts = result.Texts.Union(resolution.Texts, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
                if (texts.Length > 1)
                {
                    result = new Resolution.OneOf(texts) { Provenance = result.Provenance };
                }
            }
            else
            {
                result = resolution;
            }
        }

        return result ?? Resolution.Absent.Instance;
    }

    /// <summary>What happens with a token that the policy's keys verify, and that carries another audience or issuer.</summary>
    private ForeignToken Foreign(JwtPolicy policy, bool rightIssuer, bool rightAudience)
    {
        var sheet = new TokenSheet(policy, rightIssuer, rightAudience);
        var paths = new FlowInterpreter(program, symbols, knowledge, Caller.TokenHolder, sheet).Run();
        var token = rightIssuer
            ? $"a token of the right issuer whose aud is '{TokenSheet.ForeignAudience}'"
            : $"a token signed with the right keys whose iss is '{TokenSheet.ForeignIssuer}'";
        ForeignToken? possible = null;
        foreach (var path in paths)
        {
            foreach (var visit in path.Visits.Where(visit => visit.Policy is { } own && ReferenceEquals(AuthPolicies.JwtOf(own), policy)))
            {
                var reach = diagram.And(diagram.And(path.Reaches, visit.Runs), symbols.Consistency());
                var definite = diagram.ForAll(reach, VariableKind.Unknown);
                if (definite != Diagram.False)
                {
                    return new ForeignToken
                    {
                        Accepted = true,
                        Witness = witnesses.Build(path, diagram.Satisfy(definite, witnesses.Preference)!, token),
                    };
                }

                if (reach != Diagram.False && possible is null)
                {
                    var assignment = diagram.Satisfy(WithFewestUnknowns(reach), witnesses.Preference)!;
                    possible = new ForeignToken
                    {
                        Unknowns = Unknowns(reach, assignment),
                        Witness = witnesses.Build(path, assignment, token),
                    };
                }
            }
        }

        return possible ?? ForeignToken.Refused;
    }
}
