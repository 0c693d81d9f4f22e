using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Rules;
using Auditor.Trace;

namespace Auditor.Cli;

/// <summary>The rules with their pages and controls.</summary>
internal static class AllRules
{
    public static ImmutableArray<(IRule Rule, RuleDescription Description)> Described { get; } =
    [.. RuleCatalog.All.Select(rule => (rule, new RuleDescription(rule.Info, RuleCatalog.PageOf(rule), ControlsOf(rule.Info))))];

    private static ImmutableArray<ControlReference> ControlsOf(RuleInfo rule) =>
        [.. ControlMapping.Of(rule).Select(control => new ControlReference(control.Framework, control.Id, control.IsRead))];

    public static ImmutableArray<RuleInfo> Infos { get; } = [.. RuleCatalog.All.Select(rule => rule.Info)];
}
