using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Sec;

/// <summary>A credential is written to a log or to analytics.</summary>
public sealed class CredentialLogged : IRule<LogWrite>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SEC-005",
        Name = "credential-logged",
        Title = "A token, key or secret is written to a log or to analytics",
        Level = Level.Error,
        SecuritySeverity = 7.6,
        Cwe = 532,
        Fix = FixKind.SemiAutomatic,
        IsCore = true,
        Subjects = "policies that log",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(LogWrite subject, AuditContext context)
    {
        if (!subject.Policy.Enabled || !subject.IsAttached)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Logged.IsEmpty)
        {
            return subject.Unknown is { } unknown
                ? new Verdict.Open(
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Bundle.Description} logs '{unknown.Variable}', which {unknown.Script} sets after reading what the caller sent",
                    $"what {unknown.Script} puts into '{unknown.Variable}'",
                    unknown.Location
                )
                {
                    DependsOn = [new RelatedPlace(subject.Location, $"logs '{unknown.Variable}'")],
                }
                : Verdict.Pass;
        }

        var worst = subject.Logged[0];
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Bundle.Description} writes {worst.What} ('{worst.Variable}') to {subject.Destination}: whoever reads it there can act as the caller.",
            Location = worst.Location,
            Cause = Names.Of(subject.Bundle, subject.Organization) + "/" + subject.Policy.Name,
            Related =
            [
                .. subject
                    .Logged.Skip(1)
                    .Take(8)
                    .Select(other => new RelatedPlace(other.Location, $"{other.What} ('{other.Variable}') is written, too")),
            ],
            Remedy =
                "Write a digest instead, {sha256Hex(…)}, or an id that names the caller without proving anything: the claims jti, cid or sub. Delete what was logged, and revoke it if it still counts.",
            Edits = Digest(subject, worst),
        };
    }

    private static ImmutableArray<Edit> Digest(LogWrite subject, LoggedCredential worst) =>
        subject.Policy is MessageLoggingPolicy log
        && log.Messages.FirstOrDefault(message => message.Location == worst.Location) is { Secret: null, Text: var text }
        && text.Contains("{" + worst.Written + "}", StringComparison.Ordinal)
        && subject.Logged.Length == 1
            ?
            [
                new Edit(
                    EditKind.SetElementText,
                    worst.Location,
                    null,
                    text.Replace("{" + worst.Written + "}", "{sha256Hex(" + worst.Written + ")}", StringComparison.Ordinal)
                ),
            ]
            : [];
}
