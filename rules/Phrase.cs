namespace Auditor.Rules;

/// <summary>How lists are said in messages.</summary>
internal static class Phrase
{
    private const int Shown = 4;

    /// <summary>Names in quotes: <c>'a', 'b' and 'c'</c>, or the first few and how many more.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var shown = names.Count > Shown + 1 ? Shown : names.Count;
        var quoted = names.Take(shown).Select(name => $"'{name}'").ToList();
        if (shown < names.Count)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", quoted)} and {names.Count - shown} more");
        }

        return And(quoted);
    }

    /// <summary>Names with what they are: <c>client 'a'</c>, <c>clients 'a' and 'b'</c>.</summary>
    public static string Listed(string noun, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Count == 1 ? $"{noun} '{names[0]}'" : $"{noun}s {List(names)}";
    }

    /// <summary>Phrases in a row, as they are: <c>a, b and c</c>.</summary>
    public static string And(IReadOnlyList<string> phrases)
    {
        ArgumentNullException.ThrowIfNull(phrases);
        return phrases.Count <= 1 ? string.Concat(phrases) : $"{string.Join(", ", phrases.Take(phrases.Count - 1))} and {phrases[^1]}";
    }

    /// <summary>A phrase as the beginning of a sentence: its first letter large.</summary>
    public static string Sentence(string phrase)
    {
        ArgumentNullException.ThrowIfNull(phrase);
        return phrase.Length == 0 ? phrase : char.ToUpperInvariant(phrase[0]) + phrase[1..];
    }
}
