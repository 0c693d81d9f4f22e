namespace Auditor.Collectors.Terraform.Source;

internal sealed partial class HclParser
{
    private const string SplatItem = "[*]";

    // From loose to tight.
    private static readonly string[][] Operators =
    [
        ["||"],
        ["&&"],
        ["==", "!="],
        ["<=", ">=", "<", ">"],
        ["+", "-"],
        ["*", "/", "%"],
    ];

    private HclExpression Expression()
    {
        Enter();
        var first = Binary(0);
        Skip();
        if (Current == '?')
        {
            at++;
            var then = Expression();
            Expect(':', "':' of the conditional");
            first = new HclExpression.Conditional(first, then, Expression());
        }

        Leave();
        return first;
    }

    private HclExpression Binary(int level)
    {
        if (level == Operators.Length)
        {
            return Unary();
        }

        var left = Binary(level + 1);
        while (true)
        {
            Skip();
            if (Operator(Operators[level]) is not { } op)
            {
                return left;
            }

            at += op.Length;
            left = new HclExpression.Binary(op, left, Binary(level + 1));
        }
    }

    private string? Operator(string[] level)
    {
        foreach (var op in level)
        {
            if (string.CompareOrdinal(text, at, op, 0, op.Length) == 0)
            {
                return op;
            }
        }

        return null;
    }

    private HclExpression Unary()
    {
        Skip();
        if (Current is '!' or '-' && !(Current == '!' && Next() == '='))
        {
            var op = Current;
            at++;
            Enter();
            var of = Unary();
            Leave();
            return new HclExpression.Unary(op, of);
        }

        return Traversal(Term());
    }

    private HclExpression Traversal(HclExpression from)
    {
        while (true)
        {
            // A dot may stand on the next line where lines do not end anything.
            Skip();
            if (Current == '.' && Next() == '*')
            {
                at += 2;
                HclExpression each = new HclExpression.Root(SplatItem);
                while (Current == '.' && IsIdentifierStart(Next()))
                {
                    at++;
                    each = new HclExpression.Attribute(each, Identifier("an attribute"));
                }

                from = new HclExpression.Splat(from, SplatItem, each);
            }
            else if (Current == '.' && Next() != '.')
            {
                at++;
                Skip();
                from = char.IsAsciiDigit(Current)
                    ? new HclExpression.Index(from, new HclExpression.Literal(HclValue.Of(Digits())))
                    : new HclExpression.Attribute(from, Identifier("an attribute after '.'"));
            }
            else if (Current == '[')
            {
                from = Bracket(from);
            }
            else
            {
                return from;
            }
        }
    }

    private HclExpression Bracket(HclExpression from)
    {
        at++;
        var outer = isAcrossLines;
        isAcrossLines = true;
        Skip();
        if (Current == '*')
        {
            at++;
            Expect(']', "']'");
            isAcrossLines = outer;
            HclExpression each = new HclExpression.Root(SplatItem);
            while (true)
            {
                Skip();
                if (Current == '.' && IsIdentifierStart(Next()))
                {
                    at++;
                    each = new HclExpression.Attribute(each, Identifier("an attribute"));
                }
                else if (Current == '[' && Next() != '*')
                {
                    at++;
                    isAcrossLines = true;
                    each = new HclExpression.Index(each, Expression());
                    Expect(']', "']'");
                    isAcrossLines = outer;
                }
                else
                {
                    return new HclExpression.Splat(from, SplatItem, each);
                }
            }
        }

        var key = Expression();
        Expect(']', "']'");
        isAcrossLines = outer;
        return new HclExpression.Index(from, key);
    }

    // 0.1 after a name is two indexes, and no number.
    private decimal Digits()
    {
        var start = at;
        while (char.IsAsciiDigit(Current))
        {
            at++;
        }

        return HclValue.NumberOf(text[start..at]) ?? throw Wrong("an index that is too large");
    }

    private HclExpression Term()
    {
        Skip();
        switch (Current)
        {
            case '"':
                at++;
                return Template(isHeredoc: false, null, isFlush: false);
            case '<' when Next() == '<':
                return Heredoc();
            case '(':
                return Parenthesis();
            case '[':
                return Brackets();
            case '{':
                return Braces();
            case var digit when char.IsAsciiDigit(digit):
                return NumberTerm();
            default:
                return Name();
        }
    }

    private HclExpression Name()
    {
        var name = Identifier("a value");
        // A function of a provider: provider::okta::name(…).
        while (Current == ':' && Next() == ':')
        {
            at += 2;
            name += "::" + Identifier("the name of a function");
        }

        Skip();
        if (Current == '(')
        {
            return Call(name);
        }

        return name switch
        {
            "true" => new HclExpression.Literal(HclValue.Of(true)),
            "false" => new HclExpression.Literal(HclValue.Of(false)),
            "null" => new HclExpression.Literal(HclValue.Null),
            _ => new HclExpression.Root(name),
        };
    }

    private HclExpression.Literal NumberTerm()
    {
        var start = at;
        Run();
        if (Current == '.' && char.IsAsciiDigit(Next()))
        {
            at++;
            Run();
        }

        if (Current is 'e' or 'E' && (char.IsAsciiDigit(Next()) || (Next() is '+' or '-' && char.IsAsciiDigit(Next(2)))))
        {
            at += 2;
            Run();
        }

        // One that cannot be held exactly is a value, and not known.
        return new HclExpression.Literal(HclValue.NumberOf(text[start..at]) is { } number ? HclValue.Of(number) : HclValue.Unknown);

        void Run()
        {
            while (char.IsAsciiDigit(Current))
            {
                at++;
            }
        }
    }

    private HclExpression Parenthesis()
    {
        at++;
        var outer = isAcrossLines;
        isAcrossLines = true;
        var inner = Expression();
        Expect(')', "')'");
        isAcrossLines = outer;
        return inner;
    }

    private void Expect(char c, string what)
    {
        Skip();
        if (Current != c || IsAtEnd)
        {
            throw Wrong("expected " + what);
        }

        at++;
    }
}
