using System.Runtime.InteropServices;

namespace Auditor.Trace.Languages;

/// <content>What tells strings apart.</content>
public sealed partial class LanguageFactory
{
    // Patterns with many stars have few states, and each of them is as large as the pattern.
    private const int MaxProductParts = 4_000_000;

    private readonly Dictionary<Numbers, List<StringClass>> divisions = [];

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
        var asked = new Numbers([domain.Id, .. languages.Select(language => language.Id)]);
        if (!divisions.TryGetValue(asked, out var known))
        {
            known = Divide(languages, domain);
            divisions.Add(asked, known);
        }

        return known;
    }

    private List<StringClass> Divide(IReadOnlyList<Language> languages, Language domain)
    {
        var representatives = Alphabet(languages, domain);
        var classes = new HashSet<Numbers>();
        var order = new List<StringClass>();
        var seen = new HashSet<Numbers>();
        var met = new HashSet<int>();
        var parts = 0;
        var queue = new Queue<State>();
        var start = languages.Select((language, index) => (index, language)).Where(pair => pair.language != Empty).ToArray();
        if (domain != Empty)
        {
            seen.Add(Numbered(domain, start));
            queue.Enqueue(new State(domain, start, null, '\0'));
        }

        while (queue.TryDequeue(out var state))
        {
            if (state.Domain.IsNullable)
            {
                var members = state.Live.Where(pair => pair.Language.IsNullable).Select(pair => pair.Index).ToArray();
                if (classes.Add(new Numbers(members)))
                {
                    order.Add(new StringClass([.. members], state.Text));
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
                if (seen.Add(Numbered(nextDomain, nextLive)))
                {
                    parts += nextLive.Where(pair => met.Add(pair.Item2.Id)).Sum(pair => PartsOf(pair.Item2));
                    parts += met.Add(nextDomain.Id) ? PartsOf(nextDomain) : 0;
                    if (seen.Count > MaxProductStates || parts > MaxProductParts)
                    {
                        throw new BudgetExceededException(
                            "the patterns of one variable divide its values into more states than can be told apart"
                        );
                    }

                    queue.Enqueue(new State(nextDomain, nextLive, state, c));
                }
            }
        }

        return order;
    }

    private static int PartsOf(Language language)
    {
        var sum = 0;
        foreach (var part in language.Parts)
        {
            sum += 1 + part.Parts.Length;
        }

        return sum;
    }

    private static Numbers Numbered(Language domain, (int Index, Language Language)[] live)
    {
        var numbers = new int[1 + (2 * live.Length)];
        numbers[0] = domain.Id;
        for (var i = 0; i < live.Length; i++)
        {
            (numbers[1 + (2 * i)], numbers[2 + (2 * i)]) = (live[i].Index, live[i].Language.Id);
        }

        return new Numbers(numbers);
    }

    /// <summary>What is left of the domain and of the languages behind a text, which is the text before it and one character.</summary>
    private sealed record State(Language Domain, (int Index, Language Language)[] Live, State? Before, char Last)
    {
        public string Text
        {
            get
            {
                var letters = new List<char>();
                for (var state = this; state.Before is not null; state = state.Before)
                {
                    letters.Add(state.Last);
                }

                letters.Reverse();
                return new string([.. letters]);
            }
        }
    }

    private readonly struct Numbers(int[] numbers) : IEquatable<Numbers>
    {
        private readonly int[] numbers = numbers;

        public bool Equals(Numbers other) => numbers.AsSpan().SequenceEqual(other.numbers);

        public override bool Equals(object? obj) => obj is Numbers other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return hash.ToHashCode();
        }
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
