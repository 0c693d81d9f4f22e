namespace Auditor.Model.Findings;

/// <summary>How bad a finding is. SARIF's levels.</summary>
public enum Level
{
    /// <summary>Hygiene.</summary>
    Note,

    /// <summary>Weakens a control, or a likely outage.</summary>
    Warning,

    /// <summary>Silent acceptance of something that must be refused, exposure of a secret, or a certain outage.</summary>
    Error,
}

/// <summary>How far the product can repair what a rule finds.</summary>
public enum FixKind
{
    /// <summary>A person must decide.</summary>
    Manual,

    /// <summary>A template or a choice between few edits.</summary>
    SemiAutomatic,

    /// <summary>A certain edit.</summary>
    Automatic,
}

/// <summary>What is known about a rule without running it. The page beside the rule says the rest.</summary>
public sealed record RuleInfo
{
    /// <summary>The catalogue id, e.g. <c>AUD-001</c>. Stable: pipelines and waivers refer to it.</summary>
    public required string Id { get; init; }

    /// <summary>The name: what is wrong, as a noun phrase that reads after "allow", e.g. <c>audience-mismatch</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence without a final period that is true when the rule fires.</summary>
    public required string Title { get; init; }

    /// <summary>The level of a finding where the rule says nothing else.</summary>
    public required Level Level { get; init; }

    /// <summary>The greatest severity the rule can give, 0.1 to 10.0, on the scale of GitHub code scanning.</summary>
    public required double SecuritySeverity { get; init; }

    /// <summary>The CWE number; null where none fits.</summary>
    public int? Cwe { get; init; }

    /// <summary>How far a finding can be repaired by an edit.</summary>
    public FixKind Fix { get; init; }

    /// <summary>Whether it belongs to the 40 core rules.</summary>
    public bool IsCore { get; init; }

    /// <summary>The rules that explain more where they find the same culprit: this rule's finding is then listed with theirs.</summary>
    public ImmutableArray<string> YieldsTo { get; init; } = [];

    /// <summary>The kind of thing it judges, in the plural, for "214 token checks".</summary>
    public required string Subjects { get; init; }

    /// <summary>The family: the letters of the id.</summary>
    public string Family => Id[..Id.IndexOf('-', StringComparison.Ordinal)];

    /// <summary>The name of the class, of the page and in SARIF: the name in Pascal case.</summary>
    public string PascalName => string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>Something a rule judges. Its key does not change when it is redeployed.</summary>
public interface ISubject
{
    /// <summary>A stable key of names: <c>meridian/prod/orders-v1/default/VJ-Okta</c>. Holds no revision and no line.</summary>
    string Key { get; }

    /// <summary>The subject in words, for reports: <c>VerifyJWT 'VJ-Okta' in proxy 'orders-v1', environment 'prod'</c>.</summary>
    string Title { get; }

    /// <summary>Where it is written.</summary>
    SourceLocation Location { get; }

    /// <summary>The environment it belongs to; null when it belongs to none or to all.</summary>
    string? Environment { get; }
}
