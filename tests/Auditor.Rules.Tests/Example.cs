using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Cli.Configuration;
using Auditor.Engine;
using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>An example of a page.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">Its own heading; empty when it is the only one.</param>
/// <param name="Files">What it lays over the test estate.</param>
/// <param name="Marks">What the rules must say about it.</param>
public sealed record Example(string Section, string Name, IReadOnlyList<ExampleFile> Files, IReadOnlyList<Mark> Marks)
{
    private const string Configuration = "auditor.yaml";

    private static readonly string[] Declarations = [Configuration, "exceptions.yaml"];

    public bool IsCompliant => Section == "Compliant";

    public override string ToString() => Name.Length > 0 ? $"{Section}: {Name}" : Section;

    /// <summary>The test estate with the example laid over it.</summary>
    public Estate Over(Estate estate)
    {
        var result = estate.Copy();
        foreach (var file in Files.Where(file => !Declarations.Contains(file.Path, StringComparer.Ordinal)))
        {
            _ = file.Removed ? result.Without(file.Path) : result.With(file.Path, file.Text);

            // A part that was refused has no answer.
            var answer = file.Path.Replace(".error.json", ".json", StringComparison.Ordinal);
            if (answer != file.Path && result.Has(answer))
            {
                result.Without(answer);
            }
        }

        return result;
    }

    /// <summary>What the example's <c>auditor.yaml</c> declares, if it has one.</summary>
    public AuditOptions Options()
    {
        if (!Files.Any(file => file.Path == Configuration))
        {
            return new AuditOptions();
        }

        using var folder = new TemporaryFolder();
        foreach (var file in Files.Where(file => Declarations.Contains(file.Path, StringComparer.Ordinal)))
        {
            folder.Write(file.Path, file.Text);
        }

        var path = Path.Combine(folder.Path, Configuration);
        var read = AuditorConfiguration.Read(path, null, folder.Path, [.. RuleCatalog.All.Select(rule => rule.Info)]);
        return new AuditOptions
        {
            Settings = read.Settings,
            Exceptions = read.Accepted.Findings,
            AcceptedChanges = read.Accepted.Changes,
            Levels = read.Levels,
        };
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
        var path = PathOf(shown);
        var marks = new List<Mark>();
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            for (var mark = MarkPattern().Match(line); mark.Success; mark = MarkPattern().Match(line))
            {
                marks.Add(Mark.Parse(path, i + 1, mark));
                line = line.Remove(mark.Index, mark.Length);
            }

            text.Append(line).Append('\n');
        }

        return new ExampleFile(shown, path, removed, text.ToString(), marks);
    }

    /// <summary>The paths on a page are as short as a reader needs: the estate has one org, one organization, one proxy.</summary>
    public static string PathOf(string shown) => Swap(shown, page: 0);

    /// <summary>A path of the estate as pages show it.</summary>
    public static string ShownAs(string path) => Swap(path, page: 1);

    private static string Swap(string path, int page)
    {
        (string Page, string Estate)[] prefixes =
        [
            ("apiproxy/", "apigee/acme/apis/orders-v1/revisions/1/apiproxy/"),
            ("okta/", "okta/acme.okta.com/"),
            ("apigee/", "apigee/acme/"),
        ];
        foreach (var prefix in prefixes)
        {
            var (from, to) = page == 0 ? (prefix.Page, prefix.Estate) : (prefix.Estate, prefix.Page);
            if (path.StartsWith(from, StringComparison.Ordinal))
            {
                return to + path[from.Length..];
            }
        }

        return path;
    }

    /// <summary>A mark as it is written at the end of a line of this file.</summary>
    public string Comment(string mark) =>
        System.IO.Path.GetExtension(Path) switch
        {
            ".xml" => $"<!-- {mark} -->",
            ".json" or ".js" => $"// {mark}",
            _ => $"# {mark}",
        };

    // <!-- error: text -->, // error: text and # error: text at the end of a line, with the id of another rule where it is not the page's own. Several may follow each
    // other.
    [GeneratedRegex(
        @"\s*(?:(?<xml><!--)|//|\#)\s(?<word>error|warning|note|open|not\ assessed)(?:\s(?<rule>[A-Z]{3}-\d{3}))?:\s(?<text>.*?)(?(xml)\s*-->|(?=\s(?://|\#)\s(?:error|warning|note|open|not\ assessed)\b|\s*$))",
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex MarkPattern();
}

/// <summary>What an example must be told at a place.</summary>
/// <param name="Path">The file, as in the estate.</param>
/// <param name="Line">The line, from 1; 0 when the place has none.</param>
/// <param name="Word">A level, or <c>open</c>, or <c>not assessed</c>.</param>
/// <param name="Rule">The id of the rule; null for the page's own.</param>
/// <param name="Text">A part of the message.</param>
public sealed partial record Mark(string Path, int Line, string Word, string? Rule, string Text)
{
    /// <summary>A mark at a line of a file.</summary>
    public static Mark Parse(string path, int line, Match match)
    {
        ArgumentNullException.ThrowIfNull(match);
        return new Mark(
            path,
            line,
            match.Groups["word"].Value,
            match.Groups["rule"].Success ? match.Groups["rule"].Value : null,
            match.Groups["text"].Value
        );
    }

    /// <summary>A line about a place that the example does not show: <c>okta/api/v1/org.json:3 open: why</c>.</summary>
    public static Mark ParseElsewhere(string line)
    {
        var match = ElsewherePattern().Match(line);
        Assert.True(match.Success, $"'{line}' is not 'path:line word: text'.");
        return Parse(
            ExampleFile.PathOf(match.Groups["path"].Value),
            match.Groups["line"].Success ? int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture) : 0,
            match
        );
    }

    [GeneratedRegex(
        @"^(?<path>\S+?)(?::(?<line>\d+))?\s(?<word>error|warning|note|open|not\ assessed)(?:\s(?<rule>[A-Z]{3}-\d{3}))?:\s(?<text>.*?)\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex ElsewherePattern();
}
