using Auditor.Trace.Conditions;
using CsCheck;

namespace Auditor.Trace.Tests;

public sealed class ConditionProperties
{
    private static readonly Gen<Operand> Variables = Gen.OneOf("request.verb", "flow.v", "request.header.x-mode", "a.b-c")
        .Select(name => new Operand(OperandKind.Variable, name));

    private static readonly Gen<Operand> Values = Gen.OneOf<Operand>(
        Gen.OneOf("x", "GET", "a b", "/items/**", "*a*").Select(text => new Operand(OperandKind.Text, text, true)),
        Gen.Const(new Operand(OperandKind.Null, "null"))
    );

    private static readonly Gen<Condition> Conditions = Gen.Recursive<Condition>(
        (depth, inner) =>
            depth >= 4
                ? Relations
                : Gen.Frequency<Condition>(
                    (3, Relations),
                    (1, Gen.Select(inner, inner, (left, right) => (Condition)new Condition.And(left, right, 0, 0))),
                    (1, Gen.Select(inner, inner, (left, right) => (Condition)new Condition.Or(left, right, 0, 0))),
                    (1, inner.Select(one => (Condition)new Condition.Not(one, 0, 0)))
                )
    );

    private static Gen<Condition> Relations =>
        Gen.Select(
            Variables,
            Gen.OneOf(
                ConditionOperator.Equals,
                ConditionOperator.NotEquals,
                ConditionOperator.EqualsIgnoringCase,
                ConditionOperator.Matches
            ),
            Values,
            (left, op, right) => (Condition)new Condition.Relation(left, op, right, false, 0, 0)
        );

    [Fact]
    public void A_condition_that_is_printed_and_read_back_prints_the_same() =>
        Conditions.Sample(
            condition =>
            {
                var text = ConditionPrinter.Print(condition);
                var read = ConditionParser.Parse(text);
                Assert.False(read.IsMalformed, text);
                Assert.Equal(text, ConditionPrinter.Print(read.Condition));
            },
            iter: 5_000
        );

    [Fact]
    public void Reading_a_condition_takes_time_in_proportion_to_its_length()
    {
        // Four hundred terms: an exponential reader would not come back.
        var text = string.Join(" and ", Enumerable.Range(0, 400).Select(i => $"request.header.h{i} = \"{i}\""));
        Assert.False(ConditionParser.Parse(text).IsMalformed);
    }

    [Fact]
    public void Any_text_is_read_without_an_exception() =>
        Gen.String[Gen.OneOf<char>(Gen.Char["()!=~:|&<>\"' nulandor*/"], Gen.Char), 0, 60]
            .Sample(text => Assert.NotNull(ConditionParser.Parse(text).Condition), iter: 20_000);
}
