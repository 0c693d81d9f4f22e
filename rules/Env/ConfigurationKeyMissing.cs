using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Env;

/// <summary>A name that a bundle uses has a value in one environment and none in another.</summary>
public sealed class ConfigurationKeyMissing : IRule<ConfigurationUse>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-005",
        Name = "configuration-key-missing",
        Title = "A property, map entry, target server or reference that a deployed bundle uses exists in another environment only",
        Level = Level.Error,
        SecuritySeverity = 6.2,
        Fix = FixKind.Manual,
        Subjects = "uses of environment configuration",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ConfigurationUse subject, AuditContext context)
    {
        if (subject.Exists == true)
        {
            return Verdict.Pass;
        }

        var elsewhere = context
            .Traced.Configuration(subject.Program.Organization, subject.Kind, subject.Name)
            .FirstOrDefault(other => other.Exists == true && other.Environment != subject.Environment);
        if (elsewhere is null)
        {
            // Missing everywhere: nobody knows that it should exist.
            return Verdict.NotApplicable;
        }

        if (subject.Exists is null)
        {
            return new Verdict.Open(
                $"whether {subject.Kind} '{subject.Name}' exists in environment '{subject.Environment}' is not known",
                subject.Why ?? $"the configuration of environment '{subject.Environment}'",
                subject.Location
            );
        }

        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(subject.Kind[0])}{subject.Kind[1..]} '{subject.Name}' does not exist in environment '{subject.Environment}', where {subject.Program.Bundle.Description} is deployed; it does in '{elsewhere.Environment}'. "
                + (
                    subject.HasDefault ? "The default text of the element is taken instead, silently."
                    : subject.Kind is "target server" or "reference" ? "Calls fail as soon as they need it."
                    : "The variable is unresolved: the step faults, or goes on with nothing."
                ),
            Location = subject.Location,
            Cause = $"{subject.Program.Organization.Name}/{subject.Environment}/{subject.Kind} {subject.Name}",
            Code = subject.HasDefault ? "default-text" : null,
            Related =
                elsewhere.Location == subject.Location
                    ? []
                    : [new RelatedPlace(elsewhere.Location, $"where it resolves, in '{elsewhere.Environment}'")],
            Remedy =
                $"Create {subject.Kind} '{subject.Name}' in environment '{subject.Environment}' with the value that belongs there, before the revision is deployed.",
        };
    }
}
