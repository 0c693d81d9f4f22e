using Auditor.Model.Findings;

namespace Auditor.Rules;

/// <summary>A control that a rule gives evidence for.</summary>
/// <param name="Framework">The framework: <c>SOC 2</c>.</param>
/// <param name="Id">The control: <c>CC6.1</c>.</param>
/// <param name="IsRead">Whether the id was read in its source; otherwise it is a proposal.</param>
/// <param name="Source">The source.</param>
public sealed record ControlMapping(string Framework, string Id, bool IsRead, string Source)
{
    private static readonly ImmutableArray<(string Selector, ControlMapping Control)> All = Read();

    /// <summary>The controls of a rule, ordered by framework and id.</summary>
    public static ImmutableArray<ControlMapping> Of(RuleInfo rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return
        [
            .. All.Where(line => Selects(line.Selector, rule))
                .Select(line => line.Control)
                .Distinct()
                .OrderBy(control => control.Framework, StringComparer.Ordinal)
                .ThenBy(control => control.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a selector means a rule: by its id, its family, or a range of ids of one family.</summary>
    internal static bool Selects(string selector, RuleInfo rule)
    {
        var to = selector.IndexOf("..", StringComparison.Ordinal);
        return to < 0
            ? selector == rule.Id || selector == rule.Family
            : selector.StartsWith(rule.Family + "-", StringComparison.Ordinal)
                && string.CompareOrdinal(rule.Id, selector[..to]) >= 0
                && string.CompareOrdinal(rule.Id, selector[(to + 2)..]) <= 0;
    }

    private static ImmutableArray<(string, ControlMapping)> Read()
    {
        var assembly = typeof(ControlMapping).Assembly;
        var lines = ImmutableArray.CreateBuilder<(string, ControlMapping)>();
        foreach (
            var name in assembly
                .GetManifestResourceNames()
                .Where(name => name.EndsWith(".tsv", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
#pragma warning disable RS0030 // The tables are part of the assembly: nothing outside is read.
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(stream);
            var framework = "";
            while (reader.ReadLine() is { } line)
#pragma warning restore RS0030
            {
                if (line.StartsWith("# ", StringComparison.Ordinal))
                {
                    framework = line[2..];
                }
                else if (line.Split('\t') is [var selector, var id, var confidence, var source])
                {
                    lines.Add((selector, new ControlMapping(framework, id, confidence == "read", source)));
                }
            }
        }

        return lines.ToImmutable();
    }
}
