using Auditor.Trace.Conditions;
using CsCheck;

namespace Auditor.Trace.Tests;

public sealed class ConditionProperties
{
    private static readonly Gen<Operand> Variables = Gen.OneOf<Operand>(
        Gen.OneOf("request.verb", "flow.v", "request.header.x-mode", "a.b-c").Select(name => new Operand(OperandKind.Variable, name)),
        Gen.OneOf("request.header.help!me", "flow.a=b", "flow.with blank").Select(name => new Operand(OperandKind.Variable, name, true))
    );

    private static readonly Gen<Operand> Values = Gen.OneOf<Operand>(
        Gen.OneOf("x", "GET", "a b", "/items/**", "*a*", "", "it's", "(a|b)+", "and", "null")
            .Select(text => new Operand(OperandKind.Text, text, true)),
        Gen.OneOf("404", "1.5", "10L").Select(text => new Operand(OperandKind.Number, text)),
        Gen.OneOf("true", "false").Select(text => new Operand(OperandKind.Boolean, text)),
        Gen.Const(new Operand(OperandKind.Null, "null")),
        Variables
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
        Gen.Frequency<Condition>(
            (
                6,
                Gen.Select(
                    Variables,
                    Gen.Enum<ConditionOperator>(),
                    Values,
                    Gen.Bool,
                    (left, op, right, negated) => (Condition)new Condition.Relation(left, op, right, negated, 0, 0)
                )
            ),
            (
                1,
                Gen.OneOf(Variables, Gen.OneOf("true", "false").Select(text => new Operand(OperandKind.Boolean, text)))
                    .Select(operand => (Condition)new Condition.Bare(operand, 0, 0))
            )
        );

    [Fact]
    public void A_condition_that_is_printed_and_read_back_is_the_same() =>
        Conditions.Sample(
            condition =>
            {
                var text = ConditionPrinter.Print(condition);
                var read = ConditionParser.Parse(text);
                Assert.False(read.IsMalformed, text);
                Assert.Equal(Shape(condition), Shape(read.Condition));
                Assert.Equal(text, ConditionPrinter.Print(read.Condition));
            },
            iter: 5_000
        );

    // Without positions; and without the grouping of a chain of one operator, which means nothing.
    private static string Shape(Condition condition) =>
        condition switch
        {
            Condition.And => $"and[{string.Join(',', Chain<Condition.And>(condition, and => (and.Left, and.Right)))}]",
            Condition.Or => $"or[{string.Join(',', Chain<Condition.Or>(condition, or => (or.Left, or.Right)))}]",
            Condition.Not not => $"not[{Shape(not.Inner)}]",
            Condition.Relation relation =>
                $"{Shape(relation.Left)} {(relation.Negated ? "not " : "")}{relation.Operator} {Shape(relation.Right)}",
            Condition.Bare bare => Shape(bare.Operand),
            _ => "malformed",
        };

    private static string Shape(Operand operand) => $"{operand.Kind}:{operand.Text}";

    private static IEnumerable<string> Chain<T>(Condition condition, Func<T, (Condition Left, Condition Right)> parts)
        where T : Condition =>
        condition is T chain ? Chain(parts(chain).Left, parts).Concat(Chain(parts(chain).Right, parts)) : [Shape(condition)];

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
