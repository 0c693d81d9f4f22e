namespace Auditor.Model.Apigee;

/// <summary>Reads and writes key value maps.</summary>
public sealed record KeyValueMapOperationsPolicy : Policy
{
    /// <summary>The map's name: literal, or from a variable (MapName/@ref); null when neither is given.</summary>
    public Setting? Map { get; init; }

    /// <summary>organization, environment (default), apiproxy or policy.</summary>
    public string Scope { get; init; } = "environment";

    /// <summary>The reads.</summary>
    public ImmutableArray<KeyValueMapGet> Gets { get; init; } = [];

    /// <summary>The writes.</summary>
    public ImmutableArray<KeyValueMapPut> Puts { get; init; } = [];

    /// <summary>The entries written at deployment, in clear in the bundle.</summary>
    public ImmutableArray<KeyValueMapPut> InitialEntries { get; init; } = [];
}

/// <summary>A read of a key value map.</summary>
/// <param name="AssignTo">The variable that gets the value. The prefix <c>private.</c> hides it from debug sessions.</param>
/// <param name="Key">The parameters of the key, joined with a blank in multi-part keys.</param>
/// <param name="Location">The Get element.</param>
public sealed record KeyValueMapGet(string AssignTo, ImmutableArray<Setting> Key, SourceLocation Location);

/// <summary>A write to a key value map.</summary>
/// <param name="Key">The parameters of the key.</param>
/// <param name="Values">The values.</param>
/// <param name="Location">The Put or Entry element.</param>
public sealed record KeyValueMapPut(ImmutableArray<Setting> Key, ImmutableArray<Setting> Values, SourceLocation Location);
