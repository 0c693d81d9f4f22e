namespace Auditor.Trace.Languages;

/// <summary>
/// A regular language over UTF-16 code units, as a hash-consed expression. Two languages of one <see cref="LanguageFactory"/> that are written alike are the same
/// object. Intersection and complement are first-class; matching and emptiness go by Brzozowski derivatives, so there is no back-tracking and nothing to blow up.
/// </summary>
public sealed class Language
{
    internal enum Form
    {
        Empty,
        Epsilon,
        Characters,
        Concat,
        Star,
        Or,
        And,
        Not,
    }

    internal Language(int id, Form kind, CharSet? characters, Language[] parts, bool nullable)
    {
        Id = id;
        Kind = kind;
        Characters = characters;
        Parts = parts;
        IsNullable = nullable;
    }

    /// <summary>Whether the empty string belongs to the language.</summary>
    public bool IsNullable { get; }

    internal int Id { get; }

    internal Form Kind { get; }

    internal CharSet? Characters { get; }

    internal Language[] Parts { get; }
}

/// <summary>Makes languages and works on them. Not thread-safe; one per analysis.</summary>
public sealed class LanguageFactory
{
    private const int MaxProductStates = 50_000;

    private readonly Dictionary<Key, Language> interned = [];
    private readonly Dictionary<(int Language, char Character), Language> derivatives = [];
    private int nextId;

    /// <summary>A factory with no languages yet.</summary>
    public LanguageFactory()
    {
        Empty = Intern(Language.Form.Empty, null, [], false);
        Epsilon = Intern(Language.Form.Epsilon, null, [], true);
        AnyCharacter = Characters(CharSet.Any);
        Everything = Star(AnyCharacter);
    }

    /// <summary>No string.</summary>
    public Language Empty { get; }

    /// <summary>Only the empty string.</summary>
    public Language Epsilon { get; }

    /// <summary>Every string of one character.</summary>
    public Language AnyCharacter { get; }

    /// <summary>Every string.</summary>
    public Language Everything { get; }

    /// <summary>The strings of one character of the set.</summary>
    public Language Characters(CharSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.IsEmpty ? Empty : Intern(Language.Form.Characters, set, [], false);
    }

