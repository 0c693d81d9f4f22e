using Auditor.Model;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>A value that has a name and no text: what a caller sends, what a script sets, what was withheld.</summary>
internal sealed class Symbol(string name, VariableKind kind, bool isNullable, string source, string closes)
{
    private readonly List<(ConditionOperator Operator, string Prefix, string Constant)> predicates = [];
    private readonly Dictionary<(ConditionOperator Operator, string Prefix, string Constant), List<SourceLocation>> places = [];

    public string Name => name;

    public VariableKind Kind => kind;

    public bool IsNullable => isNullable;

    /// <summary>What makes it, in words.</summary>
    public string Source => source;

    /// <summary>What would have to be known to know it.</summary>
    public string Closes => closes;

    /// <summary>What is left of it when it was redacted.</summary>
    public Redacted? Secret { get; init; }

    /// <summary>The step or setting that makes it; null when there is none to show.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>Whether it is what code that cannot be read may have written.</summary>
    public bool IsWritten { get; init; }

    /// <summary>The signed token that it is, in words; null for anything else.</summary>
    public string? SignedToken { get; init; }

    /// <summary>What the caller sends that chooses among its values; null when the caller chooses nothing.</summary>
    public string? ChosenBy { get; init; }

    /// <summary>The strings it can be; null for any without control characters.</summary>
    public Language? Domain { get; init; }

    /// <summary>Strings to show in a witness where they fit.</summary>
    public ImmutableArray<string> Preferred { get; init; } = [];

    /// <summary>Whether an absent value is shown first in a witness.</summary>
    public bool PrefersAbsence { get; init; }

    /// <summary>The claim of a token that it stands for; null for anything else.</summary>
    public TokenClaim? Claim { get; init; }

    /// <summary>The places that ask whether it is there; only kept for claims.</summary>
    public List<SourceLocation> NullPlaces { get; } = [];

    public IReadOnlyList<(ConditionOperator Operator, string Prefix, string Constant)> Predicates => predicates;

    public int Variable { get; private set; } = -1;

    /// <summary>The classes of its strings; the index of a class in the decision variable is one more when the symbol can be null.</summary>
    public IReadOnlyList<StringClass> Classes { get; private set; } = [];

    public IReadOnlyList<int> Preference { get; private set; } = [];

    public void Mention(ConditionOperator op, string prefix, string constant)
    {
        if (!predicates.Contains((op, prefix, constant)))
        {
            predicates.Add((op, prefix, constant));
        }
    }

    /// <summary>The places that ask a question; only kept for claims.</summary>
    public IReadOnlyList<SourceLocation> PlacesOf(ConditionOperator op, string prefix, string constant) =>
        places.TryGetValue((op, prefix, constant), out var known) ? known : [];

    /// <summary>Notes where a question is asked.</summary>
    public void Note(ConditionOperator op, string prefix, string constant, SourceLocation location)
    {
        if (Claim is null)
        {
            return;
        }

        if (!places.TryGetValue((op, prefix, constant), out var known))
        {
            places.Add((op, prefix, constant), known = []);
        }

        if (!known.Contains(location))
        {
            known.Add(location);
        }
    }

    public void Bind(int variable, IReadOnlyList<StringClass> classes, IReadOnlyList<int> preference)
    {
        Variable = variable;
        Classes = classes;
        Preference = preference;
    }
}
