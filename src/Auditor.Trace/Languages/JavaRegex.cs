namespace Auditor.Trace.Languages;

/// <summary>
/// Reads the regular part of <c>java.util.regex</c>: literals, classes, groups, alternation, greedy and lazy quantifiers, anchors at the ends, <c>(?i)</c>.
/// Back-references, look-around, possessive quantifiers, boundaries and Unicode classes are not regular or not read: such a pattern has no language here, and the
/// condition that uses it is an unknown. Nothing is ever executed, so no pattern can cost more than its length.
/// </summary>
public static class JavaRegex
{
    private const int MaxLength = 2_000;
    private const int MaxRepeat = 200;
    private const int MaxDepth = 100;

    /// <summary>The language of the strings that the whole pattern matches, or null when the pattern is outside the subset.</summary>
    /// <param name="factory">The factory.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="anywhere">Whether a match of a part of the string is enough (<c>find</c> instead of <c>matches</c>).</param>
    public static Language? Read(LanguageFactory factory, string pattern, bool anywhere)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(pattern);
        return pattern.Length > MaxLength
            ? null
            : factory.Once(
                nameof(JavaRegex),
                pattern,
                anywhere,
                false,
                () =>
                {
                    var reader = new Reader(factory, pattern);
                    var result = reader.ReadAll(anywhere);
                    return reader.Failed ? null : result;
                }
            );
    }

    private sealed class Reader(LanguageFactory factory, string pattern)
    {
        private int at;
        private bool ignoreCase;
        private int depth;

        public bool Failed { get; private set; }

        private bool More => at < pattern.Length && !Failed;

        public Language ReadAll(bool anywhere)
        {
            // Anchors are read at the two ends of each alternative of the top level, where they mean what they say.
            var result = Alternatives(anywhere, top: true);
            if (at < pattern.Length)
            {
                Failed = true;
            }

            return result;
        }

        private Language Alternatives(bool anywhere, bool top)
        {
            if (++depth > MaxDepth)
            {
                Failed = true;
                return factory.Empty;
            }

            var outerCase = ignoreCase;
            var options = new List<Language>();
            do
            {
                options.Add(Sequence(anywhere, top));
            } while (More && pattern[at] == '|' && ++at > 0);
            depth--;
            if (!top)
            {
                ignoreCase = outerCase;
            }

            return factory.Or(options);
        }

        private Language Sequence(bool anywhere, bool top)
        {
            var parts = new List<Language>();
            var anchoredStart = false;
            var anchoredEnd = false;
            if (top && More && pattern[at] == '^')
            {
                anchoredStart = true;
                at++;
            }

            while (More && pattern[at] is not ('|' or ')'))
            {
                if (pattern[at] == '$' && top && (at + 1 == pattern.Length || pattern[at + 1] == '|'))
                {
                    anchoredEnd = true;
                    at++;
                    break;
                }

                if (pattern[at] is '^' or '$')
                {
                    Failed = true;
                    break;
                }

                parts.Add(Quantified());
            }

            if (anywhere)
            {
                if (!anchoredStart)
                {
                    parts.Insert(0, factory.Everything);
                }

                if (!anchoredEnd)
                {
                    parts.Add(factory.Everything);
                }
            }

            var result = factory.Epsilon;
            for (var i = parts.Count - 1; i >= 0; i--)
            {
                result = factory.Concat(parts[i], result);
            }

            return result;
        }

        private Language Quantified()
        {
            var atom = Atom();
            while (More)
            {
                switch (pattern[at])
                {
                    case '*':
                        at++;
                        atom = factory.Star(atom);
                        break;
                    case '+':
                        at++;
                        atom = factory.Concat(atom, factory.Star(atom));
                        break;
                    case '?':
                        at++;
                        atom = factory.Or(factory.Epsilon, atom);
                        break;
                    case '{':
                        if (!Counted(ref atom))
                        {
                            Failed = true;
                        }

                        break;
                    default:
                        return atom;
                }

                // Lazy means the same strings; possessive does not.
                if (More && pattern[at] == '?')
                {
                    at++;
                }
                else if (More && pattern[at] == '+')
                {
                    Failed = true;
                }
            }

            return atom;
        }

        private bool Counted(ref Language atom)
        {
            var close = pattern.IndexOf('}', at);
            if (close < 0)
            {
                return false;
            }

            var parts = pattern[(at + 1)..close].Split(',');
            at = close + 1;
            if (
                parts.Length > 2
                || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least)
                || least > MaxRepeat
            )
            {
                return false;
            }

            int? most = least;
            if (parts.Length == 2)
            {
                if (parts[1].Length == 0)
                {
                    most = null;
                }
                else if (
                    int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                    && limit <= MaxRepeat
                    && limit >= least
                )
                {
                    most = limit;
                }
                else
                {
                    return false;
                }
            }

            if (most is null)
            {
                atom = factory.Concat(factory.Repeat(atom, least, least), factory.Star(atom));
            }
            else
            {
                atom = factory.Repeat(atom, least, most);
            }

            return true;
        }

        private Language Atom()
        {
            var c = pattern[at];
            switch (c)
            {
                case '(':
                    return Group();
                case '[':
                    at++;
                    return Set(Class());
                case '.':
                    at++;
                    return factory.Characters(CharSet.AnyOf("\n\r\u0085\u2028\u2029").Complement());
                case '\\':
                    at++;
                    return Escape() is { } set ? Set(set) : factory.Empty;
                case '*' or '+' or '?' or '{':
                    Failed = true;
                    at++;
                    return factory.Empty;
                default:
                    at++;
                    return Set(CharSet.Of(c));
            }
        }

        private Language Set(CharSet set) => factory.Characters(ignoreCase ? set.IgnoringCase() : set);

        private Language Group()
        {
            at++;
            if (More && pattern[at] == '?')
            {
                if (At("?:"))
                {
                    at += 2;
                }
                else if (At("?i)"))
                {
                    at += 3;
                    ignoreCase = true;
                    return factory.Epsilon;
                }
                else if (At("?i:"))
                {
                    at += 3;
                    var outer = ignoreCase;
                    ignoreCase = true;
                    var body = Alternatives(anywhere: false, top: false);
                    ignoreCase = outer;
                    Close();
                    return body;
                }
                else if (
                    At("?<")
                    && at + 2 < pattern.Length
                    && char.IsAsciiLetter(pattern[at + 2])
                    && pattern.IndexOf('>', at) is var end and > 0
                )
                {
                    at = end + 1;
                }
                else
                {
                    Failed = true;
                    return factory.Empty;
                }
            }

            var result = Alternatives(anywhere: false, top: false);
            Close();
            return result;
        }

        private void Close()
        {
            if (More && pattern[at] == ')')
            {
                at++;
            }
            else
            {
                Failed = true;
            }
        }

        private bool At(string text) => string.CompareOrdinal(pattern, at, text, 0, text.Length) == 0;

        private CharSet Class()
        {
            var negated = More && pattern[at] == '^';
            if (negated)
            {
                at++;
            }

            var set = CharSet.None;
            var first = true;
            while (More && (pattern[at] != ']' || first))
            {
                first = false;
                if (pattern[at] is '[' || At("&&"))
                {
                    Failed = true;
                    return CharSet.None;
                }

                CharSet item;
                char? from = null;
                if (pattern[at] == '\\')
                {
                    at++;
                    var start = at;
                    if (Escape() is not { } escaped)
                    {
                        return CharSet.None;
                    }

                    item = escaped;
                    from = at - start == 1 && !char.IsLetterOrDigit(pattern[start]) ? pattern[start] : null;
                }
                else
                {
                    from = pattern[at];
                    item = CharSet.Of(pattern[at++]);
                }

                if (from is { } low && at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
                {
                    at++;
                    var high = pattern[at] == '\\' && at + 1 < pattern.Length ? pattern[++at] : pattern[at];
                    at++;
                    if (high < low)
                    {
                        Failed = true;
                        return CharSet.None;
                    }

                    item = CharSet.Between(low, high);
                }

                set = set.Union(item);
            }

            if (!More)
            {
                Failed = true;
                return CharSet.None;
            }

            at++;
            if (ignoreCase)
            {
                set = set.IgnoringCase();
            }

            return negated ? set.Complement() : set;
        }

        private CharSet? Escape()
        {
            if (!More)
            {
                Failed = true;
                return null;
            }

            var c = pattern[at++];
            switch (c)
            {
                case 'd':
                    return CharSet.Between('0', '9');
                case 'D':
                    return CharSet.Between('0', '9').Complement();
                case 'w':
                    return Word;
                case 'W':
                    return Word.Complement();
                case 's':
                    return CharSet.AnyOf(" \t\n\u000B\f\r");
                case 'S':
                    return CharSet.AnyOf(" \t\n\u000B\f\r").Complement();
                case 't':
                    return CharSet.Of('\t');
                case 'n':
                    return CharSet.Of('\n');
                case 'r':
                    return CharSet.Of('\r');
                case 'f':
                    return CharSet.Of('\f');
                default:
                    if (char.IsLetterOrDigit(c))
                    {
                        Failed = true;
                        return null;
                    }

                    return CharSet.Of(c);
            }
        }

        private static readonly CharSet Word = CharSet
            .Between('a', 'z')
            .Union(CharSet.Between('A', 'Z'))
            .Union(CharSet.Between('0', '9'))
            .Union(CharSet.Of('_'));
    }
}
