namespace Auditor.Model.Apigee;

/// <summary>Changes a message and sets variables, in document order.</summary>
public sealed record AssignMessagePolicy : Policy
{
    /// <summary>The message that is changed; null for the current one.</summary>
    public string? AssignTo { get; init; }

    /// <summary>Whether AssignTo makes a new message.</summary>
    public bool CreateNew { get; init; }

    /// <summary>The assignments.</summary>
    public ImmutableArray<VariableAssignment> Variables { get; init; } = [];

    /// <summary>The edits in document order.</summary>
    public ImmutableArray<MessageEdit> Edits { get; init; } = [];

    /// <summary>Whether an unresolved variable becomes empty instead of a fault. Default false.</summary>
    public bool IgnoreUnresolvedVariables { get; init; }
}

/// <summary>Raises a fault, whatever else is true.</summary>
public sealed record RaiseFaultPolicy : Policy
{
    /// <summary>The edits of the fault response.</summary>
    public ImmutableArray<MessageEdit> Edits { get; init; } = [];

    /// <summary>The assignments.</summary>
    public ImmutableArray<VariableAssignment> Variables { get; init; } = [];

    /// <summary>The status code as written; null when not set.</summary>
    public string? StatusCode => Edits.Select(edit => edit.StatusCode?.Text).FirstOrDefault(code => code is not null);
}

/// <summary>What a Set, Add, Copy or Remove section does to a message.</summary>
public sealed record MessageEdit
{
    /// <summary>Set, Add, Copy or Remove.</summary>
    public required string Verb { get; init; }

    /// <summary>The headers. In Remove and Copy only the names count.</summary>
    public ImmutableArray<NamedSetting> Headers { get; init; } = [];

    /// <summary>Whether an empty Headers element names all of them.</summary>
    public bool AllHeaders { get; init; }

    /// <summary>The query parameters.</summary>
    public ImmutableArray<NamedSetting> QueryParams { get; init; } = [];

    /// <summary>The form parameters.</summary>
    public ImmutableArray<NamedSetting> FormParams { get; init; } = [];

    /// <summary>The payload; null when not touched.</summary>
    public Setting? Payload { get; init; }

    /// <summary>The HTTP verb; null when not touched.</summary>
    public Setting? HttpVerb { get; init; }

    /// <summary>The path; null when not touched.</summary>
    public Setting? Path { get; init; }

    /// <summary>The status code; null when not touched.</summary>
    public Setting? StatusCode { get; init; }

    /// <summary>The message that Copy reads; null for the default.</summary>
    public string? Source { get; init; }

    /// <summary>Where the section is.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>An assignment of a variable. Which source wins is Ref, then Template, then Value as the fallback [B].</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">The literal; null when not given.</param>
/// <param name="Reference">The variable copied; null when not given.</param>
/// <param name="Template">The message template; null when not given.</param>
/// <param name="TemplateReference">The variable that holds a template; null when not given.</param>
/// <param name="ResourceUrl">A resource file; null when not given.</param>
/// <param name="Location">The AssignVariable element.</param>
public sealed record VariableAssignment(
    string Name,
    string? Value,
    string? Reference,
    string? Template,
    string? TemplateReference,
    string? ResourceUrl,
    SourceLocation Location
)
{
    /// <summary>What is left of the literal when it may be secret.</summary>
    public Redacted? Secret { get; init; }
}

/// <summary>Copies parts of a message into variables.</summary>
public sealed record ExtractVariablesPolicy : Policy
{
    /// <summary>The message it reads; null for the current one.</summary>
    public string? Source { get; init; }

    /// <summary>The extractions in document order.</summary>
    public ImmutableArray<Extraction> Extractions { get; init; } = [];
}

/// <summary>Where ExtractVariables reads from.</summary>
public enum ExtractionSource
{
    /// <summary>The path after the base path.</summary>
    UriPath,

    /// <summary>A query parameter.</summary>
    QueryParam,

    /// <summary>A header.</summary>
    Header,

    /// <summary>A form parameter.</summary>
    FormParam,

    /// <summary>A variable.</summary>
    Variable,

    /// <summary>A JSON payload, by JSONPath.</summary>
    Json,

    /// <summary>An XML payload, by XPath.</summary>
    Xml,
}

/// <summary>One extraction.</summary>
/// <param name="Source">Where it reads.</param>
/// <param name="Name">The header, parameter or variable; empty for paths and payloads.</param>
/// <param name="Expression">The pattern, JSONPath or XPath.</param>
/// <param name="Variables">The variables it sets, with the policy's prefix.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Extraction(
    ExtractionSource Source,
    string Name,
    string Expression,
    ImmutableArray<string> Variables,
    SourceLocation Location
);

/// <summary>Sends a message to a log.</summary>
public sealed record MessageLoggingPolicy : Policy
{
    /// <summary>The texts that are logged, as message templates.</summary>
    public ImmutableArray<Setting> Messages { get; init; } = [];

    /// <summary>CloudLogging, Syslog or File.</summary>
    public string Destination { get; init; } = "";
}
