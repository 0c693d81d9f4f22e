namespace Auditor.Model.Findings;

/// <summary>What a rule says about one subject. Pass may be said only on values that are known and satisfy the rule, from parts that are complete.</summary>
public abstract record Verdict
{
    private Verdict() { }

    /// <summary>Known and in order.</summary>
    public static Verdict Pass { get; } = new Passed();

    /// <summary>The rule has nothing to say about this subject.</summary>
    public static Verdict NotApplicable { get; } = new Inapplicable();

    /// <summary>Known and in order.</summary>
    public sealed record Passed : Verdict;

    /// <summary>The rule has nothing to say about this subject.</summary>
    public sealed record Inapplicable : Verdict;

    /// <summary>Known, and wrong.</summary>
    public sealed record Fail : Verdict
    {
        /// <summary>Sentences that name the thing, both values and the way out. The first must stand alone.</summary>
        public required string Message { get; init; }

        /// <summary>Where the fix most likely goes.</summary>
        public required SourceLocation Location { get; init; }

        /// <summary>
        /// The culprit, by stable names. Findings of one rule with the same cause are one finding with several places, and findings of related rules with the
        /// same cause yield to the more specific one.
        /// </summary>
        public required string Cause { get; init; }

        /// <summary>
        /// Causes that bring this one about, as the rules name them to which this rule yields: repairing one of them repairs this. Where such a rule has found one, this is
        /// listed with its finding. Empty: it stands alone.
        /// </summary>
        public ImmutableArray<string> FollowsFrom { get; init; } = [];

        /// <summary>The level, where it differs from the rule's.</summary>
        public Level? Level { get; init; }

        /// <summary>The severity, where it differs from the rule's.</summary>
        public double? SecuritySeverity { get; init; }

        /// <summary>The variant of the defect: <c>trailing-slash</c>, <c>other-server</c>; null when there is only one.</summary>
        public string? Code { get; init; }

        /// <summary>The other places that matter, each with its own short sentence.</summary>
        public ImmutableArray<RelatedPlace> Related { get; init; } = [];

        /// <summary>What each side says, for a comparison: <c>gateway</c> and <c>okta</c> with their values.</summary>
        public ImmutableArray<Fact> Facts { get; init; } = [];

        /// <summary>A request that shows it; null when none is needed.</summary>
        public Witness? Witness { get; init; }

        /// <summary>How to repair it, in one or two sentences.</summary>
        public string? Remedy { get; init; }

        /// <summary>The edits that repair it, where they are certain.</summary>
        public ImmutableArray<Edit> Edits { get; init; } = [];
    }

    /// <summary>
    /// Configuration alone cannot say: a script decides, a value is set at run time, a part was never asked for, or two readings of the vendor's documents differ.
    /// </summary>
    /// <param name="Reason">What is not known.</param>
    /// <param name="Closes">The one thing to collect or declare that would close it.</param>
    /// <param name="Location">
    /// The place that is not known. Null when the reason is the same wherever it applies: such verdicts are told once, with their subjects.
    /// </param>
    public sealed record Open(string Reason, string Closes, SourceLocation? Location = null) : Verdict
    {
        /// <summary>
        /// What is not known, by stable names, where several subjects wait for it: verdicts of a rule with the same cause are told once, with their places. Null: verdicts are
        /// told once where reason and place are the same.
        /// </summary>
        public string? Cause { get; init; }

        /// <summary>Everything the answer depends on, each with its place. Empty when the reason says it all.</summary>
        public ImmutableArray<RelatedPlace> DependsOn { get; init; } = [];
    }

    /// <summary>We could not look: denied, unreadable, over budget, or the rule crashed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Location">The place that could not be read; null for the subject's own.</param>
    public sealed record NotAssessed(string Reason, SourceLocation? Location = null) : Verdict;

    /// <summary>The word used in reports: pass, notApplicable, fail, open, notAssessed.</summary>
    public string Word =>
        this switch
        {
            Passed => "pass",
            Inapplicable => "notApplicable",
            Fail => "fail",
            Open => "open",
            _ => "notAssessed",
        };
}

