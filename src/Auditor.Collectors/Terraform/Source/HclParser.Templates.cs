using System.Text;

namespace Auditor.Collectors.Terraform.Source;

internal sealed partial class HclParser
{
    // A label: a text in which nothing is worked out.
    private string PlainText()
    {
        at++;
        return Template(isHeredoc: false, null, isFlush: false) is HclExpression.Literal { Value: { Kind: HclKind.Text } value }
            ? value.Text
            : throw Wrong("expected a text without '${'");
    }

    private HclExpression Heredoc()
    {
        at += 2;
        var isFlush = Current == '-';
        at += isFlush ? 1 : 0;
        var marker = Identifier("the marker of the text");
        at += Current == '\r' ? 1 : 0;
        if (Current != '\n')
        {
            throw Wrong("expected the end of the line after the marker");
        }

        NewLine();
        return Template(isHeredoc: true, marker, isFlush);
    }

    private HclExpression Template(bool isHeredoc, string? marker, bool isFlush)
    {
        Enter();
        var opened = isHeredoc ? Place : new HclPlace(line, at - lineStart);
        // In pieces that begin with a line, so that what all lines are indented by can be taken away.
        var parts = new List<HclExpression>();
        var lines = new List<(int Part, string Text)>();
        var literal = new StringBuilder();
        var (hasDirectives, isLineStart) = (false, true);
        while (true)
        {
            if (IsAtEnd)
            {
                throw new HclException(
                    opened,
                    isHeredoc ? "the text has no end: its marker is missing" : "the text has no end: '\"' is missing"
                );
            }

            if (isHeredoc && at == lineStart && isLineStart && IsMarker(marker!))
            {
                break;
            }

            isLineStart = false;
            if (!isHeredoc && Current == '"')
            {
                at++;
                break;
            }

            if (Current is '$' or '%' && Next() == Current && Next(2) == '{')
            {
                literal.Append(Current).Append('{');
                at += 3;
            }
            else if (Current is '$' or '%' && Next() == '{')
            {
                Flush();
                hasDirectives |= Current == '%';
                parts.Add(Interpolation(ref hasDirectives));
            }
            else if (Current == '\\' && !isHeredoc)
            {
                Escape(literal);
            }
            else if (Current == '\n')
            {
                if (!isHeredoc)
                {
                    throw Wrong("the text goes over the end of the line");
                }

                literal.Append('\n');
                NewLine();
                Flush();
                isLineStart = true;
            }
            else
            {
                if (Current != '\r' || Next() != '\n')
                {
                    literal.Append(Current);
                }

                at++;
            }
        }

        Flush();
        Leave();
        if (isFlush)
        {
            Unindent(parts, lines);
        }

        return parts.TrueForAll(part => part is HclExpression.Literal { Value.Kind: HclKind.Text })
            ? new HclExpression.Literal(HclValue.Of(string.Concat(parts.Select(part => ((HclExpression.Literal)part).Value.Text))))
            : new HclExpression.Template([.. parts], hasDirectives);

        void Flush()
        {
            if (literal.Length > 0)
            {
                lines.Add((parts.Count, literal.ToString()));
                parts.Add(new HclExpression.Literal(HclValue.Of(literal.ToString())));
                literal.Clear();
            }
        }
    }

    private bool IsMarker(string marker)
    {
        var (start, end) = (at, at);
        while (end < text.Length && text[end] is ' ' or '\t')
        {
            end++;
        }

        if (string.CompareOrdinal(text, end, marker, 0, marker.Length) != 0)
        {
            return false;
        }

        end += marker.Length;
        var rest = end;
        while (rest < text.Length && text[rest] is ' ' or '\t' or '\r')
        {
            rest++;
        }

        if (rest < text.Length && text[rest] != '\n')
        {
            at = start;
            return false;
        }

        at = end;
        return true;
    }

    // What all lines are indented by is not part of the text. A line that begins with an expression is not indented.
    private static void Unindent(List<HclExpression> parts, List<(int Part, string Text)> lines)
    {
        bool BeginsLine(int part) =>
            part == 0 || (parts[part - 1] is HclExpression.Literal { Value: { Kind: HclKind.Text } before } && before.Text.EndsWith('\n'));
        var literals = lines.Select(one => one.Part).ToHashSet();
        var isFlushLeft = Enumerable.Range(0, parts.Count).Any(part => !literals.Contains(part) && BeginsLine(part));
        var starts = lines.Where(one => BeginsLine(one.Part) && !string.IsNullOrWhiteSpace(one.Text)).ToList();
        var indent = isFlushLeft || starts.Count == 0 ? 0 : starts.Min(one => one.Text.Length - one.Text.TrimStart(' ', '\t').Length);
        foreach (var (part, text) in lines.Where(one => indent > 0 && BeginsLine(one.Part)))
        {
            var own = Math.Min(indent, text.Length - text.TrimStart(' ', '\t').Length);
            parts[part] = new HclExpression.Literal(HclValue.Of(text[own..]));
        }
    }

    private HclExpression Interpolation(ref bool hasDirectives)
    {
        var isDirective = Current == '%';
        at += 2;
        var outer = isAcrossLines;
        isAcrossLines = true;
        hasDirectives |= Strip();
        Skip();
        var inner = isDirective ? Directive() : Expression();
        Skip();
        hasDirectives |= Strip();
        Expect('}', "'}' of the expression in the text");
        isAcrossLines = outer;
        return inner;

        bool Strip()
        {
            var isThere = Current == '~';
            at += isThere ? 1 : 0;
            return isThere;
        }
    }

    private HclExpression Directive()
    {
        switch (Identifier("'if', 'else', 'endif', 'for' or 'endfor'"))
        {
            case "if":
                return Expression();
            case "for":
                Skip();
                Identifier("the variable of 'for'");
                Skip();
                if (Current == ',')
                {
                    at++;
                    Skip();
                    Identifier("the second variable of 'for'");
                    Skip();
                }

                return Identifier("'in'") == "in" ? Expression() : throw Wrong("expected 'in'");
            case "else" or "endif" or "endfor":
                return new HclExpression.Literal(HclValue.Unknown);
            default:
                throw Wrong("expected 'if', 'else', 'endif', 'for' or 'endfor'");
        }
    }

    private void Escape(StringBuilder literal)
    {
        at++;
        switch (Current)
        {
            case 'n':
                literal.Append('\n');
                break;
            case 'r':
                literal.Append('\r');
                break;
            case 't':
                literal.Append('\t');
                break;
            case '"' or '\\':
                literal.Append(Current);
                break;
            case 'u' or 'U':
                var length = Current == 'u' ? 4 : 8;
                literal.Append(CodePoint(length));
                at += length;
                break;
            default:
                throw Wrong("an escape that does not exist");
        }

        at++;
    }

    private string CodePoint(int length) =>
        at + length < text.Length
        && int.TryParse(text.AsSpan(at + 1, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
        && Rune.IsValid(code)
            ? new Rune(code).ToString()
            : throw Wrong("an escape that is no character");
}
