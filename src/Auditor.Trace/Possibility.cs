using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>That a request of some kind gets somewhere: whatever the unknowns are, or only if they are so.</summary>
/// <param name="IsDefinite">Whether it does whatever the unknowns are.</param>
/// <param name="Witness">Such a request.</param>
/// <param name="Unknowns">What decides it when it is not definite; empty otherwise.</param>
public sealed record Possibility(bool IsDefinite, Witness Witness, ImmutableArray<TraceUnknown> Unknowns)
{
    /// <summary>What decides it, in words.</summary>
    public string Deciding => Unknowns.IsEmpty ? "what is set at run time" : string.Join("; ", Unknowns.Select(unknown => unknown.What));

    /// <summary>What would close it.</summary>
    public string Closes =>
        string.Join("; ", Unknowns.Select(unknown => unknown.Closes).Where(closes => closes.Length > 0).Distinct(StringComparer.Ordinal));
}
