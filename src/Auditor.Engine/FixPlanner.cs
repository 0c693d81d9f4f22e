using System.Text;
using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>Works out where proposed edits fall, and shows them as a diff. Nothing is written.</summary>
public sealed class FixPlanner(Excerpts excerpts)
{
    private const int Context = 2;

    /// <summary>The edits per file. An edit whose place is not in the text is left out, and with it the whole fix: half a repair is none.</summary>
    public ImmutableArray<FileFix> Plan(ImmutableArray<Edit> edits)
    {
        var fixes = ImmutableArray.CreateBuilder<FileFix>();
        foreach (var file in edits.GroupBy(edit => edit.Location.Artifact, StringComparer.Ordinal))
        {
            if (file.FirstOrDefault(edit => edit.Kind == EditKind.CreateFile) is { Value: { } created })
            {
                if (excerpts.Find(file.Key) is not null)
                {
                    return [];
                }

                fixes.Add(new FileFix(file.Key, [new Replacement(1, 1, 1, 1, created)], DiffOfNew(file.Key, created)));
                continue;
            }

            if (excerpts.Find(file.Key) is not { } text)
            {
                return [];
            }

            var changes = new List<(int Start, int End, string Text)>();
            foreach (var edit in file)
            {
                if (Change(text, edit) is not { } change)
                {
                    return [];
                }

                changes.Add(change);
            }

            changes.Sort((left, right) => left.Start.CompareTo(right.Start));
            for (var i = 1; i < changes.Count; i++)
            {
                if (changes[i].Start < changes[i - 1].End)
                {
                    return [];
                }
            }

            fixes.Add(
                new FileFix(
                    file.Key,
                    [
                        .. changes.Select(change =>
                        {
                            var (line, column) = text.PositionOf(change.Start);
                            var (endLine, endColumn) = text.PositionOf(change.End);
                            return new Replacement(line, column, endLine, endColumn, change.Text);
                        }),
                    ],
                    Diff(file.Key, text, changes)
                )
            );
        }

        return fixes.ToImmutable();
    }

    private static (int Start, int End, string Text)? Change(ArtifactText text, Edit edit)
    {
        if (edit.Kind is EditKind.SetJsonValue)
        {
            var (from, to) = edit.Location.Pointer is { } pointer ? JsonRegions.Find(text, pointer) : (-1, -1);
            return from < 0 ? null : (from, to, edit.Value!);
        }

        var start = text.OffsetOf(edit.Location.Line, Math.Max(edit.Location.Column, 1));
        if (start < 0)
        {
            return null;
        }

        if (edit.Kind == EditKind.SetProperty)
        {
            return Property(text, start, edit.Value!);
        }

        if (start >= text.Text.Length || text.Text[start] != '<')
        {
            return null;
        }

        var tag = XmlRegions.EndOfTag(text.Text, start);
        switch (edit.Kind)
        {
            case EditKind.SetElementText:
                var whole = XmlRegions.EndOfElement(text.Text, start);
                var name = XmlRegions.NameAt(text.Text, start);
                return XmlRegions.IsEmpty(text.Text, tag)
                    ? (tag - 2, tag, $">{Escape(edit.Value!)}</{name}>")
                    : (tag, text.Text.LastIndexOf("</", whole - 1, StringComparison.Ordinal), Escape(edit.Value!));
            case EditKind.SetAttribute:
                var attribute = $"{edit.Name}=\"{Escape(edit.Value!)}\"";
                if (XmlRegions.Attribute(text.Text, start, edit.Name!) is { } existing)
                {
                    return (existing.Start, existing.End, attribute);
                }

                var insert = XmlRegions.IsEmpty(text.Text, tag) ? tag - 2 : tag - 1;
                return (insert, insert, (char.IsWhiteSpace(text.Text[insert - 1]) ? "" : " ") + attribute);
            case EditKind.RemoveAttribute:
                return XmlRegions.Attribute(text.Text, start, edit.Name!) is { } found ? (found.Start - 1, found.End, "") : null;
            case EditKind.AppendChild:
                if (XmlRegions.IsEmpty(text.Text, tag))
                {
                    return (tag - 2, tag, $">{edit.Value}</{XmlRegions.NameAt(text.Text, start)}>");
                }

                var close = text.Text.LastIndexOf("</", XmlRegions.EndOfElement(text.Text, start) - 1, StringComparison.Ordinal);
                var indent = IndentBefore(text.Text, close);
                var lineStart = close - indent.Length;
                return lineStart > 0 && text.Text[lineStart - 1] == '\n'
                    ? (lineStart, lineStart, $"{indent}{OneLevel(text.Text, start, indent)}{edit.Value}\n")
                    : (close, close, edit.Value!);
            case EditKind.RenameElement:
                var old = XmlRegions.NameAt(text.Text, start);
                var last = XmlRegions.IsEmpty(text.Text, tag)
                    ? start + 1 + old.Length
                    : text.Text.LastIndexOf("</", XmlRegions.EndOfElement(text.Text, start) - 1, StringComparison.Ordinal) + 2 + old.Length;
                var inside = text.Text[(start + 1 + old.Length)..last];
                return (start + 1, last, edit.Value + (inside.Length > 0 ? inside[..^old.Length] + edit.Value : ""));
            case EditKind.InsertBefore:
                var margin = IndentBefore(text.Text, start);
                return (start, start, Indented(edit.Value!, margin) + "\n" + margin);
            case EditKind.InsertAfter:
                var after = XmlRegions.EndOfElement(text.Text, start);
                return (after, after, "\n" + IndentBefore(text.Text, start) + Indented(edit.Value!, IndentBefore(text.Text, start)));
            case EditKind.ReplaceElement:
                return (start, XmlRegions.EndOfElement(text.Text, start), Indented(edit.Value!, IndentBefore(text.Text, start)));
            case EditKind.RemoveElement:
                var end = XmlRegions.EndOfElement(text.Text, start);
                var before = IndentBefore(text.Text, start);
                return end < text.Text.Length && text.Text[end] == '\n' ? (start - before.Length, end + 1, "") : (start, end, "");
            default:
                return null;
        }
    }

