using Auditor.Trace.Conditions;

namespace Auditor.Rules.Gov;

/// <summary>Compares the documented reading of a condition with the one in which AND and OR bind alike.</summary>
internal static class ConditionReadings
{
    /// <summary>
    /// Whether an AND stands unparenthesised beside an OR that it would join if the two bound alike: <c>a or b and c</c> differs, <c>a and b or c</c> does not.
    /// </summary>
    public static bool Differ(Condition condition) =>
        condition.Parts().OfType<Condition.Or>().Any(or => or.Right is Condition.And and && and.Start > or.Start && IsBare(or, and));

    // A parenthesised part begins with its parenthesis, so a bare one begins where its own left part does.
    private static bool IsBare(Condition.Or or, Condition.And and) => and.Start == and.Left.Start && or.Start <= and.Start;
}
