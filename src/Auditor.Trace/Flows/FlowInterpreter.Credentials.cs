using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <content>Policies that read or verify credentials, and the variables they leave behind.</content>
internal sealed partial class FlowInterpreter
{
    /// <summary>Records how the settings of a JWT policy resolve; asked for once, when everything is admitted.</summary>
    private void Settle(StepVisit visit, JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        if (caller != Caller.Admitted)
        {
            return;
        }

        var settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal)
        {
            ["issuer"] = Resolve(policy.Issuer, state, runs, owner),
            ["audience"] = Resolve(policy.Audience, state, runs, owner),
            ["algorithm"] = Resolve(policy.Algorithm, state, runs, owner),
        };
        for (var i = 0; i < policy.Keys.Length; i++)
        {
            settings[$"key{i.ToString(CultureInfo.InvariantCulture)}"] = Resolve(policy.Keys[i].Value, state, runs, owner);
        }

        settings["source"] = policy.Source is { } source
            ? Resolve(Read(source, state, owner), runs, source, policy.SourceLocation ?? policy.Location)
            : new Resolution.Tainted(Authorization);
        visit.Settings = settings;
    }

    /// <summary>When the token's place holds something that can be a token.</summary>
    private int HoldsToken(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        _ = runs;
        if (policy.Source is null)
        {
            return Relate(
                Read(Authorization, state, owner),
                ConditionOperator.StartsWith,
                [new Alternative(Diagram.True, new FlowValue.Text("Bearer "), null)],
                policy.Location
            );
        }

        return Relate(Read(policy.Source, state, owner), ConditionOperator.NotEquals, Null, policy.Location);
    }

    private int VerifyJwt(JwtPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        Settle(visit, policy, runs, state, owner);
        var passes = caller switch
        {
            Caller.Survey => SurveyToken(policy, runs, state, owner),
            Caller.Stranger => Diagram.False,
            Caller.Admitted => diagram.And(runs, HoldsToken(policy, runs, state, owner)),
            _ => diagram.And(diagram.And(runs, HoldsToken(policy, runs, state, owner)), Accepts(policy, runs, state, owner)),
        };
        var fails = diagram.Without(runs, passes);
        if (passes != Diagram.False)
        {
            Leave(policy, owner, passes, verified: true, failed: false, state);
        }

        if (fails != Diagram.False && policy.ContinueOnError)
        {
            Leave(policy, owner, fails, verified: false, failed: true, state);
        }

        return fails;
    }

    private int SurveyToken(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        // Asks everything that the other walks will ask, so that every question is known before the first answer.
        HoldsToken(policy, runs, state, owner);
        foreach (var setting in new[] { policy.Issuer, policy.Audience })
        {
            if (setting is not null)
            {
                ValueOf(setting, state, owner);
            }
        }

        return Diagram.Maybe;
    }

    /// <summary>When the policy accepts the token of the sheet.</summary>
    private int Accepts(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        var target = sheet!.Target;
        if (!ReferenceEquals(policy, target) && !SameKeys(policy, target))
        {
            // Signed with keys this policy does not know.
            return Diagram.False;
        }

        return diagram.And(
            Accepts(
                policy.Issuer,
                policy,
                sheet.RightIssuer || ReferenceEquals(policy.Issuer, null),
                TokenSheet.ForeignIssuer,
                runs,
                state,
                owner
            ),
            Accepts(
                policy.Audience,
                policy,
                sheet.RightAudience || ReferenceEquals(policy.Audience, null),
                TokenSheet.ForeignAudience,
                runs,
                state,
                owner
            )
        );
    }

    private static bool SameKeys(JwtPolicy left, JwtPolicy right) =>
        left.Keys.Length == right.Keys.Length
        && left.Keys.Zip(right.Keys)
            .All(pair =>
                pair.First.Form == pair.Second.Form
                && string.Equals(pair.First.Value.Text, pair.Second.Value.Text, StringComparison.Ordinal)
                && string.Equals(pair.First.Value.Reference, pair.Second.Value.Reference, StringComparison.Ordinal)
            );

    private int Accepts(Setting? demanded, JwtPolicy policy, bool carriesRight, string foreign, int runs, FlowState state, Bundle owner)
    {
        if (demanded is null)
        {
            return Diagram.True;
        }

        _ = runs;
        var result = Diagram.False;
        foreach (var alternative in ValueOf(demanded, state, owner))
        {
            var accepts = alternative.Value switch
            {
                // An empty demand is no demand.
                FlowValue.Text { Value: "" } => Diagram.True,
                FlowValue.Text text => Truth(carriesRight || string.Equals(text.Value, foreign, StringComparison.Ordinal)),
                // An unresolved variable faults, or becomes empty where that is asked for.
                FlowValue.Missing => Truth(policy.IgnoreUnresolvedVariables),
                // A value that the caller chooses compares the token with itself.
                FlowValue.Named { Symbol.Kind: VariableKind.Caller } => Diagram.True,
                FlowValue.Named { Symbol.IsNullable: true } unknown when policy.IgnoreUnresolvedVariables => carriesRight
                    ? Diagram.True
                    : symbols.IsNull(unknown.Symbol),
                _ => Truth(carriesRight),
            };
            result = diagram.Or(result, diagram.And(alternative.Guard, accepts));
        }

        return result;
    }

    private static void Leave(JwtPolicy policy, Bundle owner, int guard, bool verified, bool failed, FlowState state)
    {
        if (!state.Jwts.TryGetValue(policy.Name, out var outcomes))
        {
            state.Jwts.Add(policy.Name, outcomes = []);
        }

        outcomes.Add(new JwtOutcome(guard, policy, verified, failed, owner));
    }

    /// <summary>A variable below <c>jwt.</c>, or null when the name is none.</summary>
    private Alternative[]? JwtVariable(string name, FlowState state, Bundle owner)
    {
        if (string.Equals(name, "JWT.failed", StringComparison.Ordinal))
        {
            return FailedOutcome(state.Jwts.Values.SelectMany(outcomes => outcomes));
        }

        if (!name.StartsWith("jwt.", StringComparison.Ordinal) && !name.StartsWith("jws.", StringComparison.Ordinal))
        {
            return null;
        }

        string? policy = null;
        foreach (var candidate in state.Jwts.Keys)
        {
            if (
                string.CompareOrdinal(name, 4, candidate, 0, candidate.Length) == 0
                && name.Length > candidate.Length + 5
                && name[candidate.Length + 4] == '.'
                && (policy is null || candidate.Length > policy.Length)
            )
            {
                policy = candidate;
            }
        }

        if (policy is null)
        {
            return Null;
        }

        var member = name[(policy.Length + 5)..];
        if (member is "failed")
        {
            return FailedOutcome(state.Jwts[policy]);
        }

        var result = new List<Alternative>();
        var rest = Diagram.True;

        // The latest outcome is the one that counts.
        foreach (var outcome in Enumerable.Reverse(state.Jwts[policy]))
        {
            var guard = diagram.And(rest, outcome.Guard);
            rest = diagram.Without(rest, outcome.Guard);
            foreach (var alternative in Member(outcome, member, state, owner))
            {
                Merge(result, alternative with { Guard = diagram.And(guard, alternative.Guard) });
            }
        }

        Merge(result, new Alternative(rest, FlowValue.Missing.Instance, null));
        return [.. result];
    }

    private Alternative[] FailedOutcome(IEnumerable<JwtOutcome> outcomes)
    {
        var failed = outcomes.Where(outcome => outcome.Failed).Aggregate(Diagram.False, (sum, outcome) => diagram.Or(sum, outcome.Guard));
        var result = new List<Alternative>();
        Merge(result, new Alternative(failed, new FlowValue.Text("true"), null));
        Merge(result, new Alternative(diagram.Not(failed), FlowValue.Missing.Instance, null));
        return [.. result];
    }

    private Alternative[] Member(JwtOutcome outcome, string member, FlowState state, Bundle owner)
    {
        var origin = new ProvenanceChain(new Provenance(outcome.Policy.Location, $"{outcome.Policy.Kind} '{outcome.Policy.Name}'"), null);
        switch (member)
        {
            case "valid":
                return outcome.Policy is DecodeJwtPolicy ? Null : Of(outcome.Verified ? "true" : "false");
            case "is_expired" or "isExpired":
                return outcome.Verified ? Of("false") : Of(TokenSymbol(outcome, "is_expired", nullable: false, ["false", "true"]));
            default:
                break;
        }

        if (outcome.Failed)
        {
            // Whether a verification that failed leaves the claims behind is not documented.
            var sets = symbols.Unknown(Reading.FailedVerifySetsClaims);
            var result = new List<Alternative>();
            foreach (var alternative in Claim(outcome, member, origin, state, owner))
            {
                Merge(result, alternative with { Guard = diagram.And(alternative.Guard, sets) });
            }

            Merge(result, new Alternative(diagram.Not(sets), FlowValue.Missing.Instance, null));
            return [.. result];
        }

        return Claim(outcome, member, origin, state, owner);
    }

    private Alternative[] Claim(JwtOutcome outcome, string member, ProvenanceChain origin, FlowState state, Bundle owner)
    {
        var (claim, decoded) = JwtMember.ClaimOf(member);
        if (claim is null)
        {
            // A header of the token, the payload, a remaining time.
            return Of(TokenSymbol(outcome, member, nullable: true, []));
        }

        if (caller == Caller.TokenHolder && ReferenceEquals(outcome.Policy, sheet!.Target))
        {
            if (claim == "aud" && !sheet.RightAudience)
            {
                return [new Alternative(Diagram.True, new FlowValue.Text(TokenSheet.ForeignAudience), origin)];
            }

            if (claim == "iss" && !sheet.RightIssuer)
            {
                return [new Alternative(Diagram.True, new FlowValue.Text(TokenSheet.ForeignIssuer), origin)];
            }
        }

        if (
            outcome.Verified
            && (
                claim == "iss" ? outcome.Policy.Issuer
                : claim == "aud" ? outcome.Policy.Audience
                : null
            )
                is { } pinned
        )
        {
            // What was demanded is what it holds.
            return ValueOf(pinned, state, outcome.Owner);
        }

        var carries = outcome.Verified ? TraceKnowledge.Carries(ServerOf(outcome.Policy, state, outcome.Owner), claim) : null;
        if (carries == false)
        {
            return [new Alternative(Diagram.True, FlowValue.Missing.Instance, origin)];
        }

        _ = owner;
        if (claim is "scp" or "groups" or "roles")
        {
            return [new Alternative(Diagram.True, new FlowValue.Members(symbols.Set(TokenName(outcome) + claim), decoded), origin)];
        }

        return [new Alternative(Diagram.True, new FlowValue.Named(TokenSymbol(outcome, "claim." + claim, nullable: true, []), ""), origin)];
    }

    private Model.Okta.AuthorizationServer? ServerOf(JwtPolicy policy, FlowState state, Bundle owner)
    {
        string? issuer = null;
        string? jwks = null;
        if (policy.Issuer is { } demanded && ValueOf(demanded, state, owner) is [{ Value: FlowValue.Text text }])
        {
            issuer = text.Value;
        }

        if (
            policy.Keys.FirstOrDefault(key => key.Form == JwtKeyForm.JwksUri) is { } key
            && ValueOf(key.Value, state, owner) is [{ Value: FlowValue.Text uri }]
        )
        {
            jwks = uri.Value;
        }

        return knowledge.FindServer(issuer, jwks);
    }

    // The same token has the same claims, whichever policy reads it.
    private static string TokenName(JwtOutcome outcome) => $"token({outcome.Policy.Source ?? "authorization"}).";

    private Symbol TokenSymbol(JwtOutcome outcome, string member, bool nullable, ImmutableArray<string> preferred)
    {
        var name = TokenName(outcome) + member;
        return symbols.Get(
            name,
            () => new Symbol(name, VariableKind.Caller, nullable, $"the token's {member}", "") { Preferred = preferred }
        );
    }

    private int VerifyApigeeToken(OAuthV2Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        _ = visit;
        var present = policy.AccessToken is null
            ? Relate(Read(Authorization, state, owner), ConditionOperator.NotEquals, Null, policy.Location)
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => Diagram.Maybe,
            Caller.Stranger => Diagram.False,
            _ => diagram.And(runs, present),
        };
        if (passes != Diagram.False)
        {
            foreach (
                var name in (ReadOnlySpan<string>)
                    ["client_id", "access_token", "apiproduct.name", "developer.id", "developer.email", "app.name", "grant_type"]
            )
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            Assign("scope", new FlowValue.Members(symbols.Set("the Apigee token's scope"), IsJson: false), null, passes, state, owner);
        }

        return diagram.Without(runs, passes);
    }

    private int VerifyApiKey(VerifyApiKeyPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal)
            {
                ["key"] = Resolve(policy.ApiKey, state, runs, owner),
            };
        }

        var present = policy.ApiKey.Reference is { } reference
            ? Relate(Read(reference, state, owner), ConditionOperator.NotEquals, Null, policy.Location)
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => Diagram.Maybe,
            Caller.Stranger => Diagram.False,
            _ => diagram.And(runs, present),
        };
        if (passes != Diagram.False)
        {
            foreach (
                var name in (ReadOnlySpan<string>)["client_id", "apiproduct.name", "developer.id", "developer.email", "developer.app.name"]
            )
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            foreach (
                var name in (ReadOnlySpan<string>)
                    ["client_id", "client_secret", "redirection_uris", "apiproduct.name", "developer.app.name", "developer.email"]
            )
            {
                Assign($"verifyapikey.{policy.Name}.{name}", new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }
        }

        return diagram.Without(runs, passes);
    }

    private Symbol AppSymbol(string name) =>
        symbols.Get("app:" + name, () => new Symbol("app:" + name, VariableKind.Caller, false, $"the app's {name}", ""));
}
