namespace Auditor.Trace.Languages;

/// <summary>The pattern languages of Apigee conditions (conditions reference, 2026-04-10).</summary>
public static class Patterns
{
    /// <summary>The pattern of <c>Matches</c>: <c>*</c> is any run of characters, <c>%</c> takes the next character as it is; the whole string must match.</summary>
    public static Language Glob(LanguageFactory factory, string pattern)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(pattern);
        return factory.Once(nameof(Glob), pattern, false, false, () => ReadGlob(factory, pattern))!;
    }

    private static Language ReadGlob(LanguageFactory factory, string pattern)
    {
        var result = factory.Epsilon;
        var escaped = Escaped(pattern);
        for (var i = pattern.Length - 1; i >= 0; i--)
        {
            if (pattern[i] == '%' && !escaped[i] && i + 1 < pattern.Length)
            {
                continue;
            }

            result = factory.Concat(pattern[i] == '*' && !escaped[i] ? factory.Everything : factory.Letter(pattern[i]), result);
        }

        return result;
    }

    /// <summary>
    /// The pattern of <c>MatchesPath</c>: <c>*</c> and <c>{name}</c> are one segment, <c>**</c> one or more, <c>%</c> takes the next character as it is.
    /// </summary>
    /// <param name="factory">The factory.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="emptySegment">Whether <c>*</c> at the end also stands for an empty segment, so that <c>/items/*</c> covers <c>/items/</c>.</param>
    /// <param name="coversParent">Whether <c>/**</c> at the end also stands for nothing, so that <c>/orders/**</c> covers <c>/orders</c>.</param>
    public static Language Path(LanguageFactory factory, string pattern, bool emptySegment, bool coversParent)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(pattern);
        return factory.Once(
            nameof(Path),
            pattern,
            emptySegment,
            coversParent,
            () => ReadPath(factory, pattern, emptySegment, coversParent)
        )!;
    }

    private static Language ReadPath(LanguageFactory factory, string pattern, bool emptySegment, bool coversParent)
    {
        var segmentCharacter = factory.Characters(CharSet.Of('/').Complement());
        var segment = factory.Concat(segmentCharacter, factory.Star(segmentCharacter));
        var rest = factory.Concat(factory.AnyCharacter, factory.Everything);
        var parts = new List<Language>();
        var i = 0;
        while (i < pattern.Length)
        {
            var c = pattern[i];
            if (c == '%' && i + 1 < pattern.Length)
            {
                parts.Add(factory.Letter(pattern[i + 1]));
                i += 2;
            }
            else if (c == '*' && i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                while (i < pattern.Length && pattern[i] == '*')
                {
                    i++;
                }

                if (i == pattern.Length && coversParent && parts.Count > 0 && i >= 3 && pattern[i - 3] == '/')
                {
                    parts[^1] = factory.Or(factory.Epsilon, factory.Concat(parts[^1], factory.Everything));
                }
                else
                {
                    parts.Add(emptySegment && i == pattern.Length ? factory.Everything : rest);
                }
            }
            else if (c == '*')
            {
                i++;
                parts.Add(emptySegment && i == pattern.Length ? factory.Star(segmentCharacter) : segment);
            }
            else if (c == '{' && pattern.IndexOf('}', i) is var close and > 0)
            {
                i = close + 1;
                parts.Add(emptySegment && i == pattern.Length ? factory.Star(segmentCharacter) : segment);
            }
            else
            {
                parts.Add(factory.Letter(c));
                i++;
            }
        }

        var result = factory.Epsilon;
        for (var k = parts.Count - 1; k >= 0; k--)
        {
            result = factory.Concat(parts[k], result);
        }

        return result;
    }

    // Which characters a percent sign before them takes as they are: read forwards, since whether one escapes hangs on all of the run that it ends.
    private static bool[] Escaped(string pattern)
    {
        var escaped = new bool[pattern.Length];
        for (var i = 1; i < pattern.Length; i++)
        {
            escaped[i] = pattern[i - 1] == '%' && !escaped[i - 1];
        }

        return escaped;
    }
}
