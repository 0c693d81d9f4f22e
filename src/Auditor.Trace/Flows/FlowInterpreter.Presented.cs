using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>What VerifyJWT does with a given token, check by check, with the names of its faults (public copies of the error reference, 2026-04-10).</content>
internal sealed partial class FlowInterpreter
{
    /// <summary>When the policy accepts the token of the request; why not is left at the visit.</summary>
    private int AcceptsPresented(JwtPolicy policy, StepVisit visit, int runs, FlowState state, Bundle owner)
    {
        var passes = Diagram.True;
        Check(HoldsToken(policy, state, owner), "FailedToResolveVariable", "there is no token where it looks for one");
        if (request!.Token is not { } token)
        {
            Check(Diagram.False, "InvalidToken", "what is there is no token");
            return passes;
        }

        if (policy is VerifyJwtPolicy && token.Algorithm is { } algorithm && policy.Algorithm is { } accepted)
        {
            Check(
                Alternatives(accepted, text => text.Split(',', StringSplitOptions.TrimEntries).Contains(algorithm, StringComparer.Ordinal)),
                "AlgorithmInTokenNotPresentInConfiguration",
                $"its algorithm is '{algorithm}'"
            );
        }

        Check(
            token.IsSigned switch
            {
                true => Diagram.True,
                false => Diagram.False,
                null => symbols.Unknown($"the keys of '{policy.Name}' verify the token", "the key that signed it", visit.Location),
            },
            "InvalidToken",
            "its signature is not good"
        );
        Check(Truth(token.ExpiresAt is not { } end || end > request.At), "TokenExpired", "it has expired");
        Check(Truth(token.NotBefore is not { } start || start <= request.At), "TokenNotYetValid", "it is not good yet");
        if (policy.Issuer is { } issuer)
        {
            Check(
                Alternatives(issuer, text => string.Equals(text, token.Issuer, StringComparison.Ordinal)),
                "JwtIssuerMismatch",
                $"its issuer is {(token.Issuer is null ? "absent" : $"'{token.Issuer}'")}"
            );
        }

        if (policy.Audience is { } audience)
        {
            Check(
                Alternatives(audience, text => token.Audiences.Contains(text, StringComparer.Ordinal)),
                "JwtAudienceMismatch",
                $"its audience is {(token.Audiences.IsEmpty ? "absent" : string.Join(", ", token.Audiences.Select(one => $"'{one}'")))}"
            );
        }

        Check(HasDemandedClaims(policy, state, owner), "InvalidClaim", "it does not have the claims that are demanded");
        return passes;

        void Check(int holds, string fault, string why)
        {
            visit.Refusals.Add((diagram.Without(diagram.And(runs, passes), holds), fault, why));
            passes = diagram.And(passes, holds);
        }

        int Alternatives(Setting setting, Func<string, bool> accepts) =>
            ValueOf(setting, state, owner)
                .Aggregate(
                    Diagram.False,
                    (sum, alternative) =>
                        diagram.Or(
                            sum,
                            diagram.And(
                                alternative.Guard,
                                alternative.Value switch
                                {
                                    FlowValue.Text { Value: "" } => Truth(policy.IgnoreUnresolvedVariables),
                                    FlowValue.Text text => Truth(accepts(text.Value)),
                                    FlowValue.Missing => Truth(policy.IgnoreUnresolvedVariables),
                                    var value => symbols.Unknown(
                                        $"'{setting.Reference}' is what the token carries",
                                        $"the value of '{setting.Reference}' ({NameOf(value)})",
                                        setting.Location
                                    ),
                                }
                            )
                        )
                );
    }
}
