using System.Text;
using System.Text.RegularExpressions;
using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>
/// The page of a rule, as a test. Every section with fenced files is an example: its files are laid over the test estate <c>acme</c>, and what the rules then say must
/// be what the marks at the lines say.
/// </summary>
public sealed partial class RulePage
{
    /// <summary>The headings of every page, in this order.</summary>
    public static readonly string[] Headings =
    [
        "How it is detected",
        "Noncompliant",
        "Compliant",
        "What it cannot see",
        "How to fix",
        "References",
    ];

    private RulePage(string title, string head, string intro, IReadOnlyList<string> headings, IReadOnlyList<Example> examples)
    {
        Title = title;
        Head = head;
        Intro = intro;
        Sections = headings;
        Examples = examples;
    }

    public string Title { get; }

    public string Head { get; }

    public string Intro { get; }

    public IReadOnlyList<string> Sections { get; }

    public IReadOnlyList<Example> Examples { get; }

    /// <summary>Reads a page.</summary>
    public static RulePage Parse(string text)
    {
        var lines = text.Split('\n');
        var title = lines.Length > 0 && lines[0].StartsWith("# ", StringComparison.Ordinal) ? lines[0][2..] : "";
        var head = lines.Length > 2 ? lines[2] : "";
        var intro = string.Join(' ', lines.Skip(3).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))).Trim();
        var headings = new List<string>();
        var examples = new List<Example>();
        string section = "",
            name = "";
        List<ExampleFile> files = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith("## ", StringComparison.Ordinal) || line.StartsWith("### ", StringComparison.Ordinal))
            {
                Close();
                if (line[2] == ' ')
                {
                    section = line[3..];
                    headings.Add(section);
                    name = "";
                }
                else
                {
                    name = line[4..];
                }
            }
            else if (Fence().Match(line) is { Success: true } fence)
            {
                var body = new List<string>();
                for (i++; i < lines.Length && lines[i] != fence.Groups["ticks"].Value; i++)
                {
                    body.Add(lines[i]);
                }

                var words = fence.Groups["info"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 2)
                {
                    files.Add(ExampleFile.Parse(words[1], words.Length > 2 && words[2] == "removed", body));
                }
            }
        }

        Close();
        return new RulePage(title, head, intro, headings, examples);

        void Close()
        {
            if (files.Count > 0)
            {
                examples.Add(new Example(section, name, files));
                files = [];
            }
        }
    }

    [GeneratedRegex("^(?<ticks>```+)(?<info>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Fence();
}

/// <summary>An example of a page.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">Its own heading; empty when it is the only one.</param>
/// <param name="Files">What it lays over the test estate.</param>
public sealed record Example(string Section, string Name, IReadOnlyList<ExampleFile> Files)
{
    public bool IsCompliant => Section == "Compliant";

    public override string ToString() => Name.Length > 0 ? $"{Section}: {Name}" : Section;

    /// <summary>The test estate with the example laid over it.</summary>
    public Estate Over(Estate estate)
    {
        var result = estate.Copy();
        foreach (var file in Files)
        {
            _ = file.Removed ? result.Without(file.Path) : result.With(file.Path, file.Text);
        }

        return result;
    }
}

/// <summary>A file of an example.</summary>
/// <param name="Shown">The path on the page.</param>
/// <param name="Path">The path in the estate.</param>
/// <param name="Removed">Whether the example takes the file, or the folder, away.</param>
/// <param name="Text">The text without the marks.</param>
/// <param name="Marks">The marks.</param>
public sealed partial record ExampleFile(string Shown, string Path, bool Removed, string Text, IReadOnlyList<Mark> Marks)
{
    public static ExampleFile Parse(string shown, bool removed, IReadOnlyList<string> lines)
    {
        var marks = new List<Mark>();
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            for (var mark = MarkPattern().Match(line); mark.Success; mark = MarkPattern().Match(line))
            {
                marks.Add(
                    new Mark(
                        i + 1,
                        mark.Groups["word"].Value,
                        mark.Groups["rule"].Success ? mark.Groups["rule"].Value : null,
                        mark.Groups["text"].Value
                    )
                );
                line = line.Remove(mark.Index, mark.Length);
            }

            text.Append(line).Append('\n');
        }

        return new ExampleFile(shown, PathOf(shown), removed, text.ToString(), marks);
    }

    // The paths on a page are as short as a reader needs: the estate has one org, one organization, one proxy.
    private static string PathOf(string shown) =>
        shown.StartsWith("apiproxy/", StringComparison.Ordinal) ? "apigee/acme/apis/orders-v1/revisions/1/" + shown
        : shown.StartsWith("okta/", StringComparison.Ordinal) ? "okta/acme.okta.com/" + shown["okta/".Length..]
        : shown.StartsWith("apigee/", StringComparison.Ordinal) ? "apigee/acme/" + shown["apigee/".Length..]
        : shown;

    // <!-- error: text -->, // error: text and # error: text at the end of a line, with the id of another rule where it is not the page's own.
    [GeneratedRegex(
        @"\s*(?:(?<xml><!--)|//|\#)\s(?<word>error|warning|note|open|not\ assessed)(?:\s(?<rule>[A-Z]{3}-\d{3}))?:\s(?<text>.*?)(?(xml)\s*-->|\s*$)",
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex MarkPattern();
}

/// <summary>What a line of an example must be told.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Word">A level, or <c>open</c>, or <c>not assessed</c>.</param>
/// <param name="Rule">The id of the rule; null for the page's own.</param>
/// <param name="Text">A part of the message.</param>
public sealed record Mark(int Line, string Word, string? Rule, string Text);
