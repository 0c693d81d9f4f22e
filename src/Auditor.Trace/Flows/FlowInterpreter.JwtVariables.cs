using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>The variables that JWT policies leave behind.</content>
internal sealed partial class FlowInterpreter
{
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
}
