using Auditor.Trace.Languages;

namespace Auditor.Trace.Conditions;

/// <summary>
/// What the operators mean on concrete values. A variable that does not exist is null, and the outcome for null is the documented table (conditions reference,
/// 2026-04-10), odd rows included.
/// </summary>
public static class ConditionSemantics
{
    /// <summary>The outcome of a relation when at least one side is null.</summary>
    public static bool WithNull(ConditionOperator op, bool leftIsNull, bool rightIsNull) =>
        op switch
        {
            ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase => leftIsNull && rightIsNull,
            ConditionOperator.NotEquals => !(leftIsNull && rightIsNull),
            ConditionOperator.Greater => leftIsNull && !rightIsNull,
            ConditionOperator.GreaterOrEqual => rightIsNull,
            ConditionOperator.Less => leftIsNull && !rightIsNull,
            ConditionOperator.LessOrEqual => leftIsNull,
            _ => false,
        };

    /// <summary>The outcome of a relation between two texts. Null when the operand is a pattern that cannot be evaluated here.</summary>
    public static bool? Evaluate(ConditionOperator op, string left, string right, LanguageFactory languages, PatternReading reading)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return op switch
        {
            ConditionOperator.Equals => AreEqual(left, right),
            ConditionOperator.NotEquals => !AreEqual(left, right),
            ConditionOperator.EqualsIgnoringCase => string.Equals(left, right, StringComparison.OrdinalIgnoreCase),
            ConditionOperator.Greater => Compare(left, right) > 0,
            ConditionOperator.GreaterOrEqual => Compare(left, right) >= 0,
            ConditionOperator.Less => Compare(left, right) < 0,
            ConditionOperator.LessOrEqual => Compare(left, right) <= 0,
            ConditionOperator.StartsWith => left.StartsWith(right, StringComparison.Ordinal),
            _ => LanguageOf(op, right, languages, reading) is { } language ? languages.Matches(language, left) : null,
        };
    }

    /// <summary>The strings for which the relation with the given right-hand text holds, or null when they are no regular language here.</summary>
    public static Language? LanguageOf(ConditionOperator op, string right, LanguageFactory languages, PatternReading reading)
    {
        ArgumentNullException.ThrowIfNull(languages);
        return op switch
        {
            ConditionOperator.Equals => languages.Text(right),
            ConditionOperator.NotEquals => languages.Not(languages.Text(right)),
            ConditionOperator.EqualsIgnoringCase => languages.TextIgnoringCase(right),
            ConditionOperator.StartsWith => languages.Concat(languages.Text(right), languages.Everything),
            ConditionOperator.Matches => Patterns.Glob(languages, right),
            ConditionOperator.MatchesPath => Patterns.Path(languages, right, reading.EmptyLastSegment, reading.DoubleStarCoversParent),
            ConditionOperator.Greater => Orders.Above(languages, right, orEqual: false),
            ConditionOperator.GreaterOrEqual => Orders.Above(languages, right, orEqual: true),
            ConditionOperator.Less => Orders.Above(languages, right, orEqual: true) is { } above ? languages.Not(above) : null,
            ConditionOperator.LessOrEqual => Orders.Above(languages, right, orEqual: false) is { } above ? languages.Not(above) : null,
            ConditionOperator.JavaRegex => JavaRegex.Read(languages, right, anywhere: !reading.RegexMatchesWhole),
            _ => null,
        };
    }

    // Numbers compare as numbers when both sides are, else as strings ("404" = 404).
    private static bool AreEqual(string left, string right) =>
        string.Equals(left, right, StringComparison.Ordinal)
        || (Number(left) is { } a && Number(right) is { } b && a.Equals(b) && (HasFraction(left) || HasFraction(right)));

    private static bool HasFraction(string text) => text.Contains('.', StringComparison.Ordinal);

    private static int Compare(string left, string right) =>
        Number(left) is { } a && Number(right) is { } b ? a.CompareTo(b) : string.CompareOrdinal(left, right);

    private static double? Number(string text) =>
        Orders.IsNumber(text)
        && double.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}

/// <summary>One reading of the uncertain points of the pattern operators.</summary>
/// <param name="RegexMatchesWhole">Whether <c>~~</c> matches the whole string.</param>
/// <param name="EmptyLastSegment">Whether <c>/items/*</c> covers <c>/items/</c>.</param>
/// <param name="DoubleStarCoversParent">Whether <c>/orders/**</c> covers <c>/orders</c>.</param>
public readonly record struct PatternReading(bool RegexMatchesWhole, bool EmptyLastSegment, bool DoubleStarCoversParent);
