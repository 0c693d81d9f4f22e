namespace Auditor.Trace.Languages;

/// <content>What tells strings apart.</content>
public sealed partial class LanguageFactory
{
    /// <summary>A shortest string of the language, or null when there is none. Throws <see cref="BudgetExceededException"/> on a language too large to search.</summary>
    public string? Shortest(Language language)
    {
        ArgumentNullException.ThrowIfNull(language);
        var classes = Refine([], language);
        return classes.Count == 0 ? null : classes[0].Example;
    }

    /// <summary>Whether every string of the second language belongs to the first.</summary>
    public bool Includes(Language language, Language part) => Shortest(And(part, Not(language))) is null;

    /// <summary>
    /// Divides a domain into the classes of strings that the languages cannot tell apart: for every string of a class, the same languages hold it. Each class comes
    /// with its members' languages and a shortest example. One walk over the product answers "is there a path that none of 400 patterns covers" in milliseconds.
    /// </summary>
    /// <param name="languages">The languages to tell apart.</param>
    /// <param name="domain">The strings that exist at all.</param>
    /// <exception cref="BudgetExceededException">The product has more states than the budget.</exception>
    public IReadOnlyList<StringClass> Refine(IReadOnlyList<Language> languages, Language domain)
    {
        ArgumentNullException.ThrowIfNull(languages);
        ArgumentNullException.ThrowIfNull(domain);
        var representatives = Alphabet(languages, domain);
        var classes = new Dictionary<string, StringClass>(StringComparer.Ordinal);
        var order = new List<StringClass>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<(Language Domain, (int Index, Language Language)[] Live, string Text)>();
        var start = languages.Select((language, index) => (index, language)).Where(pair => pair.language != Empty).ToArray();
        if (domain != Empty)
        {
            seen.Add(StateKey(domain, start));
            queue.Enqueue((domain, start, ""));
        }

        while (queue.TryDequeue(out var state))
        {
            if (state.Domain.IsNullable)
            {
                var members = state.Live.Where(pair => pair.Language.IsNullable).Select(pair => pair.Index).ToArray();
                var key = string.Join(',', members);
                if (!classes.ContainsKey(key))
                {
                    var found = new StringClass([.. members], state.Text);
                    classes.Add(key, found);
                    order.Add(found);
                }
            }

            foreach (var c in representatives)
            {
                var nextDomain = Derive(state.Domain, c);
                if (nextDomain == Empty)
                {
                    continue;
                }

                var live = new List<(int, Language)>(state.Live.Length);
                foreach (var (index, language) in state.Live)
                {
                    var next = Derive(language, c);
                    if (next != Empty)
                    {
                        live.Add((index, next));
                    }
                }

                var nextLive = live.ToArray();
                if (seen.Add(StateKey(nextDomain, nextLive)))
                {
                    if (seen.Count > MaxProductStates)
                    {
                        throw new BudgetExceededException("the patterns of one variable divide its values into more than 50,000 states");
                    }

                    queue.Enqueue((nextDomain, nextLive, state.Text + c));
                }
            }
        }

        return order;
    }

    private static string StateKey(Language domain, (int Index, Language Language)[] live)
    {
        var key = new System.Text.StringBuilder();
        key.Append(domain.Id);
        foreach (var (index, language) in live)
        {
            key.Append('|').Append(index).Append(':').Append(language.Id);
        }

        return key.ToString();
    }

    // One character for every class of characters that no set tells apart. Where there is a choice, a letter that people would write.
    private static List<char> Alphabet(IReadOnlyList<Language> languages, Language domain)
    {
        var boundaries = new SortedSet<int> { 0 };
        var visited = new HashSet<int>();
        foreach (var language in languages)
        {
            Boundaries(language, boundaries, visited);
        }

        Boundaries(domain, boundaries, visited);
        var starts = boundaries.Where(start => start <= char.MaxValue).ToList();
        var preferred = new List<char>();
        var others = new List<char>();
        for (var i = 0; i < starts.Count; i++)
        {
            var first = (char)starts[i];
            var last = (char)(i + 1 < starts.Count ? starts[i + 1] - 1 : char.MaxValue);
            var nice = Nice(first, last);
            (char.IsAsciiLetterOrDigit(nice) ? preferred : others).Add(nice);
        }

        preferred.AddRange(others);
        return preferred;
    }

    private static char Nice(char first, char last)
    {
        foreach (var c in "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW1234567890-_~/.")
        {
            if (c >= first && c <= last)
            {
                return c;
            }
        }

        for (int c = first; c <= last && c < 127; c++)
        {
            if (c > 32)
            {
                return (char)c;
            }
        }

        return first;
    }

    private static void Boundaries(Language language, SortedSet<int> boundaries, HashSet<int> visited)
    {
        var stack = new Stack<Language>();
        stack.Push(language);
        while (stack.TryPop(out var current))
        {
            if (!visited.Add(current.Id))
            {
                continue;
            }

            if (current.Characters is { } set)
            {
                foreach (var (first, last) in set.Ranges)
                {
                    boundaries.Add(first);
                    boundaries.Add(last + 1);
                }
            }

            foreach (var part in current.Parts)
            {
                stack.Push(part);
            }
        }
    }
}
