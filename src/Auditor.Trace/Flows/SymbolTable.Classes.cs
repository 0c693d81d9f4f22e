using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>The classes of a symbol's values, and what holds in each.</content>
internal sealed partial class SymbolTable
{
    private void Bind(Symbol symbol)
    {
        var questions = new List<Language>();
        foreach (var (op, prefix, constant) in symbol.Predicates)
        {
            foreach (var reading in Patterns(op))
            {
                if (ConditionSemantics.LanguageOf(op, constant, languages, reading) is { } language)
                {
                    questions.Add(languages.After(language, prefix));
                }
            }
        }

        var distinct = questions.Distinct().ToList();
        var domain = symbol.Domain ?? Printable();
        var classes = languages.Refine(distinct, domain).ToList();
        if (classes.Count == 0)
        {
            classes.Add(new StringClass([], ""));
        }

        // Texts that people would write stand for their class.
        foreach (var preferred in symbol.Preferred.Reverse())
        {
            if (!languages.Matches(domain, preferred))
            {
                continue;
            }

            var members = Enumerable.Range(0, distinct.Count).Where(i => languages.Matches(distinct[i], preferred)).ToImmutableArray();
            var index = classes.FindIndex(candidate => candidate.Members.SequenceEqual(members));
            if (index >= 0)
            {
                classes[index] = classes[index] with { Example = preferred };
            }
        }

        var offset = symbol.IsNullable ? 1 : 0;
        var size = classes.Count + offset;
        var order = new List<int>();
        foreach (var preferred in symbol.Preferred)
        {
            var index = classes.FindIndex(candidate => candidate.Example == preferred);
            if (index >= 0 && !order.Contains(index + offset))
            {
                order.Add(index + offset);
            }
        }

        if (symbol.IsNullable && symbol.PrefersAbsence)
        {
            order.Insert(0, 0);
        }

        for (var i = 0; i < size; i++)
        {
            if (!order.Contains(i))
            {
                order.Add(i);
            }
        }

        symbol.Bind(diagram.Add(symbol.Name, size, symbol.Kind), classes, order);
    }

    private Language Printable() =>
        languages.Star(languages.Characters(CharSet.Between('\u0020', '\uFFFD').Intersect(CharSet.Of('\u007F').Complement())));

    /// <summary>The ways to read an operator.</summary>
    internal static IEnumerable<PatternReading> Patterns(ConditionOperator op)
    {
        yield return Reading.BestPatterns;
        switch (op)
        {
            case ConditionOperator.JavaRegex:
                yield return Reading.BestPatterns with
                {
                    RegexMatchesWhole = false,
                };
                break;
            case ConditionOperator.MatchesPath:
                yield return Reading.BestPatterns with
                {
                    EmptyLastSegment = false,
                };
                yield return Reading.BestPatterns with
                {
                    DoubleStarCoversParent = true,
                };
                yield return Reading.BestPatterns with
                {
                    EmptyLastSegment = false,
                    DoubleStarCoversParent = true,
                };
                break;
            default:
                break;
        }
    }

    private int Compute(Symbol symbol, ConditionOperator op, string prefix, string constant)
    {
        if (symbol.Variable < 0)
        {
            symbol.Mention(op, prefix, constant);
            Bind(symbol);
        }
        else if (!symbol.Predicates.Contains((op, prefix, constant)))
        {
            // The classes were not divided for this question, so no class has one answer to it.
            return Unknown($"{prefix}{symbol.Name} {ConditionPrinter.SymbolOf(op)} '{constant}'", symbol.Closes, null);
        }

        var truth = Truth(symbol, op, prefix, constant, Reading.BestPatterns);
        if (truth is null)
        {
            // An order, or a pattern that is not regular here: a truth of its own, which the caller decides if the value is the caller's.
            var name = $"{symbol.Name} {ConditionPrinter.SymbolOf(op)} {constant}";
            if (symbol.Claim is { } claim && op != ConditionOperator.JavaRegex)
            {
                tokenChoices.TryAdd(name, new TokenQuestion(claim, new TokenTest.Value(op, prefix, constant), null));
            }

            var choice =
                symbol.Kind == VariableKind.Caller && op != ConditionOperator.JavaRegex
                    ? Choice(name)
                    : Unknown(name, op == ConditionOperator.JavaRegex ? "a pattern inside the regular subset" : symbol.Closes, null);
            return symbol.IsNullable && prefix.Length == 0
                ? diagram.Or(
                    diagram.And(IsNull(symbol), ConditionSemantics.WithNull(op, true, false) ? Diagram.True : Diagram.False),
                    diagram.Without(choice, IsNull(symbol))
                )
                : choice;
        }

        var result = truth.Value;
        switch (op)
        {
            case ConditionOperator.JavaRegex:
                result = Switch(
                    Reading.RegexMatchesWhole,
                    result,
                    Truth(symbol, op, prefix, constant, Reading.BestPatterns with { RegexMatchesWhole = false })
                );
                break;
            case ConditionOperator.MatchesPath:
                // Readings of an empty last segment matter only where a pattern ends in a star.
                var without = Truth(symbol, op, prefix, constant, Reading.BestPatterns with { EmptyLastSegment = false });
                var parent = Truth(symbol, op, prefix, constant, Reading.BestPatterns with { DoubleStarCoversParent = true });
                var both = Truth(
                    symbol,
                    op,
                    prefix,
                    constant,
                    Reading.BestPatterns with
                    {
                        EmptyLastSegment = false,
                        DoubleStarCoversParent = true,
                    }
                );
                result = Switch(
                    Reading.DoubleStarCoversParent,
                    Switch(Reading.EmptyLastSegment, parent ?? result, both),
                    Switch(Reading.EmptyLastSegment, result, without)
                );
                break;
            default:
                break;
        }

        return result;
    }

    /// <summary>The truth under the one reading or the other: the same where they agree, else it depends on which is right.</summary>
    public int Either(Reading reading, int first, int second) => Switch(reading, first, second);

    private int Switch(Reading reading, int first, int? second)
    {
        if (second is not { } other || other == first)
        {
            return first;
        }

        var choice = Unknown(reading);
        return diagram.Or(diagram.And(choice, first), diagram.Without(other, choice));
    }

    private int? Truth(Symbol symbol, ConditionOperator op, string prefix, string constant, PatternReading reading)
    {
        if (ConditionSemantics.LanguageOf(op, constant, languages, reading) is not { } whole)
        {
            return null;
        }

        var language = languages.After(whole, prefix);
        var offset = symbol.IsNullable ? 1 : 0;
        return diagram.Test(
            symbol.Variable,
            value =>
                value < offset
                    ? prefix.Length > 0
                        ? languages.Matches(language, "")
                        : ConditionSemantics.WithNull(op, true, false)
                    : languages.Matches(language, symbol.Classes[value - offset].Example)
        );
    }
}
