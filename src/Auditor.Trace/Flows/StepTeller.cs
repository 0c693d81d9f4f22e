using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace.Flows;

/// <summary>Tells what happens to a request step by step, and why a step did not stop it.</summary>
internal static class StepTeller
{
    private const int MaxSteps = 60;

    // Policies that let a request pass or refuse it for other reasons than its credential (Apigee docs, "Policy reference overview", 2026-07).
    private static readonly HashSet<string> Aside = new(
        [
            "AssignMessage",
            "CORS",
            "DataCapture",
            "ExtractVariables",
            "InvalidateCache",
            "JSONThreatProtection",
            "JSONToXML",
            "KeyValueMapOperations",
            "LookupCache",
            "MessageLogging",
            "MessageValidation",
            "OASValidation",
            "PopulateCache",
            "Quota",
            "RegularExpressionProtection",
            "ResetQuota",
            "ResponseCache",
            "SpikeArrest",
            "StatisticsCollector",
            "XMLThreatProtection",
            "XMLToJSON",
            "XSL",
        ],
        StringComparer.Ordinal
    );

    /// <summary>The steps at which the request arrives, in order.</summary>
    public static ImmutableArray<WitnessStep> Tell(
        IEnumerable<StepVisit> visits,
        SymbolTable symbols,
        IReadOnlyDictionary<int, int> assignment
    )
    {
        var diagram = symbols.Diagram;
        var steps = ImmutableArray.CreateBuilder<WitnessStep>();
        foreach (var visit in visits)
        {
            if (!diagram.Evaluate(visit.Arrives, assignment))
            {
                continue;
            }

            if (steps.Count == MaxSteps)
            {
                steps.Add(new WitnessStep("…", "passed", "further steps are left out", visit.Location));
                break;
            }

            var runs = diagram.Evaluate(visit.Runs, assignment);
            var fails = diagram.Evaluate(visit.Fails, assignment);
            var (outcome, why) = visit switch
            {
                { Policy.Enabled: false } => ("disabled", "it is switched off (enabled=\"false\")"),
                { Policy: null, Hook: null } => ("skipped", $"there is no policy '{visit.Step?.Policy}'"),
                _ when !runs => ("skipped", $"its condition is false: {visit.Step?.Condition?.Text}"),
                _ when fails && visit.Ignores => ("failed-and-continued", "it fails, and continueOnError lets the request go on"),
                _ when fails && diagram.Evaluate(visit.Stops, assignment) => ("stopped", "it fails"),
                _ when fails => ("failed-and-continued", "it fails, and the request goes on"),
                _ => ("passed", WhyPassed(visit)),
            };
            steps.Add(
                new WitnessStep($"{visit.Place.Place}: {visit.Title}", outcome, why, visit.Location)
                {
                    IsAside = visit.Policy is { } policy && Aside.Contains(policy.Kind),
                }
            );
        }

        return steps.ToImmutable();
    }

    private static string WhyPassed(StepVisit visit) =>
        visit.Policy switch
        {
            AssignMessagePolicy or RaiseFaultPolicy when visit.Place.Segment == "fault" => "it makes the answer",
            DecodeJwtPolicy => "it reads the token and verifies nothing",
            FlowCalloutPolicy call => $"it runs shared flow '{call.SharedFlow}'",
            _ when visit.Policy is not null && AuthPolicies.Verifies(visit.Policy) => "the credential satisfies it",
            _ when visit.Hook is not null => "it runs its shared flow",
            _ => "it checks no credential",
        };
}
