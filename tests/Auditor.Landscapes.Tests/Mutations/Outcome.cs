using System.Text;
using Auditor.Engine;
using Auditor.Rules;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>What an audit said about a mutated Meridian, against what it had to say.</summary>
internal sealed record Outcome(Mutation Mutation)
{
    private const string OfEnvironments = "ENV-006";

    private static readonly HashSet<string> Built = [.. RuleCatalog.All.Select(rule => rule.Info.Id)];

    /// <summary>What was said, one line per finding.</summary>
    public ImmutableArray<string> Said { get; init; } = [];

    /// <summary>What was expected and not said.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>What was said and not expected: failures, what is open, what could not be assessed.</summary>
    public ImmutableArray<string> Surplus { get; init; } = [];

    /// <summary>Failures that count.</summary>
    public int Failures { get; init; }

    /// <summary>Answers that are open.</summary>
    public int Opens { get; init; }

    /// <summary>Whether the rule exists.</summary>
    public bool IsBuilt => Built.Contains(Mutation.Rule);

    /// <summary>Whether everything was as expected.</summary>
    public bool IsRight => Missing.IsEmpty && Surplus.IsEmpty;

    /// <summary>The last column of the table.</summary>
    public string Word =>
        !IsBuilt ? "rule not built"
        : !IsRight ? "WRONG"
        : Mutation.Kind switch
        {
            Kind.Defect => "found",
            Kind.Twin => Mutation.Findings.IsEmpty ? "silent" : "only that",
            _ => "open",
        };

    public static Outcome Of(Mutation mutation, Estate meridian)
    {
        var estate = meridian.Copy();
        mutation.Apply(estate);
        if (!Built.Contains(mutation.Rule))
        {
            // Applied all the same, so that an edit that no longer fits Meridian is noticed before its rule exists.
            return new Outcome(mutation);
        }

        var run = estate.AuditAsDeclared();
        var left = run.Findings.Where(finding => finding.Accepted is null).ToList();
        var missing = new List<string>();
        foreach (var expected in mutation.Findings.Where(expected => Built.Contains(expected.Rule)))
        {
            var index = left.FindIndex(finding => Matches(expected, finding));
            if (index < 0)
            {
                missing.Add(expected.ToString());
            }
            else
            {
                left.RemoveAt(index);
            }
        }

        // The edits are made in production only. That it differs from staging then is true of all of them, and has its own tests.
        if (mutation.Rule != OfEnvironments)
        {
            left.RemoveAll(finding => finding.Rule.Id == OfEnvironments);
        }

        left.RemoveAll(finding => finding.Verdict == "open" && mutation.DependentOpens.Contains(finding.Rule.Id, StringComparer.Ordinal));
        return new Outcome(mutation)
        {
            Said = [.. run.Findings.Where(finding => finding.Accepted is null).Select(Line)],
            Missing = [.. missing],
            Surplus =
            [
                .. left.Select(Line),
                .. run.Crashes.Select(crash => $"{crash.Rule.Id} crashed on {crash.Subject}: {crash.Exception}"),
            ],
            Failures = run.Findings.Count(finding =>
                finding.IsLive && (finding.Rule.Id == mutation.Rule || finding.Rule.Id != OfEnvironments)
            ),
            Opens = run.OpenCount,
        };
    }

    /// <summary>The answers of an audit without their places, ordered: what stays the same when something else moves.</summary>
    public static ImmutableArray<string> Keys(AuditRun run) =>
        [
            .. run
                .Findings.Where(finding => finding.Accepted is null)
                .Select(finding => $"{finding.Rule.Id} {(finding.Level?.ToString() ?? finding.Verdict).ToLowerInvariant()} {finding.Code}")
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>What has to be known to see why it is wrong.</summary>
    public string Explanation()
    {
        var text = new StringBuilder($"{Mutation.Name} {Mutation.Rule}: {Mutation.Edit}");
        Add(text, "not said", Missing);
        Add(text, "said besides", Surplus);
        Add(text, "said in all", Said);
        return text.ToString();
    }

    private static void Add(StringBuilder text, string title, ImmutableArray<string> lines)
    {
        text.Append($"\n  {title}:");
        foreach (var line in lines)
        {
            text.Append("\n    ").Append(line);
        }
    }

    private static bool Matches(Expected expected, Finding finding) =>
        string.Equals(finding.Rule.Id, expected.Rule, StringComparison.Ordinal)
        && finding.Level == expected.Level
        && (expected.Level is null ? finding.Verdict == "open" : finding.Verdict == "fail")
        && string.Equals(finding.Place.Artifact, expected.Artifact, StringComparison.Ordinal)
        && (finding.Place.Excerpt ?? "").Contains(expected.Excerpt, StringComparison.Ordinal)
        && (expected.Code is null || string.Equals(finding.Code, expected.Code, StringComparison.Ordinal));

    private static string Line(Finding finding) =>
        $"{finding.Rule.Id} {(finding.Level?.ToString() ?? finding.Verdict).ToLowerInvariant()}{(finding.Code is { } code ? $" ({code})" : "")} {finding.Place}: {finding.Message}";
}