    /// <summary>One string.</summary>
    public Language Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = Epsilon;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            result = Concat(Characters(CharSet.Of(text[i])), result);
        }

        return result;
    }

    /// <summary>One string in any case of its ASCII letters.</summary>
    public Language TextIgnoringCase(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = Epsilon;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            result = Concat(Characters(CharSet.Of(text[i]).IgnoringCase()), result);
        }

        return result;
    }

    /// <summary>Every string of the left followed by one of the right.</summary>
    public Language Concat(Language left, Language right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left == Empty || right == Empty)
        {
            return Empty;
        }

        if (left == Epsilon)
        {
            return right;
        }

        if (right == Epsilon)
        {
            return left;
        }

        // To the right, so that equal languages are written alike.
        return left.Kind == Language.Form.Concat
            ? Concat(left.Parts[0], Concat(left.Parts[1], right))
            : Intern(Language.Form.Concat, null, [left, right], left.IsNullable && right.IsNullable);
    }

    /// <summary>Any number of strings of the language, one after the other.</summary>
    public Language Star(Language inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner == Empty || inner == Epsilon ? Epsilon
            : inner.Kind == Language.Form.Star ? inner
            : Intern(Language.Form.Star, null, [inner], true);
    }

    /// <summary>The strings of any of the languages.</summary>
    public Language Or(params IEnumerable<Language> languages) => Combine(Language.Form.Or, languages, Everything, Empty);

    /// <summary>The strings of all of the languages.</summary>
    public Language And(params IEnumerable<Language> languages) => Combine(Language.Form.And, languages, Empty, Everything);

    /// <summary>The strings that do not belong to the language.</summary>
    public Language Not(Language inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner == Empty ? Everything
            : inner == Everything ? Empty
            : inner.Kind == Language.Form.Not ? inner.Parts[0]
            : Intern(Language.Form.Not, null, [inner], !inner.IsNullable);
    }

    /// <summary>Between <paramref name="least"/> and <paramref name="most"/> strings of the language; without end when null.</summary>
    public Language Repeat(Language inner, int least, int? most)
    {
        var result = most is null ? Star(inner) : Epsilon;
        for (var i = most ?? least; i > 0; i--)
        {
            var once = Concat(inner, result);
            result = i <= least ? once : Or(Epsilon, once);
        }

        return result;
    }

    /// <summary>Whether the string belongs to the language.</summary>
    public bool Matches(Language language, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return After(language, text).IsNullable;
    }

    /// <summary>The rests of those strings of the language that begin with the text.</summary>
    public Language After(Language language, string text)
    {
        ArgumentNullException.ThrowIfNull(language);
        ArgumentNullException.ThrowIfNull(text);
        foreach (var c in text)
        {
            language = Derive(language, c);
            if (language == Empty)
            {
                break;
            }
        }

        return language;
    }

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

    private Language Derive(Language language, char c)
    {
        if (derivatives.TryGetValue((language.Id, c), out var known))
        {
            return known;
        }

        var result = language.Kind switch
        {
            Language.Form.Characters => language.Characters!.Contains(c) ? Epsilon : Empty,
            Language.Form.Concat => language.Parts[0].IsNullable
                ? Or(Concat(Derive(language.Parts[0], c), language.Parts[1]), Derive(language.Parts[1], c))
                : Concat(Derive(language.Parts[0], c), language.Parts[1]),
            Language.Form.Star => Concat(Derive(language.Parts[0], c), language),
            Language.Form.Or => Or(language.Parts.Select(part => Derive(part, c))),
            Language.Form.And => And(language.Parts.Select(part => Derive(part, c))),
            Language.Form.Not => Not(Derive(language.Parts[0], c)),
            _ => Empty,
        };
        derivatives.Add((language.Id, c), result);
        return result;
    }

    private Language Combine(Language.Form kind, IEnumerable<Language> languages, Language absorbing, Language neutral)
    {
        ArgumentNullException.ThrowIfNull(languages);
        var parts = new SortedDictionary<int, Language>();
        foreach (var language in languages)
        {
            if (language == absorbing)
            {
                return absorbing;
            }

            if (language == neutral)
            {
                continue;
            }

            if (language.Kind == kind)
            {
                foreach (var part in language.Parts)
                {
                    parts.TryAdd(part.Id, part);
                }
            }
            else
            {
                parts.TryAdd(language.Id, language);
            }
        }

        foreach (var part in parts.Values)
        {
            if (part.Kind == Language.Form.Not && parts.ContainsKey(part.Parts[0].Id))
            {
                return absorbing;
            }
        }

        return parts.Count switch
        {
            0 => neutral,
            1 => parts.Values.First(),
            _ => Intern(
                kind,
                null,
                [.. parts.Values],
                kind == Language.Form.Or ? parts.Values.Any(part => part.IsNullable) : parts.Values.All(part => part.IsNullable)
            ),
        };
    }

    private Language Intern(Language.Form kind, CharSet? characters, Language[] parts, bool nullable)
    {
        var key = new Key(kind, characters, parts);
        if (!interned.TryGetValue(key, out var language))
        {
            language = new Language(nextId++, kind, characters, parts, nullable);
            interned.Add(key, language);
        }

        return language;
    }

    private readonly struct Key(Language.Form kind, CharSet? characters, Language[] parts) : IEquatable<Key>
    {
        private readonly Language.Form kind = kind;
        private readonly CharSet? characters = characters;
        private readonly Language[] parts = parts;

        public bool Equals(Key other)
        {
            if (kind != other.kind || parts.Length != other.parts.Length || !Equals(characters, other.characters))
            {
                return false;
            }

            for (var i = 0; i < parts.Length; i++)
            {
                if (!ReferenceEquals(parts[i], other.parts[i]))
                {
                    return false;
                }
            }

            return true;
        }

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(kind);
            hash.Add(characters);
            foreach (var part in parts)
            {
                hash.Add(part.Id);
            }

            return hash.ToHashCode();
        }
    }
}

/// <summary>A class of strings that a set of languages cannot tell apart.</summary>
/// <param name="Members">The indexes of the languages that hold the class's strings, ascending.</param>
/// <param name="Example">A shortest string of the class.</param>
public sealed record StringClass(ImmutableArray<int> Members, string Example);

/// <summary>An analysis grew beyond its budget. What it was about is not assessed.</summary>
public sealed class BudgetExceededException(string what) : Exception(what);
