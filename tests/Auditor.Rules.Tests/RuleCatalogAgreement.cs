using System.Text.RegularExpressions;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Rules.Tests;

/// <summary>The class, the page, the list and the README say the same of every rule.</summary>
public sealed class RuleCatalogAgreement
{
    public static TheoryData<string> Ids => [.. RuleCatalog.All.Select(rule => rule.Info.Id)];

    [Fact]
    public void Ids_and_names_are_unique_and_in_order()
    {
        var ids = RuleCatalog.All.Select(rule => rule.Info.Id).ToList();
        string[] families = ["AUD", "SCP", "KEY", "POL", "TOK", "SEC", "SHD", "INT", "GRP", "APP", "ENV", "DRF", "TLS", "GOV"];
        Assert.Equal(ids.OrderBy(id => Array.IndexOf(families, id[..3])).ThenBy(id => id, StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids.Count, RuleCatalog.All.Select(rule => rule.Info.Name).Distinct().Count());
        Assert.All(RuleCatalog.All, rule => Assert.Contains(rule.Info.Family, families));
    }

    [Fact]
    public void Every_rule_of_the_assembly_is_in_the_list()
    {
        var classes = typeof(RuleCatalog).Assembly.GetTypes().Where(type => !type.IsAbstract && typeof(IRule).IsAssignableFrom(type));
        Assert.Equal(
            classes.Select(type => type.Name).Order(StringComparer.Ordinal),
            RuleCatalog.All.Select(rule => rule.GetType().Name).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_page_has_a_class_beside_it()
    {
        var pages = Directory
            .GetFiles(Repository.Rules, "*.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Repository.Rules, page).Replace('\\', '/'))
            .Where(page => page.Contains('/') && !page.StartsWith("controls/", StringComparison.Ordinal));
        Assert.All(
            pages,
            page => Assert.True(File.Exists(Path.Combine(Repository.Rules, Path.ChangeExtension(page, ".cs"))), $"{page} has no class")
        );
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_its_class_and_page_where_its_family_is(string id)
    {
        var rule = Rule(id);
        Assert.Equal(rule.Info.PascalName, rule.GetType().Name);
        var folder = char.ToUpperInvariant(id[0]) + id[1..3].ToLowerInvariant();
        Assert.True(File.Exists(Path.Combine(Repository.Rules, folder, rule.GetType().Name + ".cs")));
        Assert.True(File.Exists(Path.Combine(Repository.Rules, folder, rule.GetType().Name + ".md")));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_begins_with_what_the_class_says(string id)
    {
        var rule = Rule(id);
        var page = Page(id);
        Assert.Equal(rule.Info.Name, page.Title);
        Assert.Equal(HeadLine(rule.Info), page.Head);
        Assert.True(page.Intro.Length > 120, "The page begins with what is wrong and what its users would see.");
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_has_its_headings_in_order_and_shows_both_sides(string id)
    {
        var page = Page(id);
        Assert.Equal(RulePage.Headings, page.Sections);
        Assert.Contains(
            page.Examples,
            example =>
                example.Section == "Noncompliant"
                && example.Files.Any(file => file.Marks.Any(mark => mark.Rule is null && mark.Word is not "open"))
        );
        Assert.Contains(page.Examples, example => example.IsCompliant && example.Files.All(file => file.Marks.Count == 0));
        Assert.DoesNotContain(page.Examples, example => example.IsCompliant && example.Files.Any(file => file.Marks.Count > 0));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_title_is_one_sentence_that_is_true_when_the_rule_fires(string id)
    {
        var title = Rule(id).Info.Title;
        Assert.False(title.EndsWith('.'), "no final period");
        Assert.DoesNotContain("This rule", title, StringComparison.OrdinalIgnoreCase);
        Assert.True(char.IsUpper(title[0]));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_severity_is_on_the_scale(string id) => Assert.InRange(Rule(id).Info.SecuritySeverity, 0.1, 10.0);

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_yields_to_rules_that_exist(string id) =>
        Assert.All(Rule(id).Info.YieldsTo, other => Assert.Contains(RuleCatalog.All, candidate => candidate.Info.Id == other));

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_catalogue_of_the_reference_knows_the_rule_by_that_id_and_name(string id)
    {
        var catalogue = File.ReadAllText(Repository.Shared("rules.md"));
        var rule = Rule(id).Info;
        var entry = Regex.Match(catalogue, $@"^\*\*{id} (?<core>★ )?(?<name>[a-z0-9-]+)\*\*", RegexOptions.Multiline);
        Assert.True(entry.Success, $"{id} is not in the catalogue");
        Assert.Equal(entry.Groups["name"].Value, rule.Name);
        Assert.Equal(entry.Groups["core"].Success, rule.IsCore);
    }

    [Fact]
    public void The_README_lists_the_rules()
    {
        const string Begin = "<!-- rules: tests/Auditor.Rules.Tests keeps this table; AUDITOR_UPDATE=1 writes it -->\n";
        const string End = "<!-- /rules -->";
        var path = Path.Combine(Repository.Root, "README.md");
        var readme = File.ReadAllText(path);
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "The README has the marks around the table.");
        var rows = RuleCatalog.All.Select(rule =>
            $"| [{rule.Info.Id}](rules/{Folder(rule)}/{rule.GetType().Name}.md) | {rule.Info.Name} | {rule.Info.Title} |\n"
        );
        var table = "| Rule | Name | What is wrong |\n|---|---|---|\n" + string.Concat(rows);
        if (Environment.GetEnvironmentVariable("AUDITOR_UPDATE") == "1")
        {
            File.WriteAllText(path, readme[..begin] + table + readme[end..]);
            return;
        }

        Assert.Equal(table, readme[begin..end]);
    }

    private static string Folder(IRule rule) => rule.Info.Family[..1] + rule.Info.Family[1..].ToLowerInvariant();

    /// <summary>The line below the title, written from the class.</summary>
    private static string HeadLine(RuleInfo rule) =>
        $"**{rule.Id}** · {rule.Level.ToString().ToLowerInvariant()} · severity {rule.SecuritySeverity:0.0} · judges {rule.Subjects} · fix: {FixWord(rule.Fix)}"
        + (rule.Cwe is { } cwe ? $" · CWE-{cwe}" : "")
        + (rule.IsCore ? " · core" : "");

    private static string FixWord(FixKind fix) =>
        fix switch
        {
            FixKind.Automatic => "automatic",
            FixKind.SemiAutomatic => "a choice of edits",
            _ => "by hand",
        };

    private static IRule Rule(string id) => RuleCatalog.All.Single(rule => rule.Info.Id == id);

    private static RulePage Page(string id) => RulePage.Parse(RuleCatalog.PageOf(Rule(id)));
}
