using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Policies that verify or decode a JWT.</content>
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
        var passes = Passes(policy, owner, visit, runs, state);
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

    private int Passes(JwtPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state) =>
        caller switch
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

    /// <summary>A callout that verifies tells what it found in a variable; it fails only where there is no token.</summary>
    private int VerifyByCallout(JwtPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        Settle(visit, policy, runs, state, owner);
        var passes = Passes(policy, owner, visit, runs, state);
        var title = $"{policy.Kind} '{policy.Name}'";
        state.AddWriter(new OpaqueWriter(runs, title, visit.Location));
        var origin = new ProvenanceChain(new Provenance(policy.Location, title), null);
        Assign(
            KnownCallouts.IsValid,
            [
                new Alternative(passes, new FlowValue.Text("true"), origin),
                new Alternative(diagram.Without(runs, passes), new FlowValue.Text("false"), origin),
            ],
            runs,
            state,
            owner
        );
        var outcome = new JwtOutcome(passes, policy, Verified: true, Failed: false, owner);
        foreach (var (variable, member) in CalloutClaims)
        {
            Assign(variable, Claim(outcome, member, origin, state), passes, state, owner);
        }

        return caller == Caller.Survey ? Diagram.Maybe : diagram.Without(runs, HoldsToken(policy, state, owner));
    }

    private static readonly (string Variable, string Member)[] CalloutClaims =
    [
        ("jwt_issuer", "claim.issuer"),
        ("jwt_subject", "claim.subject"),
        ("jwt_claims", "payload-json"),
    ];

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
}
