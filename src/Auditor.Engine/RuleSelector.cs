using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>Chooses rules by id, name, family or the word <c>core</c>.</summary>
public static class RuleSelector
{
    /// <summary>Whether a selector means the rule. Letters have no case.</summary>
    public static bool Selects(string selector, RuleInfo rule)
    {
        ArgumentNullException.ThrowIfNull(selector);
        ArgumentNullException.ThrowIfNull(rule);
        var text = selector.Trim();
        return string.Equals(text, rule.Id, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, rule.Name, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, rule.PascalName, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, rule.Family, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, "all", StringComparison.OrdinalIgnoreCase)
            || (rule.IsCore && string.Equals(text, "core", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The words that select rules: ids, names, families and <c>core</c>.</summary>
    public static IEnumerable<string> Words(IEnumerable<RuleInfo> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules.SelectMany(rule => new[] { rule.Id, rule.Name, rule.Family }).Append("core").Distinct(StringComparer.Ordinal);
    }
}

/// <summary>Finds what somebody probably meant.</summary>
public static class Spelling
{
    /// <summary>The candidate within a third of the word's length in edits; null when there is none. Letters have no case.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(candidates);
        var best = (Word: (string?)null, Distance: Math.Max(2, word.Length / 3) + 1);
        // Of two as near the longer one: what is typed lacks letters more often than it has too many.
        foreach (
            var candidate in candidates
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(candidate => candidate.Length)
                .ThenBy(candidate => candidate, StringComparer.Ordinal)
        )
        {
            var distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < best.Distance)
            {
                best = (candidate, distance);
            }
        }

        return best.Word;
    }

    private static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
            }

            previous = current;
        }

        return previous[^1];
    }
}
