using System.Text;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>
/// The functions of Terraform whose values are worked out: pure ones that real sources use, and of those the cases in which the value is certain. Names and meaning: Terraform's language
/// documentation, 1.12.
/// </summary>
internal static class HclFunctions
{
    /// <summary>The value of a call.</summary>
    /// <param name="name">The function.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="spend">Counts what the call costs.</param>
    public static HclValue Call(string name, IReadOnlyList<HclValue> arguments, Action<long> spend)
    {
        if (name is "sensitive" or "nonsensitive")
        {
            return arguments is [var one] ? (name == "sensitive" ? one.Marked(true) : one.Unmarked()) : HclValue.Unknown;
        }

        var value = Value(name, arguments, spend);
        spend(value.Items.Length + value.Members.Count + (value.Text.Length / 16));
        // An item keeps its own mark, and a text that is made of it has it; how many there are, and under which keys, does not tell what they are.
        return value.Marked(
            arguments.Any(argument => argument.IsSensitive || (argument.HoldsMark && !value.HoldsMark && name is not ("length" or "keys")))
        );
    }

    private static HclValue Value(string name, IReadOnlyList<HclValue> arguments, Action<long> spend) =>
        (name, arguments) switch
        {
            ("toset", [{ Kind: HclKind.List } list]) => Set(list),
            ("tolist", [{ Kind: HclKind.List } list]) => AreAlike(list) ? HclValue.Of(list.Items) : HclValue.Unknown,
            ("tomap", [{ Kind: HclKind.Object } map]) => map,
            ("tostring", [var one]) => one.Kind == HclKind.Null ? one : Text(one.AsText()),
            ("tonumber", [var one]) => one.Kind == HclKind.Null ? one
            : one.AsNumber() is { } number ? HclValue.Of(number)
            : HclValue.Unknown,
            ("tobool", [var one]) => one.Kind == HclKind.Null ? one
            : one.AsTruth() is { } truth ? HclValue.Of(truth)
            : HclValue.Unknown,
            ("concat", _) when arguments.All(one => one.Kind == HclKind.List) => HclValue.Of(arguments.SelectMany(one => one.Items)),
            ("merge", _) when arguments.All(one => one.Kind is HclKind.Object or HclKind.Null) => HclValue.Of(
                arguments.SelectMany(one => one.Members)
            ),
            ("keys", [{ Kind: HclKind.Object } map]) => HclValue.Of(map.Members.Keys.Select(HclValue.Of)),
            ("values", [{ Kind: HclKind.Object } map]) => HclValue.Of(map.Members.Values),
            // What a letter beyond ASCII becomes depends on tables that differ.
            ("lower", [{ Kind: HclKind.Text } one]) when Ascii.IsValid(one.Text) => HclValue.Of(one.Text.ToLowerInvariant()),
            ("upper", [{ Kind: HclKind.Text } one]) when Ascii.IsValid(one.Text) => HclValue.Of(one.Text.ToUpperInvariant()),
            ("trimspace", [{ Kind: HclKind.Text } one]) => HclValue.Of(one.Text.Trim()),
            ("format", [{ Kind: HclKind.Text } pattern, ..]) => Format(pattern.Text, arguments),
            ("join", [{ Kind: HclKind.Text } between, ..]) => Join(between.Text, arguments),
            ("split", [{ Kind: HclKind.Text, Text.Length: > 0 } by, { Kind: HclKind.Text } one]) => HclValue.Of(
                one.Text.Split(by.Text).Select(HclValue.Of)
            ),
            ("replace", [{ Kind: HclKind.Text } one, { Kind: HclKind.Text, Text.Length: > 0 } old, { Kind: HclKind.Text } by])
                when !IsPattern(old.Text) => Replace(one.Text, old.Text, by.Text),
            ("jsonencode", [{ IsWhollyKnown: true } one]) => Json(one, spend),
            ("lookup", [{ Kind: HclKind.Object } map, { Kind: HclKind.Text } key]) => map.Members.GetValueOrDefault(
                key.Text,
                HclValue.Unknown
            ),
            ("lookup", [{ Kind: HclKind.Object } map, { Kind: HclKind.Text } key, var otherwise]) => map.Members.GetValueOrDefault(
                key.Text,
                otherwise
            ),
            ("length", [{ Kind: HclKind.List } list]) => HclValue.Of(list.Items.Length),
            ("length", [{ Kind: HclKind.Object } map]) => HclValue.Of(map.Members.Count),
            ("length", [{ Kind: HclKind.Text } one]) when Ascii.IsValid(one.Text) && !one.Text.Contains('\r', StringComparison.Ordinal) =>
                HclValue.Of(one.Text.Length),
            ("contains", [{ Kind: HclKind.List } list, var one]) => Contains(list, one),
            // Of what is not known it is not known whether it fails, either.
            ("try", [{ IsWhollyKnown: true } first, ..]) => first,
            ("coalesce", _) => Coalesce(arguments),
            ("one", [{ Kind: HclKind.List, Items: [] }]) => HclValue.Null,
            ("one", [{ Kind: HclKind.List, Items: [var only] }]) => only,
            ("compact", [{ Kind: HclKind.List } list]) when list.Items.All(item => item.Kind is HclKind.Text or HclKind.Null) =>
                HclValue.Of(list.Items.Where(item => item.Text.Length > 0)),
            ("flatten", [{ Kind: HclKind.List, IsWhollyKnown: true } list]) => Flat(list, spend),
            ("distinct", [{ Kind: HclKind.List } list]) when list.Items.All(item => item.Kind == HclKind.Text) => HclValue.Of(
                list.Items.DistinctBy(item => item.Text, StringComparer.Ordinal)
            ),
            _ => HclValue.Unknown,
        };

