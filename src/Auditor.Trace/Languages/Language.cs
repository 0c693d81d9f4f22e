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
