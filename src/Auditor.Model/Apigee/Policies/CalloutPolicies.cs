namespace Auditor.Model.Apigee;

/// <summary>Calls a service from within a flow.</summary>
public sealed record ServiceCalloutPolicy : Policy
{
    /// <summary>The variable of the request message.</summary>
    public string RequestVariable { get; init; } = "servicecallout.request";

    /// <summary>The variable that gets the response; null: the answer is not awaited [B].</summary>
    public string? ResponseVariable { get; init; }

    /// <summary>What is written into the request.</summary>
    public ImmutableArray<MessageEdit> Request { get; init; } = [];

    /// <summary>Where it goes.</summary>
    public required TargetConnection Connection { get; init; }
}

/// <summary>Code that runs in a flow.</summary>
public sealed record ScriptPolicy : Policy
{
    /// <summary>The resource, e.g. <c>jsc://scopes.js</c>; null when the source is inline.</summary>
    public string? ResourceUrl { get; init; }

    /// <summary>Libraries loaded before it, in order.</summary>
    public ImmutableArray<string> IncludeUrls { get; init; } = [];

    /// <summary>The inline source, with credentials masked; null when it is a resource.</summary>
    public string? InlineSource { get; init; }

    /// <summary>The Java class; null for scripts.</summary>
    public string? ClassName { get; init; }

    /// <summary>The properties the code can read.</summary>
    public ImmutableArray<NamedSetting> Properties { get; init; } = [];

    /// <summary>Whether it is JavaScript, which can be read; Python and Java cannot.</summary>
    public bool IsJavaScript => string.Equals(Kind, "Javascript", StringComparison.Ordinal);
}

/// <summary>Sends the message to a gRPC service that may change it: not analysable.</summary>
public sealed record ExternalCalloutPolicy : Policy;

/// <summary>Runs a shared flow in place, with the same variables.</summary>
public sealed record FlowCalloutPolicy : Policy
{
    /// <summary>The shared flow's name.</summary>
    public required string SharedFlow { get; init; }

    /// <summary>The parameters, visible inside as variables of that name [B].</summary>
    public ImmutableArray<NamedSetting> Parameters { get; init; } = [];
}