    /// <summary>A list as a set; not known when an item is not, or is no text.</summary>
    public static HclValue Set(HclValue list) =>
        list.Items.All(item => item.Kind == HclKind.Text)
            ? HclValue.Of(
                list.Items.GroupBy(item => item.Text, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => group.First().Marked(group.Any(item => item.IsSensitive))),
                isSet: true
            )
            : HclValue.Unknown;

    private static bool AreAlike(HclValue list) => list.Items.Select(item => item.Kind).Distinct().Take(2).Count() < 2;

    private static HclValue Text(string? text) => text is null ? HclValue.Unknown : HclValue.Of(text);

    private static bool IsPattern(string text) => text.Length > 1 && text[0] == '/' && text[^1] == '/';

    private static HclValue Replace(string text, string old, string by) =>
        (long)text.Length / old.Length * by.Length + text.Length > 16 * HclValue.MaxSize
            ? HclValue.Unknown
            : HclValue.Of(text.Replace(old, by, StringComparison.Ordinal));

    private static HclValue Contains(HclValue list, HclValue one)
    {
        var truths = list.Items.Select(item => HclValue.Same(item, one)).ToList();
        return truths.Contains(true) ? HclValue.Of(true)
            : truths.Contains(null) ? HclValue.Unknown
            : HclValue.Of(false);
    }

    private static HclValue Coalesce(IReadOnlyList<HclValue> arguments)
    {
        var first = arguments.FirstOrDefault(one => one is not ({ Kind: HclKind.Null } or { Kind: HclKind.Text, Text: "" }));
        return first is { IsWhollyKnown: true } ? first : HclValue.Unknown;
    }

    private static HclValue Flat(HclValue list, Action<long> spend)
    {
        // Lists can be nested deeper than a stack is.
        var flat = new List<HclValue>();
        var rest = new Stack<HclValue>([list]);
        while (rest.TryPop(out var next))
        {
            spend(1);
            if (next.Kind != HclKind.List)
            {
                flat.Add(next);
                continue;
            }

            foreach (var item in next.Items.Reverse())
            {
                rest.Push(item.Marked(next.IsSensitive));
            }
        }

        return HclValue.Of(flat);
    }

    private static HclValue Join(string between, IReadOnlyList<HclValue> arguments)
    {
        var texts = new List<string>();
        foreach (var list in arguments.Skip(1))
        {
            if (list.Kind != HclKind.List || list.Items.Any(item => item.AsText() is null))
            {
                return HclValue.Unknown;
            }

            texts.AddRange(list.Items.Select(item => item.AsText()!));
        }

        return texts.Sum(text => (long)text.Length + between.Length) > 16 * HclValue.MaxSize
            ? HclValue.Unknown
            : HclValue.Of(string.Join(between, texts));
    }

    private static HclValue Format(string pattern, IReadOnlyList<HclValue> arguments)
    {
        var text = new StringBuilder();
        var used = 1;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                text.Append(pattern[i]);
                continue;
            }

            i++;
            var verb = i < pattern.Length ? pattern[i] : '\0';
            if (verb == '%')
            {
                text.Append('%');
                continue;
            }

            var argument = used < arguments.Count ? arguments[used] : HclValue.Unknown;
            used++;
            var written = verb switch
            {
                's' or 'v' => argument.AsText(),
                'd' => argument.AsNumber() is { } number && number == decimal.Truncate(number) ? HclValue.Written(number) : null,
                _ => null,
            };
            if (written is null || text.Length + (long)written.Length > 16 * HclValue.MaxSize)
            {
                return HclValue.Unknown;
            }

            text.Append(written);
        }

        return used == arguments.Count ? HclValue.Of(text.ToString()) : HclValue.Unknown;
    }

    // As Terraform writes it: members in order, and what HTML could take for its own is escaped.
    private static HclValue Json(HclValue value, Action<long> spend)
    {
        spend(value.Size);
        var text = new StringBuilder();
        return Write(value, text, 0) ? HclValue.Of(text.ToString()) : HclValue.Unknown;
    }

    private static bool Write(HclValue value, StringBuilder text, int depth)
    {
        if (depth > 60)
        {
            return false;
        }

        switch (value.Kind)
        {
            case HclKind.Null:
                text.Append("null");
                return true;
            case HclKind.Bool or HclKind.Number:
                text.Append(value.AsText());
                return true;
            case HclKind.Text:
                return Quote(value.Text, text);
            case HclKind.List:
                text.Append('[');
                for (var i = 0; i < value.Items.Length; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    if (!Write(value.Items[i], text, depth + 1))
                    {
                        return false;
                    }
                }

                text.Append(']');
                return true;
            default:
                text.Append('{');
                var isFirst = true;
                foreach (var (name, member) in value.Members)
                {
                    text.Append(isFirst ? "" : ",");
                    isFirst = false;
                    if (!Quote(name, text) || !Write(member, text.Append(':'), depth + 1))
                    {
                        return false;
                    }
                }

                text.Append('}');
                return true;
        }
    }

    private static bool Quote(string one, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in one)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '<' or '>' or '&' or '\u2028' or '\u2029':
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                case < ' ':
                    return false;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
        return true;
    }
}
