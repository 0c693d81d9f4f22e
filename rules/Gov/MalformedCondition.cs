using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Conditions;

namespace Auditor.Rules.Gov;

/// <summary>A condition cannot be parsed, or means something else than it looks like.</summary>
public sealed class MalformedCondition : IRule<BundleCondition>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-008",
        Name = "malformed-condition",
        Title = "A condition cannot be parsed, or means something else than it looks like",
        Level = Level.Warning,
        SecuritySeverity = 6.5,
        Cwe = 670,
        Fix = FixKind.SemiAutomatic,
        Subjects = "conditions",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BundleCondition subject, AuditContext context)
    {
        if (Problem(subject) is not { } problem)
        {
            return Verdict.Pass;
        }

        return new Verdict.Fail
        {
            Message = $"{char.ToUpperInvariant(subject.Title[0])}{subject.Title[1..]} {problem.Why}.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = problem.Code,
            SecuritySeverity = subject.DecidesAuth ? 6.5 : 5.0,
            Remedy = problem.Remedy,
            Edits = problem.Rewritten is { } text ? [new Edit(EditKind.SetElementText, subject.Location, null, text)] : [],
        };
    }

    private static Fault? Problem(BundleCondition subject)
    {
        if (subject.Parsed.Condition is Condition.Malformed malformed)
        {
            return new Fault(
                "unreadable",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cannot be read (character {malformed.At + 1}: {malformed.Reason}), so what it decides is not known"
                ),
                "Balance its parentheses and quotes."
            );
        }

        return subject.Parsed.Notices.Select(notice => Noticed(subject, notice)).FirstOrDefault(fault => fault is not null)
            ?? subject
                .Parsed.Condition.Parts()
                .OfType<Condition.Relation>()
                .Select(ArrayEquality)
                .FirstOrDefault(fault => fault is not null)
            ?? Constant(subject);
    }

    private static Fault? Noticed(BundleCondition subject, ConditionNotice notice)
    {
        var text = subject.Text.Text;
        switch (notice.Code)
        {
            case "single-quoted-literal" when LooksLikeText(text.Substring(notice.Start, notice.Length)):
                return new Fault(
                    notice.Code,
                    $"compares with a variable where a text is meant: {notice.Text}",
                    "Write the text in double quotes.",
                    ConditionRewriting.WithDoubleQuotes(text, subject.Parsed.Notices.Where(other => other.Code == notice.Code))
                );
            case "undocumented-operator" when subject.DecidesAuth && text.Substring(notice.Start, notice.Length) != "!~":
                return new Fault(
                    notice.Code,
                    $"decides by an operator without a defined meaning: {notice.Text}",
                    "Negate the comparison with not.",
                    ConditionRewriting.WithNot(text, subject.Parsed.Condition, notice)
                );
            case "mixed-and-or" when subject.DecidesAuth && ConditionReadings.Differ(subject.Parsed.Condition):
                return new Fault(
                    notice.Code,
                    $"can be read in two ways: {notice.Text}",
                    "Write the parentheses that are meant; those of the reading that Apigee documents are proposed.",
                    ConditionRewriting.WithParentheses(text, subject.Parsed.Condition)
                );
            default:
                return null;
        }
    }

    private static Fault? ArrayEquality(Condition.Relation relation)
    {
        if (
            relation
                is not {
                    Operator: ConditionOperator.Equals or ConditionOperator.NotEquals,
                    Right: { Kind: OperandKind.Text, Text.Length: > 0 }
                }
            || !(
                relation.Left.Text.EndsWith(".decoded.claim.scp", StringComparison.Ordinal)
                || relation.Left.Text.EndsWith(".decoded.claim.groups", StringComparison.Ordinal)
            )
            || relation.Right.Text.StartsWith('[')
        )
        {
            return null;
        }

        var holds = relation.Operator == ConditionOperator.NotEquals ^ relation.Negated;
        return new Fault(
            "array-equality",
            $"compares the array '{relation.Left.Text}' with one of its members by {ConditionPrinter.SymbolOf(relation.Operator)}, which {(holds ? "always" : "never")} holds: the variable is JSON text",
            "Test for membership: in a script, or with a pattern that has the quotes of the array around the name."
        );
    }

    private static Fault? Constant(BundleCondition subject)
    {
        if (subject is { DecidesAuth: true, Parsed.Condition: Condition.Bare { Operand: { Kind: OperandKind.Boolean, Text: "false" } } })
        {
            return new Fault("never", "never holds: it is the word false", "Remove the step, or the condition.");
        }

        if (ConditionReadings.Contradiction(subject.Parsed.Condition) is not var (always, variable))
        {
            return null;
        }

        return always
            ? new Fault(
                "always",
                $"always holds: '{variable}' cannot be two texts, so it differs from one of them whatever it is",
                "Join the comparisons with and."
            )
            : new Fault("never", $"never holds: '{variable}' cannot be equal to two texts at once", "Join the comparisons with or.");
    }

    // A dotted name in single quotes is what the quotes are for.
    internal static bool LooksLikeText(string quoted) => !quoted.Contains('.', StringComparison.Ordinal);

    /// <summary>What is wrong with a condition.</summary>
    /// <param name="Code">The variant.</param>
    /// <param name="Why">A clause that follows the condition's title.</param>
    /// <param name="Remedy">What to do.</param>
    /// <param name="Rewritten">The condition as proposed; null when nothing can be proposed.</param>
    private sealed record Fault(string Code, string Why, string Remedy, string? Rewritten = null);
}
