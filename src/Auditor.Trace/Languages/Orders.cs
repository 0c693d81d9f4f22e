using System.Buffers;

namespace Auditor.Trace.Languages;

/// <summary>The order of the comparison operators as languages: numbers compare as numbers when both sides are, else texts by their characters.</summary>
public static class Orders
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>The texts that come after a text, or are equal to it where that is asked for; null when the text is a number with a sign, or one that people do not write.</summary>
    public static Language? Above(LanguageFactory factory, string text, bool orEqual)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(text);
        if (!IsNumber(text))
        {
            return After(factory, text, orEqual);
        }

        if (!char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] == '0' && text[1] != '.') || text.Length > 15)
        {
            return null;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var (whole, part) = dot < 0 ? (text, "") : (text[..dot], text[(dot + 1)..].TrimEnd('0'));

        var digit = factory.Characters(Digits('0'));
        var digits = factory.Star(digit);
        var point = factory.Text(".");
        var zeros = factory.Star(factory.Text("0"));
        var fraction = factory.Or(factory.Epsilon, factory.Concat(point, digits));
        var sign = factory.Or(factory.Text("+"), factory.Text("-"));
        var unsigned = factory.Or(
            factory.Concat(factory.Concat(digit, digits), fraction),
            factory.Concat(point, factory.Concat(digit, digits))
        );
        var number = factory.Concat(factory.Or(sign, factory.Epsilon), unsigned);

        // A greater whole part, or the same one and a greater fraction.
        var greater = factory.Concat(Greater(factory, whole), fraction);
        var same = whole == "0" ? zeros : factory.Concat(zeros, factory.Text(whole));
        var more = factory.Concat(point, GreaterFraction(factory, part));
        var equal = factory.Concat(point, factory.Concat(factory.Text(part), zeros));
        equal = part.Length == 0 ? factory.Or(factory.Epsilon, equal) : equal;
        var above = factory.Or(greater, factory.Concat(same, orEqual ? factory.Or(more, equal) : more));
        above = factory.Concat(factory.Or(factory.Text("+"), factory.Epsilon), factory.And(above, unsigned));
        if (orEqual && whole == "0" && part.Length == 0)
        {
            // Minus nothing is nothing.
            above = factory.Or(above, factory.Concat(factory.Text("-"), factory.And(factory.Concat(zeros, equal), unsigned)));
        }

        return factory.Or(factory.And(number, above), factory.And(factory.Not(number), After(factory, text, orEqual)));
    }

    /// <summary>Whether a text is a number to the comparison operators: digits, perhaps with a sign and a point.</summary>
    public static bool IsNumber(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = text.AsSpan();
        rest = rest is ['+' or '-', ..] ? rest[1..] : rest;
        return rest.ContainsAnyInRange('0', '9') && !rest.ContainsAnyExcept(NumberCharacters) && rest.Count('.') <= 1;
    }

    // Whole numbers that are greater: more digits, or as many and a greater one at the first difference.
    private static Language Greater(LanguageFactory factory, string number)
    {
        var digit = factory.Characters(Digits('0'));
        var digits = factory.Star(digit);
        var significant = number == "0" ? "" : number;
        var longer = factory.Concat(
            factory.Characters(Digits('1')),
            factory.Concat(factory.Repeat(digit, significant.Length, significant.Length), digits)
        );
        var result = new List<Language> { longer };
        for (var i = 0; i < significant.Length; i++)
        {
            if (significant[i] < '9')
            {
                var rest = significant.Length - i - 1;
                result.Add(
                    factory.Concat(
                        factory.Text(significant[..i]),
                        factory.Concat(factory.Characters(Digits((char)(significant[i] + 1))), factory.Repeat(digit, rest, rest))
                    )
                );
            }
        }

        return factory.Concat(factory.Star(factory.Text("0")), factory.Or(result));
    }

    // Digits behind the point that are greater: a greater one at the first difference, or the same and then more than nothing.
    private static Language GreaterFraction(LanguageFactory factory, string part)
    {
        var digits = factory.Star(factory.Characters(Digits('0')));
        var more = factory.Concat(factory.Star(factory.Text("0")), factory.Concat(factory.Characters(Digits('1')), digits));
        var result = new List<Language> { factory.Concat(factory.Text(part), more) };
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] < '9')
            {
                result.Add(
                    factory.Concat(factory.Text(part[..i]), factory.Concat(factory.Characters(Digits((char)(part[i] + 1))), digits))
                );
            }
        }

        return factory.Or(result);
    }

    private static CharSet Digits(char least) => CharSet.Between(least, '9');

    // By code units, as ordinal comparison goes: a longer text comes after its beginning. From the end, so that what comes after each rest is made once.
    private static Language After(LanguageFactory factory, string text, bool orEqual)
    {
        var result = orEqual ? factory.Everything : factory.Concat(factory.AnyCharacter, factory.Everything);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            var same = factory.Concat(factory.Letter(text[i]), result);
            result =
                text[i] == char.MaxValue
                    ? same
                    : factory.Or(
                        same,
                        factory.Concat(factory.Characters(CharSet.Between((char)(text[i] + 1), char.MaxValue)), factory.Everything)
                    );
        }

        return result;
    }
}
