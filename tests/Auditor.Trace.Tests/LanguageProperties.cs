using System.Text.RegularExpressions;
using Auditor.Trace.Conditions;
using Auditor.Trace.Languages;
using CsCheck;

namespace Auditor.Trace.Tests;

public sealed class LanguageProperties
{
    private static readonly Gen<string> Patterns = Gen.Recursive<string>(
        (depth, inner) =>
            depth >= 3
                ? Gen.OneOf("a", "b", "c", ".", "[ab]", "[^a]", "\\d", "1")
                : Gen.Frequency<string>(
                    (3, Gen.OneOf("a", "b", "c", ".", "[ab]", "[^a]", "\\w", "1")),
                    (2, Gen.Select(inner, inner, (left, right) => left + right)),
                    (1, Gen.Select(inner, inner, (left, right) => $"(?:{left}|{right})")),
                    (1, inner.Select(one => $"(?:{one})*")),
                    (1, inner.Select(one => $"(?:{one})?")),
                    (1, inner.Select(one => $"(?:{one}){{1,2}}"))
                )
    );

    private static readonly Gen<string> Texts = Gen.String[Gen.Char["abc1-"], 0, 6];

    [Fact]
    public void A_pattern_holds_the_texts_that_the_regular_expressions_of_NET_match() =>
        Gen.Select(Patterns, Texts.List[12])
            .Sample(
                (pattern, texts) =>
                {
                    var languages = new LanguageFactory();
                    var whole = JavaRegex.Read(languages, pattern, anywhere: false);
                    var part = JavaRegex.Read(languages, pattern, anywhere: true);
                    Assert.NotNull(whole);
                    Assert.NotNull(part);
                    foreach (var text in texts)
                    {
                        Assert.Equal(Net(pattern, text, whole: true), languages.Matches(whole, text));
                        Assert.Equal(Net(pattern, text, whole: false), languages.Matches(part, text));
                    }
                },
                iter: 3_000
            );

    [Fact]
    public void Operations_on_languages_are_operations_on_their_texts() =>
        Gen.Select(Patterns, Patterns, Texts.List[10])
            .Sample(
                (first, second, texts) =>
                {
                    var languages = new LanguageFactory();
                    var (left, right) = (JavaRegex.Read(languages, first, false)!, JavaRegex.Read(languages, second, false)!);
                    foreach (var text in texts)
                    {
                        var (inLeft, inRight) = (languages.Matches(left, text), languages.Matches(right, text));
                        Assert.Equal(inLeft || inRight, languages.Matches(languages.Or(left, right), text));
                        Assert.Equal(inLeft && inRight, languages.Matches(languages.And(left, right), text));
                        Assert.Equal(!inLeft, languages.Matches(languages.Not(left), text));
                    }

                    if (languages.Shortest(languages.And(left, languages.Not(right))) is { } witness)
                    {
                        Assert.True(Net(first, witness, true) && !Net(second, witness, true), $"'{witness}' tells {first} from {second}");
                    }
                    else
                    {
                        Assert.All(texts, text => Assert.True(!Net(first, text, true) || Net(second, text, true)));
                    }
                },
                iter: 2_000
            );

    [Fact]
    public void Classes_divide_a_domain_and_tell_the_languages_apart() =>
        Gen.Select(Patterns.List[1, 4], Texts)
            .Sample(
                (patterns, text) =>
                {
                    var languages = new LanguageFactory();
                    var read = patterns.Select(pattern => JavaRegex.Read(languages, pattern, false)!).Distinct().ToList();
                    var classes = languages.Refine(read, languages.Everything);
                    var members = Enumerable.Range(0, read.Count).Where(i => languages.Matches(read[i], text));
                    Assert.Single(classes, one => one.Members.SequenceEqual(members));
                    Assert.All(
                        classes,
                        one =>
                            Assert.Equal(one.Members, Enumerable.Range(0, read.Count).Where(i => languages.Matches(read[i], one.Example)))
                    );
                },
                iter: 2_000
            );

