using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>
/// Answers that the gateway makes itself, on routes without a target. Only one thing is asked of them: whether they give away a key or a token of the gateway's. What the
/// request flow has set as the payload is the answer unless the response flow sets another one, which public proxies depend on: six of those read, Google's own
/// references for an identity facade and for threat protection (apigee/devrel) among them.
/// </content>
internal sealed partial class FlowInterpreter
{
    // While response flows run, the current message is the response.
    private bool isAnswer;

    // Answers have a budget of their own: what they give away is one question, and who gets to a backend is another.
    private int answerSteps;

    /// <summary>Whether the answers are more than can be followed: then what they give away is not known.</summary>
    public bool AnswersAreTooMany => !followsAnswers || answerSteps > MaxVisits;

    /// <summary>What the answer to those who got here gives away, and the steps that make it.</summary>
    private OwnAnswer AnswerOf(Flow? flow, FlowState state)
    {
        if (!FollowsDisclosures || program.Endpoint is not { } endpoint)
        {
            return OwnAnswer.None;
        }

        if (AnswersAreTooMany)
        {
            return OwnAnswer.NotFollowed;
        }

        var outer = visits;
        (visits, isAnswer) = ([], true);
        ignoring++;
        var answer = state.Copy();
        RunSteps(endpoint.PreFlow.Response, program.Bundle, Place("response PreFlow", "answer", null), answer);
        if (flow is not null)
        {
            RunSteps(flow.Response, program.Bundle, Place($"response of flow '{flow.Name}'", "answer", flow), answer);
        }

        RunSteps(endpoint.PostFlow.Response, program.Bundle, Place("response PostFlow", "answer", null), answer);
        RunHook("PostProxyFlowHook", answer);
        ignoring--;
        ImmutableArray<StepVisit> steps = [.. visits];
        (visits, isAnswer) = (outer, false);

        return AnswersAreTooMany
            ? OwnAnswer.NotFollowed
            : new OwnAnswer(
                [
                    .. answer
                        .Held.Where(part => IsAnswered(part.Key))
                        .OrderBy(part => part.Key, StringComparer.Ordinal)
                        .SelectMany(part => part.Value)
                        .Select(held => held with { Guard = diagram.And(answer.Reach, held.Guard) })
                        .Where(held => held.Guard != Diagram.False)
                        .DistinctBy(held => held.What),
                ],
                steps,
                true
            );
    }

    // The state of a login travels as a token in a cookie or in the address of a redirect, to whoever comes: that is what it is for.
    private static bool IsAnswered(string part) =>
        part is "request.content" or "response.content"
        || (
            part.StartsWith("response.header.", StringComparison.Ordinal)
            && part is not ("response.header.set-cookie" or "response.header.location")
        );

    private bool FollowsDisclosures =>
        calledBy is null && program.MayDisclose && caller is Caller.Survey or Caller.Admitted or Caller.Stranger;

    /// <summary>Notes the keys and tokens in what a part of a message is set to; what it held before is gone.</summary>
    private void Hold(string part, Setting value, SourceLocation location, int runs, FlowState state, Bundle owner)
    {
        if (isFault || !FollowsDisclosures)
        {
            return;
        }

        Drop(part, runs, state);
        if (part == "response.content")
        {
            Drop("request.content", runs, state);
        }

        var keys = value.Reference is null && value.Text.Length == 0 ? [] : Keys(state, owner);
        foreach (var variable in value.Reference is { } reference ? [reference] : MessageTemplate.VariablesInClear(value.Text))
        {
            foreach (var alternative in Read(variable, state, owner))
            {
                if (
                    alternative.Value is FlowValue.Named { Symbol: var symbol }
                    && diagram.And(runs, alternative.Guard) is not Diagram.False and var guard
                )
                {
                    if (symbol.SignedToken is { } token)
                    {
                        Add(new Disclosure(DisclosureKind.Token, token, location), guard);
                    }
                    else if (keys.TryGetValue(symbol, out var key))
                    {
                        Add(new Disclosure(DisclosureKind.Key, key, location), guard);
                    }
                }
            }
        }

        void Add(Disclosure what, int guard) =>
            state.Held[part] = [.. state.Held.TryGetValue(part, out var held) ? held : [], new HeldValue(guard, what)];
    }

    private void Drop(string part, int guard, FlowState state)
    {
        if (state.Held.TryGetValue(part, out var held))
        {
            state.Held[part] =
            [
                .. held.Select(value => value with { Guard = diagram.Without(value.Guard, guard) })
                    .Where(value => value.Guard != Diagram.False),
            ];
        }
    }

    /// <summary>The values here that policies of the bundle use as keys and passwords, whatever their variables are called.</summary>
    private Dictionary<Symbol, string> Keys(FlowState state, Bundle owner)
    {
        var keys = new Dictionary<Symbol, string>(ReferenceEqualityComparer.Instance);
        foreach (var use in program.KeyUses)
        {
            foreach (var alternative in Read(use.Variable, state, owner))
            {
                if (alternative.Value is FlowValue.Named { Symbol: { Kind: VariableKind.Unknown, SignedToken: null } symbol })
                {
                    keys.TryAdd(symbol, use.As);
                }
            }
        }

        return keys;
    }

    private Symbol GeneratedToken(GenerateJwtPolicy policy) =>
        symbols.Get(
            $"generated:{policy.Name}",
            () =>
                new Symbol(
                    $"generated:{policy.Name}",
                    VariableKind.Unknown,
                    false,
                    $"the token made by '{policy.Name}'",
                    "nothing: it is made at run time"
                )
                {
                    SignedToken = policy.IsSigned ? $"a token that {policy.Kind} '{policy.Name}' signs" : null,
                }
        );
}
