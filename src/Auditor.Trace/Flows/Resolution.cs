using Auditor.Model;

namespace Auditor.Trace.Flows;

/// <summary>What is known of the value of a setting, in an environment, at a step.</summary>
public abstract record Resolution
{
    private Resolution() { }

    /// <summary>The chain of places that made the value, the outermost first.</summary>
    public ImmutableArray<Provenance> Provenance { get; init; } = [];

    /// <summary>One text.</summary>
    public sealed record Known(string Value) : Resolution;

    /// <summary>One of several texts, depending on what else is true. At least two, ordered.</summary>
    public sealed record OneOf(ImmutableArray<string> Values) : Resolution;

    /// <summary>The caller can choose it.</summary>
    /// <param name="Source">What carries it: <c>request.header.x-tenant</c>.</param>
    public sealed record Tainted(string Source) : Resolution;

    /// <summary>It exists, and nobody here knows it: a value that was withheld, the output of a script or callout.</summary>
    /// <param name="Source">What makes it.</param>
    /// <param name="Closes">What would have to be collected or declared to know it.</param>
    public sealed record Opaque(string Source, string Closes) : Resolution
    {
        /// <summary>What is left of the value when it was redacted.</summary>
        public Redacted? Secret { get; init; }

        /// <summary>What the caller sends that chooses among the values: the claim of a token by which a map is asked; null when the caller chooses nothing.</summary>
        public string? ChosenBy { get; init; }
    }

    /// <summary>It refers to something that nowhere exists.</summary>
    /// <param name="Name">The variable.</param>
    public sealed record Unresolved(string Name) : Resolution;

    /// <summary>The setting is not there.</summary>
    public sealed record Absent : Resolution
    {
        /// <summary>The one value.</summary>
        public static Absent Instance { get; } = new();
    }

    /// <summary>The texts it can have when they are all known; empty otherwise.</summary>
    public ImmutableArray<string> Texts =>
        this switch
        {
            Known known => [known.Value],
            OneOf oneOf => oneOf.Values,
            _ => [],
        };

    /// <summary>Whether all the texts it can have are known.</summary>
    public bool IsKnown => this is Known or OneOf;

    /// <summary>The place nearest to where the value is written; null when there is none.</summary>
    public SourceLocation? Origin => Provenance.IsEmpty ? null : Provenance[^1].Location;

    /// <summary>The value in words, for messages.</summary>
    public string Words =>
        this switch
        {
            Known known => $"'{known.Value}'",
            OneOf oneOf => string.Join(" or ", oneOf.Values.Select(value => $"'{value}'")),
            Tainted tainted => $"whatever the caller sends in {tainted.Source}",
            Opaque opaque => $"a value that is not known here ({opaque.Source})",
            Unresolved unresolved => $"the variable '{unresolved.Name}', which nothing sets",
            _ => "nothing",
        };
}

/// <summary>A place that had a part in making a value.</summary>
/// <param name="Location">The place.</param>
/// <param name="Text">What it does, in a few words: <c>ref to propertyset.okta.audience</c>.</param>
public sealed record Provenance(SourceLocation Location, string Text);
