namespace Auditor.Trace.Conditions;

/// <content>The words and signs that conditions are made of.</content>
public static partial class ConditionParser
{
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

    private sealed partial class Parser
    {
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
