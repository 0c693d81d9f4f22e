using System.Globalization;
using System.Text.RegularExpressions;
using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules;

/// <summary>Answers that depend on something that configuration does not say.</summary>
internal static partial class Dependence
{
    private const int MaxNamed = 3;
    private const string RunTime = "nothing: it is only known at run time";

    /// <summary>The verdict that a question cannot be answered.</summary>
    /// <param name="question">A clause that begins with <c>whether</c>.</param>
    /// <param name="unknowns">What the answer depends on.</param>
    /// <param name="elsewhere">The place to show when none of the unknowns has one.</param>
    public static Verdict.Open Open(string question, ImmutableArray<TraceUnknown> unknowns, SourceLocation elsewhere)
    {
        // What a step sets and whether it lets the request pass are one thing to somebody who has to look at it.
        var named = unknowns
            .Select(unknown =>
                (Name: StepOf().Match(unknown.What) is { Success: true } step ? step.Groups["step"].Value : unknown.What, Unknown: unknown)
            )
            .DistinctBy(pair => pair.Name, StringComparer.Ordinal)
            .ToList();
        var shown = named.Take(MaxNamed).Select(pair => pair.Name).ToList();
        if (named.Count > MaxNamed)
        {
            shown.Add($"{(named.Count - MaxNamed).ToString(CultureInfo.InvariantCulture)} more");
        }

        return new Verdict.Open(
            $"{question} depends on {(shown.Count == 0 ? "what is set at run time" : Listed(shown))}",
            Closing(unknowns),
            unknowns.Select(unknown => unknown.Location).FirstOrDefault(location => location is not null) ?? elsewhere
        )
        {
            DependsOn =
            [
                .. named
                    .Skip(1)
                    .Where(pair => pair.Unknown.Location is not null)
                    .Select(pair => new RelatedPlace(pair.Unknown.Location!, $"it depends on {pair.Name}")),
            ],
        };
    }

    // A jar or a source that could be read says more than its step.
    private static string Closing(ImmutableArray<TraceUnknown> unknowns)
    {
        var all = unknowns.Select(unknown => unknown.Closes).Where(closes => closes.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var better = all.Where(closes => closes != RunTime && !(all.Count > 1 && WhatItDoes().IsMatch(closes))).ToList();
        return string.Join(
            "; ",
            better.Count > 0 ? better
                : all.Count > 0 ? all
                : [RunTime]
        );
    }

    private static string Listed(List<string> names) =>
        names.Count == 1 ? names[0]
        : names.Exists(name => name.StartsWith("whether ", StringComparison.Ordinal)) ? string.Join(", and on ", names)
        : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";

    [GeneratedRegex(
        @"^(?:whether\s)?(?:\$\S*\sof\s)?(?<step>(?:the\sanswer\sto\s)?(?:shared\sflow|\w+)\s'[^']+')(?:,\swhich\smay\sset\s'[^']+'|\slets\sthe\srequest\spass|\soverwrites\swhat\sis\sset)?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex StepOf();

    [GeneratedRegex(@"^what \w+ '[^']+' does$", RegexOptions.NonBacktracking)]
    private static partial Regex WhatItDoes();
}
