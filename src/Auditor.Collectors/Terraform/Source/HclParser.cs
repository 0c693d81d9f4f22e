using System.Text;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>
/// Reads the native syntax of Terraform's language (HCL 2). It goes through a text once, from left to right; nesting and the number of blocks are capped, so that no text makes it slow or
/// exhausts the stack. What it says of a malformed text names the place and what was expected there, and never quotes.
/// </summary>
internal sealed partial class HclParser
{
    /// <summary>The largest file that is read.</summary>
    public const int MaxFile = 4 * 1024 * 1024;

    private const int MaxNesting = 100;
    private const int MaxBlocks = 50_000;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string text;
    private readonly CancellationToken cancellationToken;
    private int at;
    private int line = 1;
    private int lineStart;
    private int nesting;
    private int blocks;

    // Within brackets a line does not end anything.
    private bool isAcrossLines;

    private HclParser(string text, CancellationToken cancellationToken)
    {
        this.text = text;
        this.cancellationToken = cancellationToken;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="HclException">It is not in that language.</exception>
    public static HclBody Parse(byte[] bytes, CancellationToken cancellationToken)
    {
        string content;
        try
        {
            content = Utf8.GetString(bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes.AsSpan(3) : bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new HclException(new HclPlace(1, 1), "the file is not UTF-8");
        }

        return new HclParser(content, cancellationToken).Body(isFile: true);
    }

    private HclPlace Place => new(line, at - lineStart + 1);

    private char Current => at < text.Length ? text[at] : '\0';

    private bool IsAtEnd => at >= text.Length;

    private char Next(int by = 1) => at + by < text.Length ? text[at + by] : '\0';

    private HclException Wrong(string what) => new(Place, what);

    private void Enter()
    {
        if (++nesting > MaxNesting)
        {
            throw Wrong("nested more than 100 deep");
        }
    }

    private void Leave() => nesting--;

    private HclBody Body(bool isFile)
    {
        Enter();
        var body = new HclBody();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Skip(acrossLines: true);
            if (IsAtEnd)
            {
                Leave();
                return isFile ? body : throw Wrong("the file ends within a block: '}' is missing");
            }

            if (Current == '}' && !isFile)
            {
                at++;
                Leave();
                return body;
            }

            Item(body);
        }
    }

    private void Item(HclBody body)
    {
        var place = Place;
        var name = Identifier("the name of an attribute or of a block");
        Skip(acrossLines: false);
        if (Current == '=' && Next() != '=')
        {
            at++;
            isAcrossLines = false;
            if (!body.Attributes.TryAdd(name, new HclAttribute(name, Expression(), place)))
            {
                throw new HclException(place, "an attribute of that name stands there already");
            }

            EndOfLine();
            return;
        }

        var labels = ImmutableArray.CreateBuilder<string>();
        while (Current != '{')
        {
            labels.Add(
                Current == '"' ? PlainText()
                : IsIdentifierStart(Current) ? Identifier("a label")
                : throw Wrong("expected '=' or '{'")
            );
            Skip(acrossLines: false);
        }

        at++;
        if (++blocks > MaxBlocks)
        {
            throw Wrong("the file holds more than 50,000 blocks");
        }

        body.Blocks.Add(new HclBlock(name, labels.DrainToImmutable(), Body(isFile: false), place));
        EndOfLine();
    }

    private void EndOfLine()
    {
        Skip(acrossLines: false);
        if (!IsAtEnd && Current != '\n' && Current != '}')
        {
            throw Wrong("expected the end of the line");
        }
    }

    private string Identifier(string what)
    {
        if (!IsIdentifierStart(Current))
        {
            throw Wrong("expected " + what);
        }

        var start = at;
        while (at < text.Length && (IsIdentifierStart(text[at]) || char.IsAsciiDigit(text[at]) || text[at] == '-'))
        {
            at++;
        }

        return text[start..at];
    }

    private static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_' || (c > 127 && char.IsLetter(c));

    // Spaces and comments; where lines do not end anything, their ends as well.
    private void Skip(bool acrossLines)
    {
        while (at < text.Length)
        {
            switch (text[at])
            {
                case ' ' or '\t' or '\r':
                    at++;
                    break;
                case '\n' when acrossLines:
                    NewLine();
                    break;
                case '#':
                case '/' when Next() == '/':
                    var end = text.IndexOf('\n', at);
                    at = end < 0 ? text.Length : end;
                    break;
                case '/' when Next() == '*':
                    Comment();
                    break;
                default:
                    return;
            }
        }
    }

    private void Skip() => Skip(isAcrossLines);

    private void Comment()
    {
        var place = Place;
        var end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new HclException(place, "the comment has no end: '*/' is missing");
        }

        while (at < end)
        {
            if (text[at] == '\n')
            {
                NewLine();
            }
            else
            {
                at++;
            }
        }

        at = end + 2;
    }

    private void NewLine()
    {
        at++;
        line++;
        lineStart = at;
    }
}
