namespace Auditor.Collectors.Terraform.Source;

internal sealed partial class HclParser
{
    private HclExpression.Call Call(string name)
    {
        at++;
        var outer = isAcrossLines;
        isAcrossLines = true;
        var arguments = ImmutableArray.CreateBuilder<HclExpression>();
        var isExpanded = false;
        Skip();
        while (Current != ')')
        {
            arguments.Add(Expression());
            Skip();
            if (Current == '.' && Next() == '.' && Next(2) == '.')
            {
                at += 3;
                isExpanded = true;
                Skip();
                break;
            }

            if (!Comma(')'))
            {
                break;
            }
        }

        Expect(')', "',' or ')'");
        isAcrossLines = outer;
        return new HclExpression.Call(name, arguments.DrainToImmutable(), isExpanded);
    }

    private HclExpression Brackets()
    {
        at++;
        var outer = isAcrossLines;
        isAcrossLines = true;
        Skip();
        HclExpression list;
        if (IsFor())
        {
            list = For(']');
        }
        else
        {
            var items = ImmutableArray.CreateBuilder<HclExpression>();
            while (Current != ']')
            {
                items.Add(Expression());
                if (!Comma(']'))
                {
                    break;
                }
            }

            Expect(']', "',' or ']'");
            list = new HclExpression.List(items.DrainToImmutable());
        }

        isAcrossLines = outer;
        return list;
    }

    private HclExpression Braces()
    {
        at++;
        var outer = isAcrossLines;
        isAcrossLines = true;
        Skip();
        HclExpression braces;
        if (IsFor())
        {
            braces = For('}');
        }
        else
        {
            var members = ImmutableArray.CreateBuilder<(HclExpression, HclExpression)>();
            while (Current != '}')
            {
                cancellationToken.ThrowIfCancellationRequested();
                members.Add(Member());
                // Here the end of a line is as good as a comma.
                Skip(acrossLines: false);
                if (Current is not (',' or '\n' or '}'))
                {
                    throw Wrong("expected ',', the end of the line or '}'");
                }

                at += Current == ',' ? 1 : 0;
                Skip(acrossLines: true);
            }

            at++;
            braces = new HclExpression.Object(members.DrainToImmutable());
        }

        isAcrossLines = outer;
        return braces;
    }

    private (HclExpression Key, HclExpression Value) Member()
    {
        isAcrossLines = false;
        HclExpression? key = null;
        if (IsIdentifierStart(Current))
        {
            var start = (at, line, lineStart);
            var name = Identifier("a key");
            Skip();
            if (Current is '=' or ':' && Next() != '=')
            {
                key = new HclExpression.Literal(HclValue.Of(name));
            }
            else
            {
                // It begins an expression.
                (at, line, lineStart) = start;
            }
        }

        key ??= Expression();
        Skip();
        if (Current is not ('=' or ':'))
        {
            throw Wrong("expected '=' or ':' after the key");
        }

        at++;
        Skip(acrossLines: true);
        isAcrossLines = false;
        return (key, Expression());
    }

    private bool IsFor() => string.CompareOrdinal(text, at, "for", 0, 3) == 0 && Next(3) is ' ' or '\t' or '\r' or '\n';

    private HclExpression.For For(char end)
    {
        at += 3;
        Skip();
        string? keyName = null;
        var valueName = Identifier("the variable of 'for'");
        Skip();
        if (Current == ',')
        {
            at++;
            Skip();
            keyName = valueName;
            valueName = Identifier("the second variable of 'for'");
            Skip();
        }

        if (Identifier("'in'") != "in")
        {
            throw Wrong("expected 'in'");
        }

        var over = Expression();
        Expect(':', "':' of 'for'");
        var value = Expression();
        HclExpression? key = null;
        var isGrouping = false;
        if (end == '}')
        {
            key = value;
            Skip();
            if (Current != '=' || Next() != '>')
            {
                throw Wrong("expected '=>'");
            }

            at += 2;
            value = Expression();
            Skip();
            if (Current == '.' && Next() == '.' && Next(2) == '.')
            {
                at += 3;
                isGrouping = true;
            }
        }

        Skip();
        HclExpression? condition = null;
        if (Current == 'i')
        {
            condition = Identifier("'if'") == "if" ? Expression() : throw Wrong("expected 'if'");
        }

        Expect(end, $"'{end}' of 'for'");
        return new HclExpression.For
        {
            KeyName = keyName,
            ValueName = valueName,
            Over = over,
            Key = key,
            Value = value,
            Condition = condition,
            IsGrouping = isGrouping,
        };
    }

    private bool Comma(char end)
    {
        Skip();
        if (Current != ',')
        {
            return false;
        }

        at++;
        Skip();
        return Current != end;
    }
}
