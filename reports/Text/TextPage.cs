using System.Text;

namespace Auditor.Reports.Text;

/// <summary>The styles of a text report.</summary>
internal enum TextStyle
{
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Magenta,
    Cyan,
}

/// <summary>Lines of text with styles; whatever is put in goes through <see cref="Neutral"/> unless it is a style's own code.</summary>
internal sealed class TextPage
{
    private readonly bool color;
    private readonly int width;
    private readonly StringBuilder text;

    public TextPage(bool color, int width)
        : this(color, width, new StringBuilder()) { }

    private TextPage(bool color, int width, StringBuilder text)
    {
        this.color = color;
        this.width = width;
        this.text = text;
    }

    /// <summary>The same page, with its further lines wrapped at no more than a width.</summary>
    public TextPage Narrow(int most) => new(color, Math.Min(width, most), text);

    /// <summary>A styled piece. The text is neutralised first.</summary>
    public string Style(string piece, TextStyle style)
    {
        var plain = Neutral.Line(piece);
        if (!color)
        {
            return plain;
        }

        var code = style switch
        {
            TextStyle.Bold => "1",
            TextStyle.Dim => "2",
            TextStyle.Red => "1;31",
            TextStyle.Green => "32",
            TextStyle.Yellow => "33",
            TextStyle.Magenta => "35",
            _ => "36",
        };
        return $"\u001b[{code}m{plain}\u001b[0m";
    }

    /// <summary>A line of pieces that are already neutral, with blanks between.</summary>
    public void Line(params ReadOnlySpan<string> pieces)
    {
        var first = true;
        foreach (var piece in pieces)
        {
            if (piece.Length == 0)
            {
                continue;
            }

            if (!first)
            {
                text.Append(' ');
            }

            text.Append(piece);
            first = false;
        }

        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        text.Append('\n');
    }

    /// <summary>A text wrapped at the width, behind a prefix; further lines are indented.</summary>
    public void Wrap(string prefix, string content, int indent = 2)
    {
        var words = Neutral.Line(content).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var line = new StringBuilder();
        var room = Math.Max(20, width - indent);
        var first = true;
        foreach (var piece in words)
        {
            // A runner takes a line that begins like this for a command, and wrapping decides where lines begin.
            var word = piece.StartsWith("::", StringComparison.Ordinal) ? "·" + piece : piece;
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                Flush(line, first ? prefix : new string(' ', indent));
                first = false;
            }

            if (line.Length > 0)
            {
                line.Append(' ');
            }

            line.Append(word);
        }

        if (line.Length > 0 || first)
        {
            Flush(line, first ? prefix : new string(' ', indent));
        }
    }

    public override string ToString() => text.ToString();

    private void Flush(StringBuilder line, string prefix)
    {
        text.Append(prefix).Append(line).Append('\n');
        line.Clear();
    }
}
