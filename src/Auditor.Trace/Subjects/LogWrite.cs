using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>A policy that writes to a log, to analytics or to a debug output.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Bundle">The bundle.</param>
/// <param name="Policy">The policy.</param>
/// <param name="IsAttached">Whether a step runs it.</param>
/// <param name="Destination">Where it writes, in words.</param>
/// <param name="Logged">The credentials it writes.</param>
/// <param name="Unknown">A variable it writes whose value a script makes of what the caller sent; null when there is none.</param>
public sealed record LogWrite(
    ApigeeOrganization Organization,
    Bundle Bundle,
    Policy Policy,
    bool IsAttached,
    string Destination,
    ImmutableArray<LoggedCredential> Logged,
    ScriptVariable? Unknown
) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Names.Of(Bundle, Organization)}/{Policy.Name}";

    /// <inheritdoc/>
    public string Title => $"{Policy.Kind} '{Policy.Name}' of {Bundle.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A credential that a policy writes.</summary>
/// <param name="Variable">The variable that is the credential.</param>
/// <param name="Written">The variable as it is written; differs where a copy is.</param>
/// <param name="What">What it is, in words.</param>
/// <param name="Location">Where it is written.</param>
public sealed record LoggedCredential(string Variable, string Written, string What, SourceLocation Location);

/// <summary>A variable that a script sets.</summary>
/// <param name="Variable">The variable.</param>
/// <param name="Script">The script, in words.</param>
/// <param name="Location">The policy that runs the script.</param>
public sealed record ScriptVariable(string Variable, string Script, SourceLocation Location);
