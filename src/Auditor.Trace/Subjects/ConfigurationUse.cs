using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>A name in a deployed bundle that an environment has to give a value: a property, an entry of a key value map, a target server, a keystore reference.</summary>
/// <param name="Program">The endpoint that uses it.</param>
/// <param name="Kind">What it is: <c>property</c>, <c>key value map entry</c>, <c>target server</c>, <c>reference</c>.</param>
/// <param name="Name">Its name: <c>okta.issuer</c>.</param>
/// <param name="Exists">Whether it exists there; null when that is not known.</param>
/// <param name="Why">Why that is not known; null otherwise.</param>
/// <param name="HasDefault">Whether the place has a text that is taken instead.</param>
/// <param name="Location">Where it is used.</param>
public sealed record ConfigurationUse(
    FlowProgram Program,
    string Kind,
    string Name,
    bool? Exists,
    string? Why,
    bool HasDefault,
    SourceLocation Location
) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Program.Key}/{Kind} {Name}@{Location}";

    /// <inheritdoc/>
    public string Title => $"{Kind} '{Name}' in {Program.Title}";

    /// <inheritdoc/>
    public string? Environment => Program.Environment?.Name;
}
