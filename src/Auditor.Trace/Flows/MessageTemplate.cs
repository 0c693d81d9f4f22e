namespace Auditor.Trace.Flows;

/// <summary>
/// Message templates (reference of 2026-04-10): <c>{variable}</c>, <c>{variable:default}</c>, <c>{function(arguments)}</c> without blanks or nesting. Anything else in
/// braces is text, which is why JSON payloads survive.
/// </summary>
public static class MessageTemplate
{
    // Functions of one argument whose result depends on it alone.
    private static readonly string[] Functions =
    [
        "toLowerCase",
        "toUpperCase",
        "escapeJSON",
        "escapeXML",
        "encodeHTML",
        "sha256Hex",
        "sha256Base64",
        "sha1Hex",
        "sha1Base64",
        "sha384Hex",
        "sha384Base64",
        "sha512Hex",
        "sha512Base64",
        "md5Hex",
        "md5Base64",
        "encodeBase64",
        "decodeBase64",
        "xeger",
        "createUuid",
        "randomLong",
        "timeFormat",
        "timeFormatMs",
        "timeFormatUTC",
        "timeFormatUTCMs",
        "replaceAll",
        "replaceFirst",
        "substring",
        "firstnonnull",
        "firstNonNull",
        "jsonPath",
        "xPath",
    ];

    private static readonly string[] Hashes =
    [
        "sha256Hex",
        "sha256Base64",
        "sha384Hex",
        "sha384Base64",
        "sha512Hex",
        "sha512Base64",
        "sha1Hex",
        "sha1Base64",
        "md5Hex",
        "md5Base64",
    ];

    /// <summary>A piece of a template: text, a variable with its default, or a function with its arguments.</summary>
    /// <param name="Text">The text; empty for the other kinds.</param>
    /// <param name="Variable">The variable; null for the other kinds.</param>
    /// <param name="Default">The text for an unresolved variable.</param>
    /// <param name="Function">The function; null for the other kinds.</param>
    /// <param name="Arguments">The variables among the function's arguments.</param>
    public sealed record Piece(string Text, string? Variable, string Default, string? Function, ImmutableArray<string> Arguments);

    /// <summary>The pieces in order.</summary>
    public static ImmutableArray<Piece> Parse(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        var text = 0;
        for (var open = template.IndexOf('{', StringComparison.Ordinal); open >= 0; open = template.IndexOf('{', open + 1))
        {
            var close = template.IndexOf('}', open);
            if (close < 0)
            {
                break;
            }

            if (Read(template[(open + 1)..close]) is { } piece)
            {
                if (open > text)
                {
                    pieces.Add(new Piece(template[text..open], null, "", null, []));
                }

                pieces.Add(piece);
                text = close + 1;
                open = close;
            }
        }

        if (text < template.Length)
        {
            pieces.Add(new Piece(template[text..], null, "", null, []));
        }

        return pieces.DrainToImmutable();
    }

    /// <summary>The variables a template reads, those inside functions included.</summary>
    public static IEnumerable<string> Variables(string template) =>
        Parse(template).SelectMany(piece => piece.Variable is { } variable ? [variable] : piece.Arguments.AsEnumerable());

    /// <summary>The variables whose value a template lets through: not those that only a digest is made of.</summary>
    public static IEnumerable<string> VariablesInClear(string template) =>
        Parse(template)
            .SelectMany(piece =>
                piece.Variable is { } variable ? [variable]
                : piece.Function is { } function && Hashes.Contains(function, StringComparer.Ordinal) ? []
                : piece.Arguments.AsEnumerable()
            );

    /// <summary>The result of a function of one argument, or null when it is not computed here.</summary>
    public static string? Apply(string function, string argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        return function switch
        {
            "toLowerCase" => argument.ToLowerInvariant(),
            "toUpperCase" => argument.ToUpperInvariant(),
            _ => null,
        };
    }

    private static Piece? Read(string inside)
    {
        var parenthesis = inside.IndexOf('(', StringComparison.Ordinal);
        if (parenthesis > 0 && inside.EndsWith(')') && Functions.Contains(inside[..parenthesis], StringComparer.Ordinal))
        {
            var arguments = inside[(parenthesis + 1)..^1]
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(argument => argument[0] != '\'' && !char.IsAsciiDigit(argument[0]))
                .ToImmutableArray();
            return new Piece("", null, "", inside[..parenthesis], arguments);
        }

        var colon = inside.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? inside : inside[..colon];
        return IsName(name) ? new Piece("", name, colon < 0 ? "" : inside[(colon + 1)..], null, []) : null;
    }

    private static bool IsName(string name)
    {
        if (name.Length == 0 || !(char.IsAsciiLetter(name[0]) || name[0] == '_'))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '$' or '@' or '#'))
            {
                return false;
            }
        }

        return true;
    }
}
