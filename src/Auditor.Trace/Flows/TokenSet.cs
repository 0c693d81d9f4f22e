using Auditor.Model;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>
/// A list-valued claim of the token under test. What it holds is decided test by test: whether it has a member, whether its text matches. The tests depend on each
/// other (a list with <c>orders.read</c> matches <c>*orders*</c>), which <see cref="Consistency"/> says.
/// </summary>
internal sealed class TokenSet(TokenClaim claim)
{
    // Beyond this many pairs the tests are taken to be independent, which only admits more tokens than there are.
    private const int MaxPairs = 400;

    private readonly SortedDictionary<string, Test> members = new(StringComparer.Ordinal);
    private readonly Dictionary<ClaimText, Test> texts = [];
    private readonly SortedDictionary<string, List<SourceLocation>> asked = new(StringComparer.Ordinal);

    /// <summary>The claim.</summary>
    public TokenClaim Claim => claim;

    /// <summary>The name, for decision variables.</summary>
    public string Name => claim.Key;

    /// <summary>The tests for single members.</summary>
    public IReadOnlyDictionary<string, Test> Members => members;

    /// <summary>The tests of the text.</summary>
    public IReadOnlyDictionary<ClaimText, Test> Texts => texts;

    /// <summary>The test for being there at all.</summary>
    public Test Absence { get; } = new();

    /// <summary>The names that the estate asks for, exactly or in a pattern, with the places that ask.</summary>
    public IReadOnlyDictionary<string, List<SourceLocation>> Asked => asked;

    /// <summary>Notes that a place asks for a name.</summary>
    public void Ask(string member, SourceLocation location)
    {
        if (!asked.TryGetValue(member, out var places))
        {
            asked.Add(member, places = []);
        }

        if (!places.Contains(location))
        {
            places.Add(location);
        }
    }

    public Test Member(string member)
    {
        if (!members.TryGetValue(member, out var test))
        {
            members.Add(member, test = new Test());
        }

        return test;
    }

    public Test Text(ClaimText text)
    {
        if (!texts.TryGetValue(text, out var test))
        {
            texts.Add(text, test = new Test());
        }

        return test;
    }

    /// <summary>What holds of the tests' outcomes for every list there can be.</summary>
    public int Consistency(Diagram diagram, LanguageFactory languages)
    {
        var result = Diagram.True;
        var absent = Absence.Variable >= 0 ? Absence.Holds(diagram) : Diagram.False;
        var bound = texts.Where(pair => pair.Value.Variable >= 0).ToList();
        foreach (var test in members.Values.Concat(bound.Select(pair => pair.Value)).Where(test => test.Variable >= 0))
        {
            // What is not there neither has a member nor a text.
            result = diagram.Without(result, diagram.And(absent, test.Holds(diagram)));
        }

        var known = members.Where(pair => pair.Value.Variable >= 0).ToList();
        if (bound.Count * (known.Count + bound.Count) > MaxPairs)
        {
            return result;
        }

        for (var i = 0; i < bound.Count; i++)
        {
            var (text, test) = (bound[i].Key, bound[i].Value);
            var truth = test.Holds(diagram);
            foreach (var (member, has) in known)
            {
                if (Every(text, (language, form) => languages.Includes(language, ClaimText.With(member, form, languages)), languages))
                {
                    result = diagram.Without(result, diagram.Without(has.Holds(diagram), truth));
                }

                if (
                    Every(
                        text,
                        (language, form) =>
                            languages.Includes(
                                ClaimText.With(member, form, languages),
                                languages.And(language, ClaimText.All(form, languages))
                            ),
                        languages
                    )
                )
                {
                    result = diagram.Without(result, diagram.Without(truth, has.Holds(diagram)));
                }
            }

            for (var k = 0; k < bound.Count; k++)
            {
                if (k != i && bound[k].Key.Form == text.Form)
                {
                    result = diagram.And(result, Between(text, truth, bound[k].Key, bound[k].Value.Holds(diagram), diagram, languages));
                }
            }
        }

        return result;
    }

    // The first text implies the second, or excludes it.
    private static int Between(
        ClaimText first,
        int firstTruth,
        ClaimText second,
        int secondTruth,
        Diagram diagram,
        LanguageFactory languages
    )
    {
        if (second.Language(languages) is not { } other || second.Readings.Length > 1)
        {
            return Diagram.True;
        }

        if (Every(first, (language, form) => languages.Includes(other, languages.And(language, ClaimText.All(form, languages))), languages))
        {
            return diagram.Not(diagram.Without(firstTruth, secondTruth));
        }

        return Every(
            first,
            (language, form) => languages.Shortest(languages.And([language, other, ClaimText.All(form, languages)])) is null,
            languages
        )
            ? diagram.Not(diagram.And(firstTruth, secondTruth))
            : Diagram.True;
    }

    // For every way to read the test.
    private static bool Every(ClaimText text, Func<Language, ClaimForm, bool> holds, LanguageFactory languages)
    {
        foreach (var reading in text.Readings)
        {
            if (
                !text.IsDocumented
                || Conditions.ConditionSemantics.LanguageOf(text.Operator, text.Pattern, languages, reading) is not { } language
                || !holds(language, text.Form)
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A yes or no about the claim, with its decision variable once there is one.</summary>
    internal sealed class Test
    {
        /// <summary>The decision variable; negative before it is made.</summary>
        public int Variable { get; set; } = -1;

        /// <summary>The places that ask.</summary>
        public List<SourceLocation> Places { get; } = [];

        public int Holds(Diagram diagram) => diagram.Test(Variable, value => value == 1);

        public void Note(SourceLocation location)
        {
            if (!Places.Contains(location))
            {
                Places.Add(location);
            }
        }
    }
}
