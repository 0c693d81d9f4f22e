using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Scripts;

namespace Auditor.Trace;

/// <summary>A policy that runs code: a script or a Java class.</summary>
/// <param name="Policy">The policy as part of its bundle.</param>
/// <param name="Script">The policy.</param>
/// <param name="Code">What its code does with tokens and variables.</param>
public sealed record CodePolicy(BundlePolicy Policy, ScriptPolicy Script, TokenCode Code) : ISubject
{
    /// <inheritdoc/>
    public string Key => Policy.Key;

    /// <inheritdoc/>
    public string Title => Policy.Title;

    /// <inheritdoc/>
    public SourceLocation Location => Script.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}
