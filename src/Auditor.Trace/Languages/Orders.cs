namespace Auditor.Trace.Languages;

/// <summary>The order of the comparison operators as languages: numbers compare as numbers when both sides are, else texts by their characters.</summary>
public static class Orders
{
    /// <summary>The texts that come after a text, or are equal to it where that is asked for; null when the text is a number that is no plain whole one.</summary>
    public static Language? Above(LanguageFactory factory, string text, bool orEqual)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(text);
        var after = After(factory, text, orEqual);
        if (!IsNumber(text))
        {
            return after;
        }

        if (!text.All(char.IsAsciiDigit) || (text.Length > 1 && text[0] == '0') || text.Length > 15)
        {
            return null;
        }

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

        // A greater whole part, or the same one and a fraction that is more than nothing.
        var greater = factory.Concat(Greater(factory, text), fraction);
        var more = factory.Concat(point, factory.Concat(factory.Concat(zeros, factory.Characters(Digits('1'))), digits));
        var whole = text == "0" ? zeros : factory.Concat(zeros, factory.Text(text));
        var nothing = factory.Or(factory.Epsilon, factory.Concat(point, zeros));
        var above = factory.Or(greater, factory.Concat(whole, orEqual ? factory.Or(more, nothing) : more));
        above = factory.Concat(factory.Or(factory.Text("+"), factory.Epsilon), factory.And(above, unsigned));
        if (orEqual && text == "0")
        {
            // Minus nothing is nothing.
            above = factory.Or(above, factory.Concat(factory.Text("-"), factory.And(factory.Concat(zeros, nothing), unsigned)));
        }

        return factory.Or(factory.And(number, above), factory.And(factory.Not(number), after));
    }

    /// <summary>Whether a text is a number to the comparison operators: digits, perhaps with a sign and a point.</summary>
    public static bool IsNumber(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = text.AsSpan();
        rest = rest is ['+' or '-', ..] ? rest[1..] : rest;
        return rest.ContainsAnyInRange('0', '9') && !rest.ContainsAnyExcept("0123456789.") && rest.Count('.') <= 1;
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

    private static CharSet Digits(char least) => CharSet.Between(least, '9');

    // By code units, as ordinal comparison goes: a longer text comes after its beginning.
    private static Language After(LanguageFactory factory, string text, bool orEqual)
    {
        var result = new List<Language> { factory.Concat(factory.Text(text), factory.Concat(factory.AnyCharacter, factory.Everything)) };
        if (orEqual)
        {
            result.Add(factory.Text(text));
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < char.MaxValue)
            {
                result.Add(
                    factory.Concat(
                        factory.Text(text[..i]),
                        factory.Concat(factory.Characters(CharSet.Between((char)(text[i] + 1), char.MaxValue)), factory.Everything)
                    )
                );
            }
        }

        return factory.Or(result);
    }
}
