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
        var (code, why, remedy) = Problem(subject);
        if (code is null)
        {
            return Verdict.Pass;
        }

        return new Verdict.Fail
        {
            Message = $"{char.ToUpperInvariant(subject.Title[0])}{subject.Title[1..]} {why}: {Short(subject.Text.Text)}",
            Location = subject.Location,
            Cause = subject.Key,
            Code = code,
            SecuritySeverity = subject.DecidesAuth ? 6.5 : 5.0,
            Remedy = remedy,
        };
    }

    private static (string? Code, string Why, string Remedy) Problem(BundleCondition subject)
    {
        if (subject.Parsed.Condition is Condition.Malformed malformed)
        {
            return (
                "unreadable",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cannot be read (character {malformed.At + 1}: {malformed.Reason}), so what it decides is not known"
                ),
                "Balance its parentheses and quotes."
            );
        }

        foreach (var notice in subject.Parsed.Notices)
        {
            switch (notice.Code)
            {
                case "single-quoted-literal" when LooksLikeText(subject.Text.Text.Substring(notice.Start, notice.Length)):
                    return (
                        notice.Code,
                        $"compares with a variable where a text is meant: {notice.Text}",
                        "Write the text in double quotes."
                    );
                case "mixed-and-or" when subject.DecidesAuth && ConditionReadings.Differ(subject.Parsed.Condition):
                    return (notice.Code, $"can be read in two ways: {notice.Text}", "Write the parentheses that are meant.");
                default:
                    break;
            }
        }

        foreach (var relation in subject.Parsed.Condition.Parts().OfType<Condition.Relation>())
        {
            if (
                relation is { Operator: ConditionOperator.Equals or ConditionOperator.NotEquals, Right.Kind: OperandKind.Text }
                && relation.Right.Text.Length > 0
                && (
                    relation.Left.Text.EndsWith(".decoded.claim.scp", StringComparison.Ordinal)
                    || relation.Left.Text.EndsWith(".decoded.claim.groups", StringComparison.Ordinal)
                )
            )
            {
                return (
                    "array-equality",
                    $"compares the array {relation.Left.Text} with one of its members by {ConditionPrinter.SymbolOf(relation.Operator)}, which "
                        + (relation.Operator == ConditionOperator.Equals ? "never" : "always")
                        + " holds: the variable is JSON text",
                    "Test for membership: a script, or a pattern that includes the quotes of the array."
                );
            }
        }

        return (null, "", "");
    }

    // A dotted name in single quotes is what the quotes are for.
    private static bool LooksLikeText(string quoted) => !quoted.Contains('.', StringComparison.Ordinal);

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length > 120 ? line[..120] + "…" : line;
    }
}
