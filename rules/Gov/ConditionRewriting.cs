using System.Text;
using Auditor.Trace.Conditions;

namespace Auditor.Rules.Gov;

/// <summary>Conditions as they were meant, by the smallest changes of their text.</summary>
internal static class ConditionRewriting
{
    /// <summary>The text with the literals at the notices in double quotes.</summary>
    public static string WithDoubleQuotes(string text, IEnumerable<ConditionNotice> notices)
    {
        var result = new StringBuilder(text);
        foreach (var notice in notices.Where(notice => MalformedCondition.LooksLikeText(text.Substring(notice.Start, notice.Length))))
        {
            result[notice.Start] = '"';
            result[notice.Start + notice.Length - 1] = '"';
        }

        return result.ToString();
    }

    /// <summary>The text with parentheses around every AND that stands bare in an OR: what it means, by the documented precedence.</summary>
    public static string WithParentheses(string text, Condition condition)
    {
        var result = new StringBuilder(text);
        var bare = condition
            .Parts()
            .OfType<Condition.Or>()
            .SelectMany(or => new[] { or.Left, or.Right })
            .OfType<Condition.And>()
            .Where(ConditionReadings.IsBare)
            .SelectMany(and => new[] { (At: and.Start, Sign: '('), (At: and.Start + and.Length, Sign: ')') });
        foreach (var (at, sign) in bare.OrderByDescending(mark => mark.At))
        {
            result.Insert(at, sign);
        }

        return result.ToString();
    }

    /// <summary>The text with the comparison at the notice negated by <c>not</c> instead of by its operator; null when it is not found.</summary>
    public static string? WithNot(string text, Condition condition, ConditionNotice notice)
    {
        var relation = condition
            .Parts()
            .OfType<Condition.Relation>()
            .FirstOrDefault(part => part.Start <= notice.Start && notice.Start < part.Start + part.Length);
        return relation is null
            ? null
            : string.Concat(
                text.AsSpan(0, relation.Start),
                $"not ({text[relation.Start..notice.Start]}{text[(notice.Start + 1)..(relation.Start + relation.Length)]})",
                text.AsSpan(relation.Start + relation.Length)
            );
    }
}
