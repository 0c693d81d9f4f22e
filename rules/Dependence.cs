using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules;

/// <summary>Answers that depend on something that configuration does not say.</summary>
internal static class Dependence
{
    /// <summary>The verdict that a question cannot be answered.</summary>
    /// <param name="question">A clause that begins with <c>whether</c>.</param>
    /// <param name="unknowns">What the answer depends on.</param>
    /// <param name="elsewhere">The place to show when none of the unknowns has one.</param>
    public static Verdict.Open Open(string question, ImmutableArray<TraceUnknown> unknowns, SourceLocation elsewhere) =>
        new(
            $"{question} depends on {(unknowns.IsEmpty ? "what is set at run time" : string.Join(", and on ", unknowns.Select(unknown => unknown.What)))}",
            unknowns
                .Select(unknown => unknown.Closes)
                .Where(closes => closes.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .DefaultIfEmpty("nothing: it is only known at run time")
                .Aggregate((all, next) => $"{all}; {next}"),
            unknowns.Select(unknown => unknown.Location).FirstOrDefault(location => location is not null) ?? elsewhere
        );
}
