using System.Text.Json;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>What auditor.yaml and the exceptions file mean, and what is said when they are wrong.</summary>
public sealed class Configuration
{
    private const string Reason = "Its only caller is the nightly batch.";

    public static TheoryData<string, string> Wrong =>
        new()
        {
            { "oktta: []", "auditor.yaml:1:1: unknown key 'oktta' in the configuration; did you mean 'okta'?" },
            { "public:\n  - proxy: p\n    pth: /x", "auditor.yaml:3:5: unknown key 'pth' in 'public'; did you mean 'path'?" },
            { "publik: []", "did you mean 'public'?" },
            { "- okta", "auditor.yaml:1:1: a mapping of keys is expected" },
            { "just words", "auditor.yaml:1:1: a mapping of keys is expected" },
            { "okta: acme", "auditor.yaml:1:7: 'okta' must be a list" },
            { "okta: [acme]", "auditor.yaml:1:8: a mapping is expected in 'okta'" },
            { "okta: [{ name: prod }]", "'url' is missing in 'okta'" },
            { "okta: [{ url: http://acme.okta.com }]", "'url' must be an address like https://acme.okta.com" },
            { "okta: [{ url: https://user:pw@acme.okta.com }]", "'url' must be an address like https://acme.okta.com" },
            { "okta: [{ url: https://acme.okta.com/oauth2/default }]", "'url' must be an address like https://acme.okta.com" },
            { "okta: [{ url: https://acme.okta.com, token: 00abc }]", "credentials come from the environment" },
            { "okta: [{ url: https://acme.okta.com, client_secret: hush }]", "credentials come from the environment" },
            { "apigee: [{ name: acme }]", "unknown key 'name' in 'apigee'" },
            { "environments: [{ apigee: prod }]", "'okta' is missing in 'environments'" },
            {
                "environments: [{ apigee: prod, okta: a.okta.com, class: prod }]",
                "'prod' is no 'class'; there are production, staging, development"
            },
            { "public: [{ proxy: p }]", "'path' is missing in 'public'" },
            { "public: [{ proxy: p, path: health }]", "'path' must begin with '/'" },
            { "public: [{ proxy: p, path: /h, verbs: [GTE] }]", "'GTE' is no 'verbs'; did you mean 'GET'?" },
            { "public: [{ proxy: p, path: /h, expires: 30.06.2027 }]", "'expires' must be a day like 2027-06-30" },
            { "public: [{ proxy: p, path: /h, expires: 2027-02-30 }]", "'expires' must be a day like 2027-06-30" },
            { "public: [{ proxy: [p], path: /h }]", "'proxy' in 'public' must be a text" },
            { "agents: [{ owner: me }]", "'clientId' is missing in 'agents'" },
            { "trustedHeaders: [{ header: X-A }]", "'setBy' is missing in 'trustedHeaders'" },
            { "sensitivity: [a]", "'sensitivity' must be a mapping" },
            { "sensitivity: { high: { a: b } }", "'high' must be a list of texts" },
            { "rules: { audience-mismach: { level: note } }", "there is no rule 'audience-mismach'; did you mean 'audience-mismatch'?" },
            { "rules: { AUD-001: { level: eror } }", "'eror' is no 'level'; did you mean 'error'?" },
            { "rules: { AUD-001: {} }", "'level' is missing for rule 'AUD-001'" },
            { "rules: { AUD-001: note }", "'AUD-001' must be a mapping" },
            { "exceptions: gone.yaml", "There is no exceptions file 'gone.yaml'" },
            { "okta: [", "not valid YAML (its structure is broken here)" },
            { "okta:\n\t- name: x", "not valid YAML" },
            { "okta: []\nokta: []", "not valid YAML (a key is given twice)" },
            { "okta: []\n---\napigee: []", "a second document is refused" },
            { "okta: &a []\napigee: *a", "an anchor is refused" },
            { "okta: !!python/object:os.system x", "a tag is refused" },
            { "? [a]\n: b", "a key must be a word" },
            { "okta: " + new string('[', 5_000), "nesting deeper than 20 is refused" },
            { "#" + new string('x', 1_100_000), "larger than 1 MB" },
            { "agents: [{ clientId: \u001b]0;owned\u0007, ownr: x }]", "auditor.yaml:1:" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_mistake_is_one_line_with_its_place(string yaml, string says) =>
        AuditorProgram.EndsWithOneLine(await AuditorProgram.AuditAsync(Estate.Load("acme").With("auditor.yaml", yaml), "."), 2, says);

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused()
    {
        var estate = Estate.Load("acme").With("auditor.yaml", [.. "agents: [{ clientId: "u8, 0xFF, 0xFE, .. " }]"u8]);
        AuditorProgram.EndsWithOneLine(await AuditorProgram.AuditAsync(estate, "."), 2, "auditor.yaml: not UTF-8");
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n")]
    [InlineData("---\n")]
    [InlineData("\uFEFFokta: []\r\napigee: []\r\n")]
    public async Task A_configuration_may_say_nothing(string yaml) =>
        Assert.Equal(0, (await AuditorProgram.AuditAsync(Estate.Load("acme").With("auditor.yaml", yaml), ".")).Code);

    [Fact]
    public async Task The_configuration_is_found_in_the_path_and_else_upwards()
    {
        using var folder = new TemporaryFolder();
        const string Off = "rules: { audience-mismatch: { level: off } }";
        foreach (var path in Inputs.TrailingSlash().Paths)
        {
            folder.Write("a/b/estate/" + path, Inputs.TrailingSlash().Text(path));
        }

        async Task<int> CodeAsync(string from, params string[] arguments) =>
            (await AuditorProgram.RunAsync(Path.Combine(folder.Path, from), ["audit", .. arguments])).Code;

        Assert.Equal(1, await CodeAsync("a/b", "estate"));
        var upwards = folder.Write("a/auditor.yaml", Off);
        Assert.Equal(0, await CodeAsync("a/b", "estate"));
        Assert.Equal(0, await CodeAsync("a/b/estate"));
        folder.Write("a/b/estate/auditor.yaml", "");
        Assert.Equal(1, await CodeAsync("a/b", "estate"));
        Assert.Equal(0, await CodeAsync("a/b", "estate", "--config", upwards));
    }

    [Fact]
    public async Task Sources_without_a_path_are_not_mistaken_for_the_current_folder()
    {
        var estate = Estate.Load("acme").With("auditor.yaml", "okta: [{ url: https://acme.okta.com }]");
        AuditorProgram.EndsWithOneLine(await AuditorProgram.AuditAsync(estate), 2, "The Okta org 'https://acme.okta.com' need");
        Assert.Equal(0, (await AuditorProgram.AuditAsync(estate, ".")).Code);
    }

    [Fact]
    public async Task An_accepted_finding_is_told_and_does_not_fail()
    {
        var run = await AuditorProgram.AuditAsync(Accepted("2999-01-01"), ".", "--report", "json");
        Assert.Equal(0, run.Code);
        var finding = Assert.Single(JsonDocument.Parse(run.Output).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Contains(Reason, finding.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_acceptance_that_expired_no_longer_counts_and_is_named()
    {
        var run = await AuditorProgram.AuditAsync(Accepted("2020-01-01"), ".");
        Assert.Equal(1, run.Code);
        Assert.Contains("exceptions.yaml:2:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_that_matches_nothing_is_named()
    {
        var estate = Accepted("2999-01-01").Replace("exceptions.yaml", "'*okta*'", "'*nothing-like-it*'");
        var run = await AuditorProgram.AuditAsync(estate, ".", "--verbose");
        Assert.Equal(1, run.Code);
        Assert.Contains("exceptions.yaml:2:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exceptions_file_of_the_command_line_counts_instead()
    {
        var estate = Accepted("2999-01-01").With("none.yaml", "exceptions: []");
        Assert.Equal(1, (await AuditorProgram.AuditAsync(estate, ".", "--exceptions", "none.yaml")).Code);
    }

    [Theory]
    [InlineData("rule: AUD-001", "rule: AUD-0001", "did you mean 'AUD-001'?")]
    [InlineData("selector: '*okta*'", "slector: '*'", "did you mean 'selector'?")]
    [InlineData(Reason, "because", "the reason is too short")]
    [InlineData("approver: ciso@acme.example", "ticket: X-1", "'approver' is missing")]
    [InlineData("expires: 2999-01-01", "ticket: X-1", "'expires' is missing")]
    [InlineData("expires: 2999-01-01", "expires: 2999-01-01\n    created: 2999-01-01", "'created' is not before 'expires'")]
    public async Task An_exception_needs_all_of_its_parts(string part, string instead, string says) =>
        AuditorProgram.EndsWithOneLine(
            await AuditorProgram.AuditAsync(Accepted("2999-01-01").Replace("exceptions.yaml", part, instead), "."),
            2,
            says
        );

    [Fact]
    public async Task A_level_changes_what_fails_and_off_takes_the_rule_out()
    {
        var off = Inputs.TrailingSlash().With("auditor.yaml", "rules: { AUD-001: { level: off } }");
        var run = await AuditorProgram.AuditAsync(off, ".");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("AUD-001", run.Output, StringComparison.Ordinal);
    }

    private static Estate Accepted(string expires) =>
        Inputs
            .TrailingSlash()
            .With("auditor.yaml", "exceptions: exceptions.yaml")
            .With(
                "exceptions.yaml",
                $"""
                exceptions:
                  - rule: AUD-001
                    selector: '*okta*'
                    reason: {Reason}
                    approver: ciso@acme.example
                    expires: {expires}
                """
            );
}
