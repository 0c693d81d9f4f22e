using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>An environment relies on a flow hook that is absent or ignores failures.</summary>
public sealed class FlowHookMissingOrFailOpen : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-011",
        Name = "flow-hook-missing-or-fail-open",
        Title = "An environment relies on a flow hook that is absent or ignores failures",
        Level = Level.Error,
        SecuritySeverity = 8.7,
        Cwe = 636,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(
            subject,
            cause => cause is BypassCause.HookFailOpen or BypassCause.HookMissing or BypassCause.HookUnknown,
            bypass => Fail(subject, bypass)
        );

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var hook = bypass.Culprit!.Hook!;
        var environment = subject.Environment;
        var failOpen = bypass.Cause == BypassCause.HookFailOpen;
        return new Verdict.Fail
        {
            Message = failOpen
                ? $"{hook.Point} of environment '{environment}' runs shared flow '{hook.SharedFlow}' with continueOnError true, which is the default: when it refuses a request, the request goes on. "
                    + $"{BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches} of {BypassRule.Of(subject)}."
                : $"Environment '{environment}' has no {hook.Point} with shared flow '{hook.SharedFlow}', which protects {BypassRule.Of(subject)} in environment '{HomeOf(hook, subject)}', "
                    + $"and the proxy verifies nothing itself: {BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches}.",
            Location = Place(bypass),
            Cause = BypassRule.Cause(subject, bypass),
            Code = failOpen ? "fail-open" : "missing",
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = failOpen
                ? "Set continueOnError of the hook to false."
                : $"Attach shared flow '{hook.SharedFlow}' to {hook.Point} of environment '{environment}', with continueOnError false.",
            Edits =
                failOpen && hook.Location.Artifact.EndsWith(".json", StringComparison.Ordinal) && hook.ContinueOnError == true
                    ? [new Edit(EditKind.SetJsonValue, hook.Location.At("continueOnError"), null, "false")]
                    : [],
        };
    }

    private static string? HomeOf(FlowHook hook, Operation operation) =>
        operation
            .Endpoint.Program.Organization.Environments.Items.FirstOrDefault(environment => environment.FlowHooks.Items.Contains(hook))
            ?.Name;

    // The line that says so, where the hook itself says it.
    private static SourceLocation Place(Bypass bypass) =>
        bypass is { Cause: BypassCause.HookFailOpen, Culprit: { Hook.ContinueOnError: true, Location: var location } }
            ? location.At("continueOnError")
            : bypass.Culprit!.Location;
}
