using Auditor.Trace.Conditions;

namespace Auditor.Rules.Gov;

/// <summary>What can be seen of a condition without knowing its variables.</summary>
internal static class ConditionReadings
{
    /// <summary>
    /// Whether an AND stands unparenthesised beside an OR that it would join if the two bound alike: <c>a or b and c</c> differs, <c>a and b or c</c> does not.
    /// </summary>
    public static bool Differ(Condition condition) =>
        condition.Parts().OfType<Condition.Or>().Any(or => or.Right is Condition.And and && and.Start > or.Start && IsBare(and));

    /// <summary>Whether an AND stands without parentheses of its own. A parenthesised part begins with its parenthesis, a bare one where its own left part does.</summary>
    public static bool IsBare(Condition.And and) => and.Start == and.Left.Start;

    /// <summary>
    /// A variable that makes the whole condition constant: <c>x != "a" or x != "b"</c> always holds, <c>x = "a" and x = "b"</c> never does. Null when there is none.
    /// </summary>
    public static (bool Always, string Variable)? Contradiction(Condition condition)
    {
        var always = condition is Condition.Or;
        var variable = condition switch
        {
            Condition.Or => TwoTexts(condition, ConditionOperator.NotEquals),
            Condition.And => TwoTexts(condition, ConditionOperator.Equals),
            _ => null,
        };
        return variable is null ? null : (always, variable);
    }

    private static string? TwoTexts(Condition condition, ConditionOperator op) =>
        Joined(condition, condition is Condition.Or)
            .OfType<Condition.Relation>()
            .Where(relation =>
                relation is { Negated: false, Left.Kind: OperandKind.Variable, Right.Kind: OperandKind.Text } && relation.Operator == op
            )
            .GroupBy(relation => relation.Left.Text, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Select(relation => relation.Right.Text).Distinct(StringComparer.Ordinal).Skip(1).Any())
            ?.Key;

    private static IEnumerable<Condition> Joined(Condition condition, bool byOr) =>
        condition switch
        {
            Condition.Or either when byOr => Joined(either.Left, byOr).Concat(Joined(either.Right, byOr)),
            Condition.And both when !byOr => Joined(both.Left, byOr).Concat(Joined(both.Right, byOr)),
            _ => [condition],
        };
}
