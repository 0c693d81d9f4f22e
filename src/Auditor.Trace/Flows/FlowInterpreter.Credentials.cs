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
    private int HoldsToken(JwtPolicy policy, FlowState state, Bundle owner)
    {
        if (policy.Source is null)
        {
            return Relate(
                Read(Authorization, state, owner),
                ConditionOperator.StartsWith,
                [new Alternative(Diagram.True, new FlowValue.Text("Bearer "), null)],
                policy.Location
            );
        }

        // Whoever holds the token in question has it in that place, be it the answer of a service.
        return caller == Caller.TokenHolder && ReferenceEquals(policy, sheet!.Target)
            ? diagram.Or(
                Relate(Read(policy.Source, state, owner), ConditionOperator.NotEquals, Null, policy.Location),
                IsFromService(policy, state, owner)
            )
            : Relate(Read(policy.Source, state, owner), ConditionOperator.NotEquals, Null, policy.Location);
    }

    private int IsFromService(JwtPolicy policy, FlowState state, Bundle owner) =>
        Read(policy.Source!, state, owner)
            .Where(alternative => alternative.Value is FlowValue.Named { Symbol.Kind: VariableKind.Unknown })
            .Aggregate(Diagram.False, (sum, alternative) => diagram.Or(sum, alternative.Guard));

    private int VerifyJwt(JwtPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        Settle(visit, policy, runs, state, owner);
        var passes = caller switch
        {
            Caller.Survey => SurveyToken(policy, state, owner),
            Caller.Stranger => Diagram.False,
            Caller.Sender => diagram.And(runs, AcceptsPresented(policy, visit, runs, state, owner)),
            Caller.Admitted => diagram.And(diagram.And(runs, HoldsToken(policy, state, owner)), HasDemandedClaims(policy, state, owner)),
            _ => diagram.And(
                diagram.And(runs, HoldsToken(policy, state, owner)),
                diagram.And(Accepts(policy, state, owner), HasDemandedClaims(policy, state, owner))
            ),
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

    private int SurveyToken(JwtPolicy policy, FlowState state, Bundle owner)
    {
        // Asks everything that the other walks will ask, so that every question is known before the first answer.
        HoldsToken(policy, state, owner);
        HasDemandedClaims(policy, state, owner);
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
    private int Accepts(JwtPolicy policy, FlowState state, Bundle owner)
    {
        var target = sheet!.Target;
        if (!ReferenceEquals(policy, target) && !SameKeys(policy, target))
        {
            // Signed with keys this policy does not know.
            return Diagram.False;
        }

        return diagram.And(
            Accepts(policy.Issuer, policy, sheet.RightIssuer, TokenSheet.ForeignIssuer, state, owner),
            Accepts(policy.Audience, policy, sheet.RightAudience, TokenSheet.ForeignAudience, state, owner)
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

    private int Accepts(Setting? demanded, JwtPolicy policy, bool carriesRight, string foreign, FlowState state, Bundle owner)
    {
        if (demanded is null)
        {
            return Diagram.True;
        }

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

    /// <summary>When the token has the subject and the further claims that the policy demands (<c>Subject</c>, <c>AdditionalClaims</c>).</summary>
    private int HasDemandedClaims(JwtPolicy policy, FlowState state, Bundle owner)
    {
        var result = policy.Subject is { } subject ? HasClaim(policy, "sub", subject, state, owner) : Diagram.True;
        foreach (var claim in policy is VerifyJwtPolicy ? policy.Claims : [])
        {
            result = diagram.And(
                result,
                claim.Type == "map"
                    ? symbols.TokenChoice(ClaimOf(policy, claim.Name), "is the demanded object", claim.Value.Location)
                    : HasClaim(policy, claim.Name, claim.Value, state, owner)
            );
        }

        return policy.ClaimsReference is { } reference
            ? diagram.And(result, symbols.TokenChoice(ClaimOf(policy, "claims"), $"are those that '{reference}' lists", policy.Location))
            : result;
    }

    private int HasClaim(JwtPolicy policy, string claim, Setting demanded, FlowState state, Bundle owner)
    {
        var actual = Claim(
            new JwtOutcome(Diagram.True, policy, Verified: true, Failed: false, owner),
            "decoded.claim." + claim,
            null,
            state
        );
        var result = Diagram.False;
        foreach (var alternative in ValueOf(demanded, state, owner))
        {
            var holds = alternative.Value switch
            {
                FlowValue.Missing => Truth(policy.IgnoreUnresolvedVariables),
                FlowValue.Text text when actual is [{ Value: FlowValue.Members members }] => HoldsAll(
                    members.Set,
                    text.Value,
                    demanded.Location
                ),
                var value => Relate(actual, ConditionOperator.Equals, [new Alternative(Diagram.True, value, null)], demanded.Location),
            };
            result = diagram.Or(result, diagram.And(alternative.Guard, holds));
        }

        return result;
    }

    // Whether a claim test compares whole lists or looks for members is not documented.
    private int HoldsAll(TokenSet set, string demanded, SourceLocation location)
    {
        var members = demanded.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var contains = Diagram.True;
        foreach (var member in members)
        {
            set.Ask(member, location);
            contains = diagram.And(contains, symbols.Has(set, member, location));
        }

        var equals = symbols.Matches(
            set,
            new ClaimText(ClaimForm.Json, ConditionOperator.Equals, ClaimText.Serialise(ClaimForm.Json, members)),
            location
        );
        return symbols.Either(Reading.ClaimArrayContains, contains, equals);
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
    private Alternative[]? JwtVariable(string name, FlowState state)
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
            foreach (var alternative in Member(outcome, member, state))
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

    private Alternative[] Member(JwtOutcome outcome, string member, FlowState state)
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
            foreach (var alternative in Claim(outcome, member, origin, state))
            {
                Merge(result, alternative with { Guard = diagram.And(alternative.Guard, sets) });
            }

            Merge(result, new Alternative(diagram.Not(sets), FlowValue.Missing.Instance, null));
            return [.. result];
        }

        return Claim(outcome, member, origin, state);
    }

    private Alternative[] Claim(JwtOutcome outcome, string member, ProvenanceChain? origin, FlowState state)
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

        var server = outcome.Verified ? ServerOf(outcome.Policy, state, outcome.Owner) : null;
        var carries = caller != Caller.Sender ? TraceKnowledge.Carries(server, claim) : null;
        if (carries == false)
        {
            return [new Alternative(Diagram.True, FlowValue.Missing.Instance, origin)];
        }

        return
        [
            new Alternative(
                Diagram.True,
                ClaimValue(
                    ClaimOf(outcome.Policy, claim),
                        // The claim that RFC 9068 calls scope is one string with blanks, whoever decodes it; unless the server makes it a copy of its list.
                        claim == "scope"
                        && !TraceKnowledge.IsScopeList(server, claim)
                            ? ClaimForm.Blanks
                        : decoded ? ClaimForm.Json
                        : ClaimForm.Legacy
                ),
                origin
            ),
        ];
    }

    // The same token has the same claims, whichever policy reads it.
    private static TokenClaim ClaimOf(JwtPolicy policy, string claim) =>
        new(TokenCheckKind.Jwt, policy.Source ?? TokenClaim.DefaultSource, claim);

    /// <summary>A claim of a token as a value: a list that is decided member by member, or a text of any kind.</summary>
    private FlowValue ClaimValue(TokenClaim claim, ClaimForm form)
    {
        if (claim.IsSet)
        {
            return new FlowValue.Members(symbols.Set(claim), form);
        }

        var symbol = symbols.Get(
            claim.Key,
            () => new Symbol(claim.Key, VariableKind.Caller, true, $"the token's {claim.Name}", "") { Claim = claim }
        );
        return new FlowValue.Named(symbol, "");
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

    private Symbol TokenSymbol(JwtOutcome outcome, string member, bool nullable, ImmutableArray<string> preferred)
    {
        var name = ClaimOf(outcome.Policy, "").Key + member;
        return symbols.Get(
            name,
            () => new Symbol(name, VariableKind.Caller, nullable, $"the token's {member}", "") { Preferred = preferred }
        );
    }

    private int VerifyApigeeToken(OAuthV2Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var present = policy.AccessToken is null
            ? Relate(Read(Authorization, state, owner), ConditionOperator.NotEquals, Null, policy.Location)
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => diagram.And(Diagram.Maybe, HasScope(policy, state, owner)),
            Caller.Stranger => Diagram.False,
            _ => diagram.Without(diagram.And(diagram.And(runs, present), HasScope(policy, state, owner)), Credential(visit, runs)),
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

            Assign("scope", new FlowValue.Members(symbols.Set(ApigeeScope), ClaimForm.Blanks), null, passes, state, owner);
        }

        return diagram.Without(runs, passes);
    }

    private static TokenClaim ApigeeScope { get; } = new(TokenCheckKind.ApigeeToken, "access_token", "scope");

    /// <summary>When an Apigee token has a scope that <c>Scope</c> demands; without the element none is demanded.</summary>
    private int HasScope(OAuthV2Policy policy, FlowState state, Bundle owner)
    {
        if (policy.Scope is not { } scope)
        {
            return Diagram.True;
        }

        var set = symbols.Set(ApigeeScope);
        var result = Diagram.False;
        foreach (var alternative in ValueOf(scope, state, owner))
        {
            if (alternative.Value is not FlowValue.Text text)
            {
                var holds =
                    alternative.Value is FlowValue.Missing
                        ? Diagram.True
                        : symbols.TokenChoice(ApigeeScope, $"has one that '{scope.Reference}' lists", scope.Location);
                result = diagram.Or(result, diagram.And(alternative.Guard, holds));
                continue;
            }

            var any = Diagram.False;
            var all = Diagram.True;
            foreach (var name in text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                set.Ask(name, scope.Location);
                var has = symbols.Has(set, name, scope.Location);
                any = diagram.Or(any, has);
                all = diagram.And(all, has);
            }

            var satisfied = all == Diagram.True ? Diagram.True : symbols.Either(Reading.ScopesAreAlternatives, any, all);
            result = diagram.Or(result, diagram.And(alternative.Guard, satisfied));
        }

        return result;
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
            _ => diagram.Without(diagram.And(runs, present), Credential(visit, runs)),
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
        symbols.Get(
            "app:" + name,
            () =>
                new Symbol("app:" + name, VariableKind.Caller, false, $"the app's {name}", "")
                {
                    Claim = new TokenClaim(TokenCheckKind.ApiKey, "", name),
                }
        );
}
