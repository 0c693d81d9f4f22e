using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Tok;

/// <summary>A backend is told who calls by a header that the caller can write.</summary>
public sealed class IdentityHeaderSpoofable : IRule<IdentityHeader>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-010",
        Name = "identity-header-spoofable",
        Title = "A header that tells the backend who calls can be set by the caller",
        Level = Level.Error,
        SecuritySeverity = 8.4,
        Cwe = 290,
        Fix = FixKind.SemiAutomatic,
        IsCore = true,
        Subjects = "identity headers",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(IdentityHeader subject, AuditContext context)
    {
        if (context.Settings.TrustedHeaders.Any(header => string.Equals(header.Header, subject.Header, StringComparison.OrdinalIgnoreCase)))
        {
            // Something in front of the gateway overwrites it, whatever the caller sends.
            return Verdict.NotApplicable;
        }

        if (subject.Survives is not { } survives)
        {
            return Verdict.Pass;
        }

        return survives.IsDefinite
            ? Fail(subject, survives)
            : new Verdict.Open(
                $"the caller's own header '{subject.Header}' reaches {survives.Witness.Reaches} of {subject.Endpoint.Program.Bundle.Description}, depending on {survives.Deciding}",
                survives.Closes,
                subject.Location
            );
    }

    private static Verdict.Fail Fail(IdentityHeader subject, Possibility survives)
    {
        var program = subject.Endpoint.Program;
        var setter = subject.SetBy.IsEmpty ? null : subject.SetBy[0];
        var added = subject.SetBy.FirstOrDefault(step => step.Adds);
        var by = setter is null ? "The proxy" : $"AssignMessage '{(added ?? setter).Policy.Name}'";
        return new Verdict.Fail
        {
            Message = added is not null
                ? $"{by} adds header '{subject.Header}' ({subject.Value}) to what the caller sent instead of replacing it: {survives.Witness.Reaches} of {program.Bundle.Description} reads the caller's value first."
                : $"{by} tells {survives.Witness.Reaches} of {program.Bundle.Description} who calls by header '{subject.Header}' ({subject.Value}), but {survives.Witness.RequestLine} gets there with the value that the caller wrote.",
            Location = (added ?? setter)?.Location ?? subject.Location,
            Cause = $"{Names.Of(program.Bundle, program.Organization)}/{program.Endpoint?.Name}/{subject.Header}",
            Code = added is not null ? "added" : "untouched",
            Witness = survives.Witness,
            Related =
            [
                .. subject
                    .SetBy.Where(step => step != (added ?? setter))
                    .Select(step => new RelatedPlace(step.Location, "it is set here, too")),
            ],
            Remedy =
                $"Remove header '{subject.Header}' in the first step of the proxy's PreFlow, and set it with Set (which replaces), not Add, from the verified token.",
            Edits = added is null ? [] : Replace(added, subject.Header),
        };
    }

    // Set replaces what is there: the header moves from Add to Set.
    private static ImmutableArray<Edit> Replace(HeaderStep step, string header)
    {
        if (
            step.Policy is not AssignMessagePolicy assign
            || assign
                .Edits.Where(edit => edit.Verb == "Add")
                .SelectMany(edit => edit.Headers)
                .FirstOrDefault(item => string.Equals(item.Name, header, StringComparison.OrdinalIgnoreCase))
                is not { Value.Reference: null, Value.Secret: null } found
        )
        {
            return [];
        }

        return
        [
            new Edit(EditKind.RemoveElement, step.Location, null, null),
            new Edit(
                EditKind.AppendChild,
                assign.Location,
                null,
                $"<Set><Headers><Header name=\"{found.Name}\">{System.Security.SecurityElement.Escape(found.Value.Text)}</Header></Headers></Set>"
            ),
        ];
    }
}
