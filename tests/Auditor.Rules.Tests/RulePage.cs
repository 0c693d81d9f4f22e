using System.Text.RegularExpressions;
using Auditor.Testing;
using Auditor.Trace;

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

    /// <summary>The page of a rule, as it is in the checkout: a page can be edited and tried without building.</summary>
    public static RulePage Of(IRule rule) => Parse(File.ReadAllText(PathOf(rule)));

    /// <summary>The page in the checkout.</summary>
    public static string PathOf(IRule rule)
    {
        var family = rule.Info.Family;
        return Path.Combine(Repository.Rules, family[..1] + family[1..].ToLowerInvariant(), rule.GetType().Name + ".md");
    }

    /// <summary>
    /// The cases that would bore a reader of the page: <c>Pages/&lt;class&gt;.md</c>, with the same examples and marks, under the same headings; null when there are none.
    /// </summary>
    public static RulePage? LongTailOf(IRule rule)
    {
        var path = Path.Combine(LongTails, rule.GetType().Name + ".md");
        return File.Exists(path) ? Parse(File.ReadAllText(path)) : null;
    }

    /// <summary>The folder of the further cases.</summary>
    public static string LongTails => Path.Combine(Repository.Root, "tests", "Auditor.Rules.Tests", "Pages");

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
        List<Mark> elsewhere = [];
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
                switch (words)
                {
                    case [_, "elsewhere"]:
                        elsewhere.AddRange(body.Select(Mark.ParseElsewhere));
                        break;
                    case [_, var path, .. var rest]:
                        files.Add(ExampleFile.Parse(path, rest is ["removed"], body));
                        break;
                    default:
                        break;
                }
            }
        }

        Close();
        return new RulePage(title, head, intro, headings, examples);

        void Close()
        {
            if (files.Count > 0)
            {
                examples.Add(new Example(section, name, files, [.. files.SelectMany(file => file.Marks), .. elsewhere]));
                files = [];
            }

            elsewhere = [];
        }
    }

    [GeneratedRegex("^(?<ticks>```+)(?<info>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Fence();
}
