using System.Text;

namespace Auditor.Collectors.Bundles;

/// <summary>
/// The syntax of Java property files (java.util.Properties): <c>=</c>, <c>:</c> or blank as separator, <c>#</c> and <c>!</c> comments, a backslash at the end of a
/// line continues it, <c>\uXXXX</c> and the usual escapes. A later key replaces an earlier one.
/// </summary>
internal static class PropertiesFile
{
    /// <summary>An entry with the line its key stands on.</summary>
    internal readonly record struct Entry(string Key, string Value, int Line, int Column);

    /// <summary>The entries in order of the file.</summary>
    public static List<Entry> Read(string text)
    {
        var entries = new List<Entry>();
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            var line = lines[i].TrimStart(' ', '\t', '\f');
            if (line.Length == 0 || line[0] is '#' or '!')
            {
                continue;
            }

            var indent = lines[i].Length - line.Length;
            if (EndsWithContinuation(line))
            {
                var logical = new StringBuilder(line);
                while (EndsWithContinuation(logical) && i + 1 < lines.Length)
                {
                    logical.Length--;
                    logical.Append(lines[++i].TrimStart(' ', '\t', '\f'));
                }

                line = logical.ToString();
            }

            var (key, value) = Split(line);
            entries.Add(new Entry(key, value, first + 1, indent + 1));
        }

        return entries;
    }

    private static bool EndsWithContinuation(string line)
    {
        var count = 0;
        for (var i = line.Length - 1; i >= 0 && line[i] == '\\'; i--)
        {
            count++;
        }

        return count % 2 == 1;
    }

    private static bool EndsWithContinuation(StringBuilder line)
    {
        var count = 0;
        for (var i = line.Length - 1; i >= 0 && line[i] == '\\'; i--)
        {
            count++;
        }

        return count % 2 == 1;
    }

    private static (string Key, string Value) Split(string line)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
        {
            end += line[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, line.Length);
        var value = end;
        while (value < line.Length && line[value] is ' ' or '\t' or '\f')
        {
            value++;
        }

        if (value < line.Length && line[value] is '=' or ':')
        {
            value++;
            while (value < line.Length && line[value] is ' ' or '\t' or '\f')
            {
                value++;
            }
        }

        return (Unescape(line[..end]), Unescape(line[value..]));
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            switch (text[i])
            {
                case 'u'
                    when i + 4 < text.Length
                        && int.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                    result.Append((char)code);
                    i += 4;
                    break;
                case 't':
                    result.Append('\t');
                    break;
                case 'n':
                    result.Append('\n');
                    break;
                case 'r':
                    result.Append('\r');
                    break;
                case 'f':
                    result.Append('\f');
                    break;
                default:
                    result.Append(text[i]);
                    break;
            }
        }

        return result.ToString();
    }
}
