using Auditor.Model.Findings;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>What a mutation is there to show.</summary>
internal enum Kind
{
    /// <summary>The smallest edit that makes the defect: it must be found.</summary>
    Defect,

    /// <summary>An edit that looks like the defect and is none: nothing may be said.</summary>
    Twin,

    /// <summary>The same edit with a value that cannot be known: the answer must be open, neither pass nor fail.</summary>
    Unknown,
}

/// <summary>A finding that a mutation must bring. It follows from the edit, and is written down before a rule is asked.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Level">The level; null for what is open.</param>
/// <param name="Artifact">The file it points at.</param>
/// <param name="Excerpt">A part of the line it points at; empty when the file is enough.</param>
/// <param name="Code">The variant of the defect; null when it does not matter.</param>
internal sealed record Expected(string Rule, Level? Level, string Artifact, string Excerpt, string? Code)
{
    public override string ToString() =>
        $"{Rule} {Level?.ToString().ToLowerInvariant() ?? "open"} {(Code is null ? "" : $"({Code}) ")}at {Artifact}{(Excerpt.Length > 0 ? $" '{Excerpt}'" : "")}";
}

/// <summary>An edit of Meridian with what the rules must say about it.</summary>
internal sealed record Mutation(int Row, Kind Kind, string Rule, string Edit, Action<Estate> Apply)
{
    /// <summary>The findings, all of them.</summary>
    public ImmutableArray<Expected> Findings { get; init; } = [];

    /// <summary>The rules that may answer open besides: what they ask depends on the edit.</summary>
    public ImmutableArray<string> DependentOpens { get; init; } = [];

    /// <summary>How many of the findings are about a second edit, which the first needs to make a difference: without its scope test, for one.</summary>
    public int OfSecondEdits { get; init; }

    /// <summary>Tells rows of one kind apart.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The name in the table: <c>1E</c>, <c>1T</c>, <c>1Ub</c>.</summary>
    public string Name => $"{Row}{"ETU"[(int)Kind]}{Suffix}";

    public Mutation Finds(Level level, string artifact, string excerpt = "", string? code = null) =>
        Also(Rule, level, artifact, excerpt, code);

    public Mutation Also(string rule, Level level, string artifact, string excerpt = "", string? code = null) =>
        this with
        {
            Findings = Findings.Add(new Expected(rule, level, artifact, excerpt, code)),
        };

    /// <summary>A finding about a second edit.</summary>
    public Mutation Besides(string rule, Level level, string artifact, string excerpt = "") =>
        Also(rule, level, artifact, excerpt) with
        {
            OfSecondEdits = OfSecondEdits + 1,
        };

    public Mutation IsOpen(string artifact, string excerpt = "") =>
        this with
        {
            Findings = Findings.Add(new Expected(Rule, null, artifact, excerpt, null)),
        };

    public Mutation MayOpen(params string[] rules) => this with { DependentOpens = [.. DependentOpens, .. rules] };
}
