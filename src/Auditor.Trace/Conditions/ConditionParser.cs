namespace Auditor.Trace.Conditions;

/// <summary>
/// Parses conditions in time linear in their length. Operators are accepted as symbols and words in any case, with or without blanks around symbols. Java's
/// precedence is the documented one; the grammar of the best-known linter treats AND and OR alike and is not followed.
/// </summary>
public static partial class ConditionParser
{
    private const int MaxDepth = 200;
    private const int MaxLength = 100_000;

    /// <summary>Parses a condition. Never throws: what cannot be read is a <see cref="Condition.Malformed"/> with a notice.</summary>
    public static ParsedCondition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new Parser(text);
        var condition = text.Length > MaxLength ? null : parser.ParseAll();
        if (condition is null)
        {
            var reason = text.Length > MaxLength ? "it is longer than 100,000 characters" : parser.Problem ?? "it is not a condition";
            condition = new Condition.Malformed(text, reason, parser.ProblemAt);
            return new ParsedCondition(condition, [new ConditionNotice("malformed", reason, parser.ProblemAt, 1)]);
        }

        return new ParsedCondition(condition, parser.Notices);
    }

    private sealed partial class Parser(string text)
    {
        private readonly ImmutableArray<ConditionNotice>.Builder notices = ImmutableArray.CreateBuilder<ConditionNotice>();
        private int at;
        private int depth;
        private Token current;

        public string? Problem { get; private set; }

        public int ProblemAt { get; private set; }

        public ImmutableArray<ConditionNotice> Notices => notices.ToImmutable();

        public Condition? ParseAll()
        {
            if (!Next())
            {
                return null;
            }

            var condition = Or();
            if (condition is not null && current.Kind != TokenKind.End)
            {
                return Fail(
                    current.Kind == TokenKind.Close ? "a parenthesis is closed that was never opened" : "an operator is missing",
                    current.Start
                );
            }

            return condition;
        }

        private Condition? Or()
        {
            var left = And(out var bareAnd);
            var mixed = false;
            while (left is not null && current.Kind == TokenKind.Or)
            {
                if (!Next() || And(out var rightAnd) is not { } right)
                {
                    return null;
                }

                mixed |= bareAnd || rightAnd;
                left = new Condition.Or(left, right, left.Start, right.Start + right.Length - left.Start);
            }

            if (mixed && left is not null)
            {
                notices.Add(
                    new ConditionNotice(
                        "mixed-and-or",
                        "AND and OR are mixed without parentheses; AND binds closer",
                        left.Start,
                        left.Length
                    )
                );
            }

            return left;
        }

        private Condition? And(out bool isBareAnd)
        {
            isBareAnd = false;
            var left = Unary();
            while (left is not null && current.Kind == TokenKind.And)
            {
                if (!Next() || Unary() is not { } right)
                {
                    return null;
                }

                isBareAnd = true;
                left = new Condition.And(left, right, left.Start, right.Start + right.Length - left.Start);
            }

            return left;
        }

        private Condition? Unary()
        {
            if (++depth > MaxDepth)
            {
                return Fail("it is nested deeper than 200", at);
            }

            try
            {
                switch (current.Kind)
                {
                    case TokenKind.Not:
                        var not = current.Start;
                        return Next() && Unary() is { } inner ? new Condition.Not(inner, not, inner.Start + inner.Length - not) : null;
                    case TokenKind.Open:
                        var open = current.Start;
                        if (!Next() || Or() is not { } body)
                        {
                            return null;
                        }

                        if (current.Kind != TokenKind.Close)
                        {
                            return Fail(
                                current.Kind == TokenKind.End ? "a parenthesis is not closed" : "an operator is missing",
                                current.Start
                            );
                        }

                        var close = current.End;
                        return Next() ? body with { Start = open, Length = close - open } : null;
                    case TokenKind.Operand:
                        return Relation();
                    default:
                        return Fail(
                            current.Kind == TokenKind.End ? "it ends where an operand is expected" : "an operand is missing",
                            current.Start
                        );
                }
            }
            finally
            {
                depth--;
            }
        }

        private Condition? Relation()
        {
            var left = current;
            if (!Next())
            {
                return null;
            }

            var negated = false;
            if (current.Kind == TokenKind.Not)
            {
                // "x not MatchesPath y"
                negated = true;
                if (!Next())
                {
                    return null;
                }

                if (current.Kind != TokenKind.Operator)
                {
                    return Fail("an operator is missing after not", current.Start);
                }
            }

            if (current.Kind != TokenKind.Operator)
            {
                if (left.Operand!.Kind is OperandKind.Text or OperandKind.Number or OperandKind.Null)
                {
                    return Fail("a literal stands alone", left.Start);
                }

                return new Condition.Bare(left.Operand, left.Start, left.Length);
            }

            var op = current;
            if (!Next())
            {
                return null;
            }

            var @operator = op.Operator;
            if (current.Kind == TokenKind.Not && @operator == ConditionOperator.Equals)
            {
                // "x is not null"
                @operator = ConditionOperator.NotEquals;
                if (!Next())
                {
                    return null;
                }
            }

            if (current.Kind != TokenKind.Operand)
            {
                return Fail(
                    current.Kind == TokenKind.End ? "it ends where an operand is expected" : "an operand is missing",
                    current.Start
                );
            }

            var right = current;
            if (right.Operand!.Quoted || left.Operand!.Quoted)
            {
                var quoted = right.Operand.Quoted ? right : left;
                notices.Add(
                    new ConditionNotice(
                        "single-quoted-literal",
                        $"'{quoted.Operand!.Text}' in single quotes is the name of a variable, not a text",
                        quoted.Start,
                        quoted.Length
                    )
                );
            }

            if (op.Negated)
            {
                notices.Add(
                    new ConditionNotice(
                        "undocumented-operator",
                        $"the operator '{text.Substring(op.Start, op.Length)}' is not documented",
                        op.Start,
                        op.Length
                    )
                );
            }

            return Next()
                ? new Condition.Relation(left.Operand!, @operator, right.Operand, negated ^ op.Negated, left.Start, right.End - left.Start)
                : null;
        }

        private Condition? Fail(string problem, int position)
        {
            Problem ??= problem;
            ProblemAt = position;
            return null;
        }
    }
}
