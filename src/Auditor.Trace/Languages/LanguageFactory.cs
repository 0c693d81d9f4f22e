using System.Numerics;

namespace Auditor.Trace.Languages;

/// <summary>Makes languages and works on them. Not thread-safe; one per analysis.</summary>
public sealed partial class LanguageFactory
{
    private const int MaxProductStates = 50_000;

    private readonly Dictionary<Key, Language> interned = [];
    private readonly Dictionary<char, Language> letters = [];
    private readonly Dictionary<string, Language> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Reader, string Pattern, bool First, bool Second), Language?> patterns = [];

    // By the language's number and the character.
    private readonly Dictionary<long, Language> derivatives = [];
    private int nextId;

    /// <summary>A factory with no languages yet.</summary>
    public LanguageFactory()
    {
        Empty = Intern(Language.Form.Empty, null, [], false);
        Epsilon = Intern(Language.Form.Epsilon, null, [], true);
        AnyCharacter = Characters(CharSet.Any);
        Everything = Star(AnyCharacter);
    }

    /// <summary>How much was made and worked out so far.</summary>
    internal int Size => interned.Count + derivatives.Count + texts.Count + patterns.Count;

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
        if (!texts.TryGetValue(text, out var result))
        {
            result = Epsilon;
            for (var i = text.Length - 1; i >= 0; i--)
            {
                result = Concat(Letter(text[i]), result);
            }

            texts.Add(text, result);
        }

        return result;
    }

    /// <summary>One character.</summary>
    internal Language Letter(char letter)
    {
        if (!letters.TryGetValue(letter, out var result))
        {
            result = Characters(CharSet.Of(letter));
            letters.Add(letter, result);
        }

        return result;
    }

    /// <summary>What a reader makes of a pattern, read once.</summary>
    internal Language? Once(string reader, string pattern, bool first, bool second, Func<Language?> read)
    {
        var key = (reader, pattern, first, second);
        if (!patterns.TryGetValue(key, out var known))
        {
            known = read();
            patterns.Add(key, known);
        }

        return known;
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

        // To the right, so that equal languages are written alike. Texts of audited systems have any length, and the stack has not.
        var parts = new Stack<Language>();
        for (; left.Kind == Language.Form.Concat; left = left.Parts[1])
        {
            parts.Push(left.Parts[0]);
        }

        parts.Push(left);
        while (parts.TryPop(out var part))
        {
            right = Intern(Language.Form.Concat, null, [part, right], part.IsNullable && right.IsNullable);
        }

        return right;
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

    private Language Derive(Language language, char c)
    {
        switch (language.Kind)
        {
            case Language.Form.Empty or Language.Form.Epsilon:
                return Empty;
            case Language.Form.Characters:
                return language.Characters!.Contains(c) ? Epsilon : Empty;
            default:
                break;
        }

        var key = ((long)language.Id << 16) | c;
        if (derivatives.TryGetValue(key, out var known))
        {
            return known;
        }

        var result = language.Kind switch
        {
            Language.Form.Concat => language.Parts[0].IsNullable
                ? Or(Concat(Derive(language.Parts[0], c), language.Parts[1]), Derive(language.Parts[1], c))
                : Concat(Derive(language.Parts[0], c), language.Parts[1]),
            Language.Form.Star => Concat(Derive(language.Parts[0], c), language),
            Language.Form.Or => Or(Array.ConvertAll(language.Parts, part => Derive(part, c))),
            Language.Form.And => And(Array.ConvertAll(language.Parts, part => Derive(part, c))),
            _ => Not(Derive(language.Parts[0], c)),
        };
        derivatives.Add(key, result);
        return result;
    }

    private Language Combine(Language.Form kind, IEnumerable<Language> languages, Language absorbing, Language neutral)
    {
        ArgumentNullException.ThrowIfNull(languages);

        // In the order of their numbers and each once, so that equal languages are written alike.
        var parts = new List<Language>();
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
                    Insert(parts, part);
                }
            }
            else
            {
                Insert(parts, language);
            }
        }

        foreach (var part in parts)
        {
            if (part.Kind == Language.Form.Not && Find(parts, part.Parts[0]) >= 0)
            {
                return absorbing;
            }
        }

        return parts.Count switch
        {
            0 => neutral,
            1 => parts[0],
            _ => Intern(
                kind,
                null,
                [.. parts],
                kind == Language.Form.Or ? parts.Exists(part => part.IsNullable) : parts.TrueForAll(part => part.IsNullable)
            ),
        };
    }

    private static void Insert(List<Language> parts, Language part)
    {
        if (Find(parts, part) is var at and < 0)
        {
            parts.Insert(~at, part);
        }
    }

    private static int Find(List<Language> parts, Language part)
    {
        var (low, high) = (0, parts.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (parts[middle].Id.CompareTo(part.Id))
            {
                case 0:
                    return middle;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return ~low;
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
            var hash = ((int)kind * 31) + (characters?.GetHashCode() ?? 0);
            foreach (var part in parts)
            {
                hash = (int)BitOperations.RotateLeft((uint)hash * 0x9E3779B1, 15) + part.Id;
            }

            return hash;
        }
    }
}
