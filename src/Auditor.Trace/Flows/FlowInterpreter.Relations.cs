using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>Comparisons of values that may have alternatives, be absent, or only have a name.</content>
internal sealed partial class FlowInterpreter
{
    /// <summary>The truth of a relation between two values, each of which may have alternatives.</summary>
    private int Relate(Alternative[] left, ConditionOperator op, Alternative[] right, SourceLocation location)
    {
        var result = Diagram.False;
        foreach (var l in left)
        {
            foreach (var r in right)
            {
                var guard = diagram.And(l.Guard, r.Guard);
                if (guard != Diagram.False)
                {
                    result = diagram.Or(result, diagram.And(guard, Relate(l.Value, op, r.Value, location)));
                }
            }
        }

        return result;
    }

    private int Relate(FlowValue left, ConditionOperator op, FlowValue right, SourceLocation location)
    {
        switch (left, right)
        {
            case (FlowValue.Missing, FlowValue.Missing):
                return Truth(ConditionSemantics.WithNull(op, true, true));
            case (FlowValue.Missing, FlowValue.Text):
                return Truth(ConditionSemantics.WithNull(op, true, false));
            case (FlowValue.Text, FlowValue.Missing):
                return Truth(ConditionSemantics.WithNull(op, false, true));
            case (FlowValue.Text l, FlowValue.Text r):
                return RelateTexts(l.Value, op, r.Value, location);
            case (FlowValue.Named n, FlowValue.Text r):
                return op switch
                {
                    ConditionOperator.NotEquals => diagram.Not(symbols.Relate(n, ConditionOperator.Equals, r.Value, location)),
                    _ => symbols.Relate(n, op, r.Value, location),
                };
            case (FlowValue.Text, FlowValue.Named) when Flipped(op) is { } flipped:
                return Relate(right, flipped, left, location);
            case (FlowValue.Named n, FlowValue.Missing):
                return WithNull(IsNull(n, location), isNull => ConditionSemantics.WithNull(op, isNull, true));
            case (FlowValue.Missing, FlowValue.Named n):
                return WithNull(IsNull(n, location), isNull => ConditionSemantics.WithNull(op, true, isNull));
            case (FlowValue.Members m, FlowValue.Text r):
                return RelateMembers(m, op, r.Value, location);
            case (FlowValue.Members m, FlowValue.Missing):
                return WithNull(symbols.IsAbsent(m.Set, location), isNull => ConditionSemantics.WithNull(op, isNull, true));
            case (FlowValue.Missing, FlowValue.Members m):
                return WithNull(symbols.IsAbsent(m.Set, location), isNull => ConditionSemantics.WithNull(op, true, isNull));
            case (FlowValue.Text, FlowValue.Members) when Flipped(op) is { } flipped:
                return Relate(right, flipped, left, location);
            default:
                return RelateNamed(left, op, right, location);
        }
    }

    private static int Truth(bool value) => value ? Diagram.True : Diagram.False;

    private int IsNull(FlowValue.Named named, SourceLocation location)
    {
        if (named.Prefix.Length > 0)
        {
            return Diagram.False;
        }

        if (named.Symbol.Claim is not null && !named.Symbol.NullPlaces.Contains(location))
        {
            named.Symbol.NullPlaces.Add(location);
        }

        return symbols.IsNull(named.Symbol);
    }

    private int WithNull(int isNull, Func<bool, bool> outcome) =>
        (outcome(true), outcome(false)) switch
        {
            (true, true) => Diagram.True,
            (false, false) => Diagram.False,
            (true, false) => isNull,
            _ => diagram.Not(isNull),
        };

    // What a constant on the left asks of a value on the right. A pattern on the right that is not constant cannot be turned round.
    private static ConditionOperator? Flipped(ConditionOperator op) =>
        op switch
        {
            ConditionOperator.Equals or ConditionOperator.NotEquals or ConditionOperator.EqualsIgnoringCase => op,
            ConditionOperator.Greater => ConditionOperator.Less,
            ConditionOperator.GreaterOrEqual => ConditionOperator.LessOrEqual,
            ConditionOperator.Less => ConditionOperator.Greater,
            ConditionOperator.LessOrEqual => ConditionOperator.GreaterOrEqual,
            _ => null,
        };

    private int RelateTexts(string left, ConditionOperator op, string right, SourceLocation location)
    {
        if (ConditionSemantics.Evaluate(op, left, right, symbols.Languages, Reading.BestPatterns) is not { } best)
        {
            return symbols.Unknown(
                $"'{left}' {ConditionPrinter.SymbolOf(op)} the pattern at {location}",
                "a pattern inside the regular subset",
                location
            );
        }

        foreach (var (reading, pattern) in OtherReadings(op))
        {
            if (ConditionSemantics.Evaluate(op, left, right, symbols.Languages, pattern) is { } other && other != best)
            {
                var choice = symbols.Unknown(reading);
                return best ? choice : diagram.Not(choice);
            }
        }

        return Truth(best);
    }

