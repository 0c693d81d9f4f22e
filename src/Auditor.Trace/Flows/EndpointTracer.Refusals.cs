using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>What callers are told whose credential is refused.</content>
internal sealed partial class EndpointTracer
{
    /// <summary>The refusals of credentials that fault rules answer as if they were successes; each way of saying so once, the surest first.</summary>
    private ImmutableArray<MaskedRefusal> MaskedRefusals(IReadOnlyList<FaultEnd> faults)
    {
        var found = new SortedDictionary<(string Artifact, int Line, int Column), MaskedRefusal>();
        foreach (var fault in faults.Where(IsRefusal))
        {
            foreach (var answer in fault.Status)
            {
                var when = diagram.And(fault.Guard, answer.Guard);
                var definite = diagram.ForAll(when, VariableKind.Unknown);
                if (
                    when == Diagram.False
                    || answer is not { Value: FlowValue.Text { Value: var status }, Origin: { } origin }
                    || !IsSuccess(status)
                )
                {
                    continue;
                }

                var location = origin.Head.Location;
                var key = (location.Artifact, location.Line, location.Column);
                var function = definite == Diagram.False ? WithFewestUnknowns(when) : definite;
                if (found.TryGetValue(key, out var known) && (known.IsDefinite || definite == Diagram.False))
                {
                    continue;
                }

                var assignment = diagram.Satisfy(function, witnesses.Preference)!;
                var rule = fault.Rules.FirstOrDefault(pair => diagram.Evaluate(pair.Guard, assignment)).Rule;
                if (rule is null)
                {
                    continue;
                }

                found[key] = new MaskedRefusal
                {
                    Refusing = fault.By.Title,
                    Rule = rule,
                    Status = status,
                    Fetching = Fetching(fault, assignment),
                    Location = location,
                    IsDefinite = definite != Diagram.False,
                    Unknowns = definite != Diagram.False ? [] : Unknowns(when, assignment),
                    Witness = witnesses.Build(fault, assignment, $"no backend; the caller gets status {status}"),
                };
            }
        }

        return [.. found.Values];
    }

    /// <summary>The callout of the rule's steps whose answer becomes the answer to the caller.</summary>
    private string? Fetching(FaultEnd fault, IReadOnlyDictionary<int, int> assignment)
    {
        var steps = fault.Steps.Where(visit => visit.Policy is { Enabled: true } && diagram.Evaluate(visit.Runs, assignment)).ToList();
        return steps
            .Where(visit =>
                visit.Policy is ServiceCalloutPolicy { ResponseVariable: { } answer }
                && (IsCurrentMessage(answer) || steps.Exists(other => Passes(other.Policy!, answer)))
            )
            .Select(visit => visit.Title)
            .FirstOrDefault();
    }

    private static bool IsCurrentMessage(string? name) => name?.Trim() is null or "" or "message" or "response" or "error";

    // Whether a step puts a message into the answer, whole or as a part of its payload.
    private static bool Passes(Policy policy, string message)
    {
        var edits = policy switch
        {
            AssignMessagePolicy assign when IsCurrentMessage(assign.AssignTo) => assign.Edits,
            RaiseFaultPolicy raise => raise.Edits,
            _ => [],
        };
        return edits.Any(edit =>
            string.Equals(edit.Source, message, StringComparison.Ordinal)
            || (
                edit is { Verb: "Set", Payload: { } payload }
                && MessageTemplate.Variables(payload.Text).Any(variable => variable.StartsWith(message + ".", StringComparison.Ordinal))
            )
        );
    }

    // A check that fails, or a refusal that says that the caller may not. What else goes wrong is nobody's credential.
    private static bool IsRefusal(FaultEnd fault) =>
        fault.By.Policy switch
        {
            RaiseFaultPolicy { StatusCode: { } code } => code.Trim() is "401" or "403",
            { } policy => AuthPolicies.Verifies(policy),
            null => false,
        };

    private static bool IsSuccess(string status) =>
        int.TryParse(status.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 200 and < 300;
}
