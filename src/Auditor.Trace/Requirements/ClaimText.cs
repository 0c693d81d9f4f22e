using Auditor.Trace.Conditions;
using Auditor.Trace.Languages;

namespace Auditor.Trace;

/// <summary>
/// A test of the text of a list-valued claim: conditions cannot look for members, they can only match the text of the whole list. What the test accepts is a language
/// over such texts.
/// </summary>
/// <param name="Form">How the list stands in the variable.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Pattern">The text or pattern.</param>
public sealed record ClaimText(ClaimForm Form, ConditionOperator Operator, string Pattern)
{
    private const int MaxOrders = 5;

    /// <summary>
    /// Whether a claim with exactly these members satisfies the test. Null when that cannot be said: the order of the members decides, which issuers do not promise, or
    /// an undocumented point of the vendor does.
    /// </summary>
    public bool? Accepts(IReadOnlyList<string> members) => Accepts(members, KnownLanguages.Current);

    /// <summary>The texts the test accepts; null when the pattern is outside the regular subset.</summary>
    public Language? Language(LanguageFactory languages) =>
        ConditionSemantics.LanguageOf(Operator, Pattern, languages, Reading.BestPatterns);

    /// <summary>The test in words: <c>~ "*orders.read*"</c>.</summary>
    public string Words => $"{ConditionPrinter.SymbolOf(Operator)} \"{Pattern}\"";

    /// <summary>The text of a list in a form that is documented.</summary>
    public static string Serialise(ClaimForm form, IEnumerable<string> members) =>
        form switch
        {
            ClaimForm.Json => "[" + string.Join(',', members.Select(member => $"\"{member}\"")) + "]",
            ClaimForm.Blanks => string.Join(' ', members),
            _ => "[" + string.Join(", ", members) + "]",
        };

    internal bool? Accepts(IReadOnlyList<string> members, LanguageFactory languages)
    {
        if (!IsDocumented)
        {
            return null;
        }

        bool? answer = null;
        foreach (var reading in Readings)
        {
            var accepts =
                members.Count > MaxOrders ? InAnyOrder(members, Form, reading, languages) : InEveryOrder(members, Form, reading, languages);
            if (accepts is null || (answer is not null && answer != accepts))
            {
                return null;
            }

            answer = accepts;
        }

        return answer;
    }

    /// <summary>Whether the vendor says how the list stands in the variable: otherwise no test of the text can be answered.</summary>
    internal bool IsDocumented => Form != ClaimForm.Legacy;

    /// <summary>The readings of the operator that the vendor leaves open.</summary>
    internal ImmutableArray<PatternReading> Readings =>
        Operator == ConditionOperator.JavaRegex
            ? [Reading.BestPatterns, Reading.BestPatterns with { RegexMatchesWhole = false }]
            : [Reading.BestPatterns];

    /// <summary>The texts of lists that hold the member, in a form.</summary>
    internal static Language With(string member, ClaimForm form, LanguageFactory languages)
    {
        var name = languages.Text(member);
        var other = Member(form, languages);
        var (open, separator, close, quote) = Marks(form);
        var quoted = languages.Concat(languages.Text(quote), languages.Concat(name, languages.Text(quote)));
        var others = languages.Concat(languages.Text(quote), languages.Concat(other, languages.Text(quote)));
        var before = languages.Star(languages.Concat(others, languages.Text(separator)));
        var after = languages.Star(languages.Concat(languages.Text(separator), others));
        return languages.Concat(
            languages.Text(open),
            languages.Concat(before, languages.Concat(quoted, languages.Concat(after, languages.Text(close))))
        );
    }

    /// <summary>The texts of all lists in a form.</summary>
    internal static Language All(ClaimForm form, LanguageFactory languages) => All(form, Member(form, languages), languages);

    private static Language All(ClaimForm form, Language member, LanguageFactory languages)
    {
        var (open, separator, close, quote) = Marks(form);
        var one = languages.Concat(languages.Text(quote), languages.Concat(member, languages.Text(quote)));
        var list = languages.Concat(one, languages.Star(languages.Concat(languages.Text(separator), one)));
        return languages.Concat(languages.Text(open), languages.Concat(languages.Or(languages.Epsilon, list), languages.Text(close)));
    }

    private static (string Open, string Separator, string Close, string Quote) Marks(ClaimForm form) =>
        form switch
        {
            ClaimForm.Json => ("[", ",", "]", "\""),
            ClaimForm.Blanks => ("", " ", "", ""),
            _ => ("[", ", ", "]", ""),
        };

    // Scope tokens have neither blanks nor quotes nor backslashes (RFC 6749 §3.3); names of groups can have blanks.
    private static Language Member(ClaimForm form, LanguageFactory languages)
    {
        var reserved = form switch
        {
            ClaimForm.Json => "\"\\",
            ClaimForm.Blanks => " \"\\",
            _ => ",[]",
        };
        var character = languages.Characters(
            CharSet.Between(' ', '~').Union(CharSet.Between('\u00A1', '\uFFFD')).Intersect(CharSet.AnyOf(reserved).Complement())
        );
        return languages.Concat(character, languages.Star(character));
    }

    private bool? InEveryOrder(IReadOnlyList<string> members, ClaimForm form, PatternReading reading, LanguageFactory languages)
    {
        bool? answer = null;
        foreach (var order in Orders(members))
        {
            var accepts = ConditionSemantics.Evaluate(Operator, Serialise(form, order), Pattern, languages, reading);
            if (accepts is null || (answer is not null && answer != accepts))
            {
                return null;
            }

            answer = accepts;
        }

        return answer;
    }

    // Too many orders to try: one member that suffices in any company, or none that can.
    private bool? InAnyOrder(IReadOnlyList<string> members, ClaimForm form, PatternReading reading, LanguageFactory languages)
    {
        if (ConditionSemantics.LanguageOf(Operator, Pattern, languages, reading) is not { } language)
        {
            return null;
        }

        if (members.Any(member => languages.Includes(language, With(member, form, languages))))
        {
            return true;
        }

        var lists = All(form, languages.Or(members.Select(languages.Text)), languages);
        return languages.Shortest(languages.And(lists, language)) is null ? false : null;
    }

    private static IEnumerable<IReadOnlyList<string>> Orders(IReadOnlyList<string> members)
    {
        if (members.Count < 2)
        {
            yield return members;
            yield break;
        }

        for (var i = 0; i < members.Count; i++)
        {
            var first = members[i];
            foreach (var rest in Orders([.. members.Where((_, index) => index != i)]))
            {
                yield return [first, .. rest];
            }
        }
    }
}
