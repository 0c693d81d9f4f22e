namespace Auditor.Trace.Conditions;

/// <summary>
/// Parses conditions in time linear in their length. Operators are accepted as symbols and words in any case, with or without blanks around symbols. Java's
/// precedence is the documented one; the grammar of the best-known linter treats AND and OR alike and is not followed.
/// </summary>
public static class ConditionParser
{
    private const int MaxDepth = 200;
    private const int MaxLength = 100_000;

    private static readonly Dictionary<string, (ConditionOperator Operator, bool Negated)> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["equals"] = (ConditionOperator.Equals, false),
        ["is"] = (ConditionOperator.Equals, false),
        ["notequals"] = (ConditionOperator.NotEquals, false),
        ["isnot"] = (ConditionOperator.NotEquals, false),
        ["equalscaseinsensitive"] = (ConditionOperator.EqualsIgnoringCase, false),
        ["greaterthan"] = (ConditionOperator.Greater, false),
        ["greaterthanorequals"] = (ConditionOperator.GreaterOrEqual, false),
        ["lesserthan"] = (ConditionOperator.Less, false),
        ["lesserthanorequals"] = (ConditionOperator.LessOrEqual, false),
        ["matches"] = (ConditionOperator.Matches, false),
        ["like"] = (ConditionOperator.Matches, false),
        ["javaregex"] = (ConditionOperator.JavaRegex, false),
        ["matchespath"] = (ConditionOperator.MatchesPath, false),
        ["likepath"] = (ConditionOperator.MatchesPath, false),
        ["startswith"] = (ConditionOperator.StartsWith, false),
    };

    // Longest first.
    private static readonly (string Symbol, ConditionOperator Operator, bool Negated)[] Symbols =
    [
        ("!~~", ConditionOperator.JavaRegex, true),
        ("!~/", ConditionOperator.MatchesPath, true),
        ("!~", ConditionOperator.Matches, true),
        ("!=", ConditionOperator.NotEquals, false),
        (":=", ConditionOperator.EqualsIgnoringCase, false),
        ("=|", ConditionOperator.StartsWith, false),
        ("==", ConditionOperator.Equals, false),
        ("=", ConditionOperator.Equals, false),
        (">=", ConditionOperator.GreaterOrEqual, false),
        ("<=", ConditionOperator.LessOrEqual, false),
        (">", ConditionOperator.Greater, false),
        ("<", ConditionOperator.Less, false),
        ("~~", ConditionOperator.JavaRegex, false),
        ("~/", ConditionOperator.MatchesPath, false),
        ("~", ConditionOperator.Matches, false),
    ];

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

    private enum TokenKind
    {
        End,
        Open,
        Close,
        And,
        Or,
        Not,
        Operator,
        Operand,
    }

    private readonly record struct Token(TokenKind Kind, int Start, int Length, Operand? Operand, ConditionOperator Operator, bool Negated)
    {
        public int End => Start + Length;
    }

    private sealed class Parser(string text)
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

        private bool Next()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            var start = at;
            if (at == text.Length)
            {
                current = new Token(TokenKind.End, at, 0, null, default, false);
                return true;
            }

            var c = text[at];
            switch (c)
            {
                case '(':
                    return Take(TokenKind.Open, 1);
                case ')':
                    return Take(TokenKind.Close, 1);
                case '&' when At("&&"):
                    return Take(TokenKind.And, 2);
                case '|' when At("||"):
                    return Take(TokenKind.Or, 2);
                case '"':
                    var end = text.IndexOf('"', at + 1);
                    if (end < 0)
                    {
                        Fail("a quote is not closed", at);
                        return false;
                    }

                    at = end + 1;
                    current = Operand(start, new Operand(OperandKind.Text, text[(start + 1)..end]));
                    return true;
                case '\'':
                    var close = text.IndexOf('\'', at + 1);
                    if (close < 0)
                    {
                        Fail("a quote is not closed", at);
                        return false;
                    }

                    at = close + 1;
                    current = Operand(start, new Operand(OperandKind.Variable, text[(start + 1)..close], Quoted: true));
                    return true;
                default:
                    break;
            }

            foreach (var (symbol, op, negated) in Symbols)
            {
                if (At(symbol))
                {
                    at += symbol.Length;
                    current = new Token(TokenKind.Operator, start, symbol.Length, null, op, negated);
                    return true;
                }
            }

            if (c == '!')
            {
                return Take(TokenKind.Not, 1);
            }

            while (at < text.Length && IsWord(at))
            {
                at++;
            }

            if (at == start)
            {
                Fail($"the character '{(char.IsControl(c) ? '?' : c)}' is not expected", at);
                return false;
            }

            current = Word(start, text[start..at]);
            return true;
        }

        private Token Word(int start, string word)
        {
            if (Words.TryGetValue(word, out var op))
            {
                return new Token(TokenKind.Operator, start, word.Length, null, op.Operator, op.Negated);
            }

            return word.ToLowerInvariant() switch
            {
                "and" => new Token(TokenKind.And, start, word.Length, null, default, false),
                "or" => new Token(TokenKind.Or, start, word.Length, null, default, false),
                "not" => new Token(TokenKind.Not, start, word.Length, null, default, false),
                "null" => Operand(start, new Operand(OperandKind.Null, "null")),
                "true" => Operand(start, new Operand(OperandKind.Boolean, "true")),
                "false" => Operand(start, new Operand(OperandKind.Boolean, "false")),
                _ when IsNumber(word) => Operand(start, new Operand(OperandKind.Number, word)),
                _ => Operand(start, new Operand(OperandKind.Variable, word)),
            };
        }

        private Token Operand(int start, Operand operand) => new(TokenKind.Operand, start, at - start, operand, default, false);

        private bool Take(TokenKind kind, int length)
        {
            current = new Token(kind, at, length, null, default, false);
            at += length;
            return true;
        }

        private bool At(string symbol) => string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0;

        private bool IsWord(int index)
        {
            var c = text[index];
            return c switch
            {
                '(' or ')' or '"' or '\'' or '=' or '!' or '<' or '>' or '~' => false,
                ':' => index + 1 >= text.Length || text[index + 1] != '=',
                '&' => index + 1 >= text.Length || text[index + 1] != '&',
                '|' => false,
                _ => !char.IsWhiteSpace(c),
            };
        }

        private static bool IsNumber(string word)
        {
            var digits = word.AsSpan();
            if (digits.Length > 1 && digits[^1] is 'f' or 'F' or 'd' or 'D' or 'l' or 'L')
            {
                digits = digits[..^1];
            }

            if (digits.Length > 0 && digits[0] is '-' or '+')
            {
                digits = digits[1..];
            }

            var points = 0;
            foreach (var c in digits)
            {
                if (c == '.')
                {
                    points++;
                }
                else if (!char.IsAsciiDigit(c))
                {
                    return false;
                }
            }

            return digits.Length > points && points <= 1;
        }
    }
}