/// <summary>A place that matters to a finding, and why.</summary>
/// <param name="Location">The place.</param>
/// <param name="Text">A short sentence.</param>
public sealed record RelatedPlace(SourceLocation Location, string Text);

/// <summary>One side's value.</summary>
/// <param name="Side">Who says it: <c>gateway</c>, <c>okta</c>, <c>product</c>.</param>
/// <param name="Name">What: <c>audience</c>.</param>
/// <param name="Value">The value in words.</param>
/// <param name="Location">Where; null when nowhere in particular.</param>
public sealed record Fact(string Side, string Name, string Value, SourceLocation? Location);

/// <summary>A concrete request that one could send, and what happens to it. It is never sent.</summary>
public sealed record Witness
{
    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The host; null when no environment group says.</summary>
    public string? Host { get; init; }

    /// <summary>The path with its query.</summary>
    public required string Path { get; init; }

    /// <summary>The headers it must carry, in order.</summary>
    public ImmutableArray<HeaderLine> Headers { get; init; } = [];

    /// <summary>The headers it must not carry.</summary>
    public ImmutableArray<string> WithoutHeaders { get; init; } = [];

    /// <summary>What must hold besides, in words: <c>client.ip is 10.0.0.1</c>.</summary>
    public ImmutableArray<string> Circumstances { get; init; } = [];

    /// <summary>The token in words: <c>no token</c>, <c>a token whose aud is 'https://other.example'</c>.</summary>
    public required string Token { get; init; }

    /// <summary>The steps it passes, in order, each with what happened and why it did not stop the request.</summary>
    public ImmutableArray<WitnessStep> Steps { get; init; } = [];

    /// <summary>What it reaches: the target in words.</summary>
    public required string Reaches { get; init; }

    /// <summary>The request line, as one would write it: <c>GET /orders/v1/items/x</c>.</summary>
    public string RequestLine => $"{Method} {Path}";
}

/// <summary>A header of a witness.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public sealed record HeaderLine(string Name, string Value);

/// <summary>A step on a witness's way.</summary>
/// <param name="Step">The policy, with its type.</param>
/// <param name="Outcome">passed, skipped, failed-and-continued, stopped, disabled or unknown.</param>
/// <param name="Why">Why, in one clause.</param>
/// <param name="Location">The step.</param>
public sealed record WitnessStep(string Step, string Outcome, string Why, SourceLocation Location)
{
    /// <summary>Whether it could not have refused the request for its credential, whatever it does: a quota, a log, a check of the body.</summary>
    public bool IsAside { get; init; }
}

/// <summary>What an edit does.</summary>
public enum EditKind
{
    /// <summary>Replaces the text of the XML element at the place.</summary>
    SetElementText,

    /// <summary>Adds or replaces an attribute of the XML element at the place.</summary>
    SetAttribute,

    /// <summary>Removes an attribute of the XML element at the place.</summary>
    RemoveAttribute,

    /// <summary>Inserts XML as the last child of the element at the place.</summary>
    AppendChild,

    /// <summary>Inserts XML before the element at the place, in its column.</summary>
    InsertBefore,

    /// <summary>Inserts XML after the element at the place, in its column.</summary>
    InsertAfter,

    /// <summary>Replaces the element at the place, with all it holds.</summary>
    ReplaceElement,

    /// <summary>Removes the element at the place.</summary>
    RemoveElement,

    /// <summary>Renames the XML element at the place, and keeps what is in it.</summary>
    RenameElement,

    /// <summary>Replaces the value of the property at the place, a line of a properties file.</summary>
    SetProperty,

    /// <summary>Replaces the JSON value at the pointer of the place.</summary>
    SetJsonValue,

    /// <summary>Makes the file of the place, which does not exist yet.</summary>
    CreateFile,
}

/// <summary>A proposed change of one place. Where it falls in the text is worked out in one place, from the text.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Location">The element, property or value.</param>
/// <param name="Name">The attribute; null for other kinds.</param>
/// <param name="Value">
/// The new text, attribute value, XML, name, property value, JSON text or file; null for removals. Lines of XML end in <c>\n</c> and begin in column 1.
/// </param>
public sealed record Edit(EditKind Kind, SourceLocation Location, string? Name, string? Value);
