using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Int;

/// <summary>When the identity provider does not answer, requests pass.</summary>
public sealed class IntrospectionFailOpen : IRule<TokenLookup>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "INT-006",
        Name = "introspection-fail-open",
        Title = "When the introspection of a token fails, the request passes",
        Level = Level.Error,
        SecuritySeverity = 8.8,
        Cwe = 636,
        Fix = FixKind.Automatic,
        Subjects = "introspection callouts",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenLookup subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Kind != CalloutKind.Introspection)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Unanswered is not { } passing)
        {
            // A failure stops the request: at the callout itself, or at a step that refuses what is not active.
            return Verdict.Pass;
        }

        if (!passing.IsDefinite)
        {
            return new Verdict.Open(
                $"a request whose introspection by ServiceCallout '{subject.Policy.Name}' failed gets through, depending on {passing.Deciding}",
                passing.Closes,
                subject.Location
            );
        }

        return new Verdict.Fail
        {
            Message =
                $"ServiceCallout '{subject.Policy.Name}' of {subject.Owner.Description} goes on when it fails, and no later step demands active = \"true\": while the identity provider does not answer, "
                + $"{passing.Witness.RequestLine} reaches {passing.Witness.Reaches} with any token.",
            Location = subject.Location,
            Cause = subject.Cause,
            Witness = passing.Witness,
            Related = [new RelatedPlace(subject.Step, "the step that makes the call")],
            Remedy = "Drop continueOnError, or refuse every request after the call whose active is not \"true\".",
            Edits = [new Edit(EditKind.RemoveAttribute, subject.Location, "continueOnError", null)],
        };
    }
}
