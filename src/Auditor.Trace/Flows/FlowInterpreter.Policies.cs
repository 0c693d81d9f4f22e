using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <content>What each kind of policy does to a request: the variables it sets, and when it fails.</content>
internal sealed partial class FlowInterpreter
{
    private const string Authorization = "request.header.authorization";

    /// <summary>Applies a policy where it runs, and says when it fails.</summary>
    private int Apply(Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        switch (policy)
        {
            case VerifyJwtPolicy or VerifyJwsPolicy:
                return VerifyJwt((JwtPolicy)policy, owner, visit, runs, state);
            case DecodeJwtPolicy decode:
                var readable = HoldsToken(decode, state, owner);
                Leave(decode, owner, diagram.And(runs, readable), verified: false, failed: false, state);
                Settle(visit, decode, runs, state, owner);
                return diagram.Without(runs, readable);
            case GenerateJwtPolicy generate:
                Settle(visit, generate, runs, state, owner);
                Assign(
                    generate.OutputVariable ?? $"jwt.{generate.Name}.generated_jwt",
                    new FlowValue.Named(GeneratedToken(generate), ""),
                    null,
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case OAuthV2Policy { Verifies: true } oauth:
                return VerifyApigeeToken(oauth, owner, visit, runs, state);
            case OAuthV2Policy { AsksForClient: true } oauth:
                return AskForClient(oauth, owner, visit, runs, state);
            case OAuthV2Policy:
                return Diagram.False;
            case GetOAuthV2InfoPolicy { AccessToken: not null }:
                return Credential(visit, runs);
            case VerifyApiKeyPolicy key:
                return VerifyApiKey(key, owner, visit, runs, state);
            case HmacPolicy { VerificationValue: not null } or ValidateSamlPolicy or VerifyIamPolicy:
                return caller == Caller.Survey ? Diagram.Maybe : Credential(visit, runs);
            case AccessControlPolicy { Restricts: true } access:
                return IsWalking
                    ? diagram.Without(
                        runs,
                        symbols.Unknown(
                            $"AccessControl '{access.Name}' admits the caller's address",
                            "which addresses can call",
                            visit.Location
                        )
                    )
                    : Diagram.False;
            case RaiseFaultPolicy raise:
                foreach (var assignment in raise.Variables)
                {
                    Assign(assignment, owner, runs, state);
                }

                return runs;
            case CorsPolicy { GeneratePreflightResponse: true }:
                // Preflights are answered here, and the flows are skipped (public policy digest; A13 of the facts).
                var verb = new FlowValue.Named(CallerVerb(owner), "");
                var isPreflight = diagram.And(
                    symbols.Relate(verb, ConditionOperator.Equals, "OPTIONS"),
                    diagram.Or(
                        Relate(Read("request.header.origin", state, owner), ConditionOperator.NotEquals, Null, visit.Location),
                        symbols.Unknown(Reading.PreflightWithoutOrigin)
                    )
                );
                return caller == Caller.Survey ? Diagram.Maybe : diagram.And(runs, isPreflight);
            case AssignMessagePolicy assign:
                AssignMessage(assign, owner, runs, state);
                return Diagram.False;
            case KeyValueMapOperationsPolicy map:
                ReadMap(map, owner, runs, state);
                return Diagram.False;
            case ExtractVariablesPolicy extract:
                Extract(extract, owner, runs, state);
                return Diagram.False;
            case ServiceCalloutPolicy callout:
                return Callout(callout, owner, visit, runs, state);
            case LookupCachePolicy lookup:
                LookUp(lookup, owner, visit, runs, state);
                return Diagram.False;
            case BasicAuthenticationPolicy basic:
                return Basic(basic, owner, runs, state);
            case ScriptPolicy callout when KnownCallouts.CheckOf(callout) is { } check:
                return VerifyByCallout(check, owner, visit, runs, state);
            case ScriptPolicy script:
                return RunScript(script, owner, visit, runs, state);
            case ExternalCalloutPolicy external:
                WriteAnything($"ExternalCallout '{external.Name}'", visit.Location, runs, state, owner);
                return MayStop($"ExternalCallout '{external.Name}'", "what the service does", visit, runs);
            case FlowCalloutPolicy call:
                foreach (var parameter in call.Parameters)
                {
                    var value = parameter.Value.Reference is not null
                        ? ValueOf(parameter.Value, state, owner, isCopied: true)
                        : Expand(parameter.Value.Text, parameter.Value.Location, state, owner);
                    Assign(parameter.Name, value, runs, state, owner);
                }

                visit.Ignores = call.ContinueOnError;
                return RunSharedFlow(call.SharedFlow, runs, visit, state, call.ContinueOnError);
            case AssertConditionPolicy assert:
                var holds = assert.Condition is { } condition ? Evaluate(condition, state, owner) : Diagram.True;
                Assign(
                    $"assertcondition.{assert.Name}.truthValue",
                    [
                        new Alternative(holds, new FlowValue.Text("true"), null),
                        new Alternative(diagram.Not(holds), new FlowValue.Text("false"), null),
                    ],
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case OtherPolicy other:
                return Other(other, owner, visit, runs, state);
            default:
                return Diagram.False;
        }
    }

    private Symbol CallerVerb(Bundle owner) => ((FlowValue.Named)BuiltIn("request.verb", owner)![0].Value).Symbol;

    /// <summary>The variables that tell later steps that a policy failed and was ignored (fault handling page, 2026-04-10).</summary>
    private void MarkFailed(Policy policy, int fails, FlowState state)
    {
        if (fails == Diagram.False)
        {
            return;
        }

        var prefix = policy switch
        {
            JwtPolicy => "jwt",
            OAuthV2Policy or VerifyApiKeyPolicy or GetOAuthV2InfoPolicy => "oauthV2",
            ServiceCalloutPolicy => "servicecallout",
            ScriptPolicy { IsJavaScript: true } => "javascript",
            QuotaPolicy or SpikeArrestPolicy => "ratelimit",
            RaiseFaultPolicy => "raisefault",
            _ => policy.Kind.ToLowerInvariant(),
        };
        var owner = program.Bundle;
        foreach (
            var name in new[]
            {
                $"{prefix}.{policy.Name}.failed",
                $"{policy.Name}.failed",
                $"{policy.Kind}.{policy.Name}.failed",
                $"{prefix}.failed",
            }
        )
        {
            if (policy is not JwtPolicy || !name.StartsWith("jwt.", StringComparison.Ordinal))
            {
                Assign(name, new FlowValue.Text("true"), null, fails, state, owner);
            }
        }

        // Which of its faults it raises is up to whoever sends the request.
        var fault = symbols.Get(
            $"fault:{policy.Name}",
            () =>
                new Symbol($"fault:{policy.Name}", VariableKind.Caller, false, $"the fault of '{policy.Name}'", "")
                {
                    Preferred = [.. FaultNames.Of(policy)],
                }
        );
        foreach (var name in new[] { "fault.name", $"{prefix}.{policy.Name}.fault.name" })
        {
            Assign(name, new FlowValue.Named(fault, ""), null, fails, state, owner);
        }
    }
}