    private static (int Start, int End, string Text)? Property(ArtifactText text, int start, string value)
    {
        var end = text.Text.IndexOf('\n', start);
        end = end < 0 ? text.Text.Length : end;
        var separator = text.Text.IndexOfAny(['=', ':', ' '], start);
        if (separator < 0 || separator >= end)
        {
            return null;
        }

        var from = separator + 1;
        while (from < end && text.Text[from] is '=' or ':' or ' ')
        {
            from++;
        }

        var to = end > from && text.Text[end - 1] == '\r' ? end - 1 : end;
        return (from, to, value);
    }

    private static string Indented(string xml, string margin) => xml.Replace("\n", "\n" + margin, StringComparison.Ordinal);

    private static string IndentBefore(string text, int at)
    {
        var start = at;
        while (start > 0 && text[start - 1] is ' ' or '\t')
        {
            start--;
        }

        return text[start..at];
    }

    private static string OneLevel(string text, int parent, string parentIndent)
    {
        var child = text.IndexOf('<', XmlRegions.EndOfTag(text, parent));
        var indent = child < 0 ? "" : IndentBefore(text, child);
        return indent.Length > parentIndent.Length && indent.StartsWith(parentIndent, StringComparison.Ordinal)
            ? indent[parentIndent.Length..]
            : "    ";
    }

    private static string Escape(string value) =>
        value
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal);

    private static string DiffOfNew(string artifact, string created)
    {
        var lines = created.TrimEnd('\n').Split('\n');
        var diff = new StringBuilder();
        diff.Append(CultureInfo.InvariantCulture, $"--- /dev/null\n+++ b/{artifact}\n@@ -0,0 +1,{lines.Length} @@\n");
        foreach (var line in lines)
        {
            Append(diff, '+', line);
        }

        return diff.ToString();
    }

    private static string Diff(string artifact, ArtifactText text, List<(int Start, int End, string Text)> changes)
    {
        var after = new StringBuilder(text.Text);
        foreach (var (start, end, replacement) in Enumerable.Reverse(changes))
        {
            after.Remove(start, end - start).Insert(start, replacement);
        }

        var (oldLines, newLines) = (text.Text.Split('\n'), after.ToString().Split('\n'));
        var first = 0;
        while (first < oldLines.Length && first < newLines.Length && oldLines[first] == newLines[first])
        {
            first++;
        }

        var (oldLast, newLast) = (oldLines.Length - 1, newLines.Length - 1);
        while (oldLast >= first && newLast >= first && oldLines[oldLast] == newLines[newLast])
        {
            oldLast--;
            newLast--;
        }

        var from = Math.Max(0, first - Context);
        var diff = new StringBuilder();
        diff.Append(CultureInfo.InvariantCulture, $"--- a/{artifact}\n+++ b/{artifact}\n");
        var trailing = Math.Min(Context, oldLines.Length - 1 - oldLast);
        diff.Append(
            CultureInfo.InvariantCulture,
            $"@@ -{from + 1},{oldLast - from + 1 + trailing} +{from + 1},{newLast - from + 1 + trailing} @@\n"
        );
        for (var i = from; i < first; i++)
        {
            Append(diff, ' ', oldLines[i]);
        }

        for (var i = first; i <= oldLast; i++)
        {
            Append(diff, '-', oldLines[i]);
        }

        for (var i = first; i <= newLast; i++)
        {
            Append(diff, '+', newLines[i]);
        }

        for (var i = 1; i <= trailing; i++)
        {
            Append(diff, ' ', oldLines[oldLast + i]);
        }

        return diff.ToString();
    }

    private static void Append(StringBuilder diff, char mark, string line) => diff.Append(mark).Append(line.TrimEnd('\r')).Append('\n');
}