    private static IEnumerable<(Reading Reading, PatternReading Pattern)> OtherReadings(ConditionOperator op)
    {
        if (op == ConditionOperator.JavaRegex)
        {
            yield return (Reading.RegexMatchesWhole, Reading.BestPatterns with { RegexMatchesWhole = false });
        }
        else if (op == ConditionOperator.MatchesPath)
        {
            yield return (Reading.EmptyLastSegment, Reading.BestPatterns with { EmptyLastSegment = false });
            yield return (Reading.DoubleStarCoversParent, Reading.BestPatterns with { DoubleStarCoversParent = true });
        }
    }

    // Two values of which neither is a known text: one truth for the pair, decided by whoever knows least about them.
    private int RelateNamed(FlowValue left, ConditionOperator op, FlowValue right, SourceLocation location)
    {
        if (
            Equals(left, right)
            && op
                is ConditionOperator.Equals
                    or ConditionOperator.EqualsIgnoringCase
                    or ConditionOperator.GreaterOrEqual
                    or ConditionOperator.LessOrEqual
        )
        {
            return Diagram.True;
        }

        if (Equals(left, right) && op is ConditionOperator.NotEquals)
        {
            return Diagram.False;
        }

        if (op == ConditionOperator.NotEquals)
        {
            return diagram.Not(Relate(left, ConditionOperator.Equals, right, location));
        }

        var (l, r) = (NameOf(left), NameOf(right));
        if (op is ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase && string.CompareOrdinal(l, r) > 0)
        {
            (l, r) = (r, l);
        }

        var name = $"{l} {ConditionPrinter.SymbolOf(op)} {r}";
        var chosen = IsCallers(left) && IsCallers(right);
        var truth = chosen ? symbols.Choice(name) : symbols.Unknown(name, Closes(left) ?? Closes(right) ?? "both values", location);

        // Null on either side is decided by the table, not by the pair.
        return NullCases(left, op, right, truth);
    }

    private int NullCases(FlowValue left, ConditionOperator op, FlowValue right, int truth)
    {
        var leftNull = left is FlowValue.Named { Prefix: "" } l ? symbols.IsNull(l.Symbol) : Diagram.False;
        var rightNull = right is FlowValue.Named { Prefix: "" } r ? symbols.IsNull(r.Symbol) : Diagram.False;
        var neither = diagram.Not(diagram.Or(leftNull, rightNull));
        var result = diagram.And(neither, truth);
        foreach (var (isLeft, isRight) in new[] { (true, true), (true, false), (false, true) })
        {
            if (ConditionSemantics.WithNull(op, isLeft, isRight))
            {
                var held = diagram.And(isLeft ? leftNull : diagram.Not(leftNull), isRight ? rightNull : diagram.Not(rightNull));
                result = diagram.Or(result, held);
            }
        }

        return result;
    }

    private static string NameOf(FlowValue value) =>
        value switch
        {
            FlowValue.Text text => $"'{text.Value}'",
            FlowValue.Named named => named.Prefix + named.Symbol.Name,
            FlowValue.Members members => members.Set.Name,
            _ => "null",
        };

    private static bool IsCallers(FlowValue value) => value is not FlowValue.Named { Symbol.Kind: VariableKind.Unknown };

    private static string? Closes(FlowValue value) =>
        value is FlowValue.Named { Symbol: { Kind: VariableKind.Unknown } symbol } ? symbol.Closes : null;

    /// <summary>
    /// A test over a list-valued claim. Conditions see its text, not its members: what the text is compared with is a test of its own, decided by the tokens there can be.
    /// </summary>
    private int RelateMembers(FlowValue.Members members, ConditionOperator op, string constant, SourceLocation location)
    {
        switch (op)
        {
            case ConditionOperator.NotEquals:
                return diagram.Not(RelateMembers(members, ConditionOperator.Equals, constant, location));
            case ConditionOperator.Equals
            or ConditionOperator.EqualsIgnoringCase
            or ConditionOperator.Matches
            or ConditionOperator.JavaRegex
            or ConditionOperator.StartsWith:
                foreach (var literal in ClaimLiterals.In(constant))
                {
                    members.Set.Ask(literal, location);
                }

                return symbols.Matches(members.Set, new ClaimText(members.Form, op, constant), location);
            default:
                return symbols.Unknown(
                    $"{members.Set.Name} {ConditionPrinter.SymbolOf(op)} '{constant}'",
                    "a test of single members",
                    location
                );
        }
    }
}