    [Fact]
    public void An_answer_does_not_depend_on_what_a_factory_was_asked_before() =>
        Gen.Select(Patterns.List[1, 4], Patterns.List[1, 4])
            .Sample(
                (before, patterns) =>
                {
                    var used = new LanguageFactory();
                    Refine(used, before);
                    Refine(used, [.. patterns.AsEnumerable().Reverse()]);
                    var expected = Refine(new LanguageFactory(), patterns);
                    Assert.Equal(expected, Refine(used, patterns));
                    Assert.Equal(expected, Refine(used, patterns));
                },
                iter: 2_000
            );

    private static IEnumerable<string> Refine(LanguageFactory languages, List<string> patterns) =>
        languages
            .Refine([.. patterns.Select(pattern => JavaRegex.Read(languages, pattern, true)!)], languages.Everything)
            .Select(one => $"{string.Join(',', one.Members)} '{one.Example}'");

    [Fact]
    public void Texts_that_come_after_another_are_those_that_ordinal_comparison_puts_there() =>
        Gen.Select(Gen.String[Gen.Char["ab\uffff"], 0, 5], Gen.String[Gen.Char["ab\uffff"], 0, 6], Gen.Bool)
            .Sample(
                (text, other, orEqual) =>
                {
                    var languages = new LanguageFactory();
                    var order = string.CompareOrdinal(other, text);
                    Assert.Equal(order > 0 || (orEqual && order == 0), languages.Matches(Orders.Above(languages, text, orEqual)!, other));
                },
                iter: 3_000
            );

    [Fact]
    public void What_comes_after_a_long_text_takes_no_more_than_the_text_is_long()
    {
        var text = string.Concat(Enumerable.Repeat("ab", 4_000));
        var languages = new LanguageFactory();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var above = Orders.Above(languages, text, orEqual: false)!;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L << 20);
        Assert.True(languages.Matches(above, text + "a"));
        Assert.False(languages.Matches(above, text));
    }

    [Fact]
    public void Texts_of_any_length_are_put_before_others_without_a_stack_as_deep()
    {
        var text = new string('a', 200_000);
        var languages = new LanguageFactory();
        Assert.True(languages.Matches(languages.Concat(languages.Text(text), languages.Text("b")), text + "b"));
        Assert.True(languages.Matches(Orders.Above(languages, text, orEqual: true)!, text));
    }

    private static bool Net(string pattern, string text, bool whole) =>
        Regex.IsMatch(text, whole ? $"\\A(?:{pattern})\\z" : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(20));

    [Fact]
    public void An_order_holds_the_texts_that_compare_so() =>
        Gen.Select(
                Gen.OneOf(
                    "0",
                    "1",
                    "7",
                    "9",
                    "10",
                    "99",
                    "404",
                    "1000",
                    "4.5",
                    "0.1",
                    "7.50",
                    "9.09",
                    "10.",
                    "a",
                    "",
                    "b1",
                    "1a",
                    "-",
                    "+",
                    "."
                ),
                Gen.Select(Gen.OneOf("", "", "+", "-", "a"), Gen.String[Gen.Char["0019.a"], 0, 5], (sign, text) => sign + text).List[20]
            )
            .Sample(
                (constant, texts) =>
                {
                    var languages = new LanguageFactory();
                    foreach (
                        var op in new[]
                        {
                            ConditionOperator.Greater,
                            ConditionOperator.GreaterOrEqual,
                            ConditionOperator.Less,
                            ConditionOperator.LessOrEqual,
                        }
                    )
                    {
                        var language = ConditionSemantics.LanguageOf(op, constant, languages, Reading.BestPatterns);
                        Assert.NotNull(language);
                        foreach (var text in texts)
                        {
                            Assert.True(
                                ConditionSemantics.Evaluate(op, text, constant, languages, Reading.BestPatterns)
                                    == languages.Matches(language, text),
                                $"'{text}' {op} '{constant}'"
                            );
                        }
                    }
                },
                iter: 2_000
            );
}
