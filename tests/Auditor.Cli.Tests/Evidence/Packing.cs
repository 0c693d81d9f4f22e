using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Evidence;

/// <summary>What is in a pack, who signs it, and what a tester draws from packs.</summary>
public sealed class Packing(Packs packs) : IClassFixture<Packs>
{
    [Fact]
    public void A_pack_says_which_run_it_is_and_which_one_was_before()
    {
        var first = Json(0, "run.json");
        var second = Json(1, "run.json");
        Assert.Equal((1, 2), ((int)first["sequence"]!, (int)second["sequence"]!));
        Assert.Null(first["previous"]);
        Assert.Equal(packs.Names[0], (string)second["previous"]!["pack"]!);
        Assert.Equal((1, 0), ((int)first["exitCode"]!, (int)second["exitCode"]!));
        Assert.Equal("nightly", (string)second["operator"]!["name"]!);
        Assert.Equal(64, ((string)first["tool"]!["sha256"]!).Length);
        var changes = Json(1, "changes.json");
        Assert.Equal("AUD-001", (string)Assert.Single(changes["findings"]!["closed"]!.AsArray())!["rule"]!);
        Assert.NotEmpty(changes["objects"]!["changed"]!.AsArray());
        Assert.Empty(changes["objects"]!["added"]!.AsArray());
    }

    [Fact]
    public void A_pack_of_a_recording_does_not_say_more_of_its_requests_than_the_recording_does()
    {
        var queries = Text(0, "queries.ndjson").TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.NotEmpty(queries);
        Assert.All(queries, query => Assert.DoesNotContain(query, member => member.Key is "time" or "bytes" or "etag" or "requestId"));
        Assert.Contains("does not say when each was sent", (string)Json(0, "run.json")["queries"]!, StringComparison.Ordinal);
        Assert.All(
            Json(0, "population-summary.json")["lists"]!.AsArray(),
            list => Assert.DoesNotContain(list!.AsObject(), member => member.Key is "pages" or "rowsReceived")
        );
    }

    [Fact]
    public void A_control_has_its_population_and_a_line_to_sign()
    {
        var lines = Text(0, "controls.csv").TrimStart('\uFEFF').Split("\r\n");
        Assert.EndsWith("prepared_by,reviewed_by,reviewed_on", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("\"SOC 2\",CC6.1,\"AUD-001 ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",,,", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_run_in_a_pack_is_rendered_like_any_other()
    {
        var render = await AuditorProgram.RunAsync(packs.Folder, ["render", packs.Pack(0)]);
        Assert.Equal((0, ""), (render.Code, render.Error));
        Assert.Contains("[AUD-001] audience-mismatch", render.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_recording_in_a_pack_can_be_audited_again()
    {
        var audit = await AuditorProgram.RunAsync(packs.Folder, ["audit", Path.Combine(packs.Pack(0), "recording"), "--report", "json"]);
        Assert.Equal(1, audit.Code);
        var finding = Assert.Single(JsonDocument.Parse(audit.Output).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Contains(finding.GetProperty("fingerprint").GetString()!, Text(0, "results.ndjson"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_results_are_OSCAL_assessment_results()
    {
        var document = Json(0, "oscal/assessment-results.json");
        Assert.Empty(OscalConformance.Defects(document));
        var result = document["assessment-results"]!["results"]![0]!;
        Assert.NotEmpty(result["observations"]!.AsArray());
        var findings = result["findings"]!.AsArray();
        Assert.Contains(findings, finding => (string)finding!["target"]!["status"]!["state"]! == "satisfied");
        Assert.Contains(findings, finding => (string)finding!["target"]!["status"]!["state"]! == "not-satisfied");
        Assert.Contains(findings, finding => finding!["related-observations"] is not null);
        var reviewed = Assert.Single(result["reviewed-controls"]!["control-selections"]!.AsArray())!["include-controls"]!.AsArray();
        Assert.Equal(
            findings.Select(finding => (string)finding!["target"]!["target-id"]!),
            reviewed.Select(control => (string)control!["control-id"]!)
        );
    }

    [Fact]
    public void The_plan_of_the_OSCAL_results_is_in_the_pack()
    {
        var resources = Json(0, "oscal/assessment-results.json")["assessment-results"]!["back-matter"]!["resources"]!.AsArray();
        var link = (string)Assert.Single(Assert.Single(resources)!["rlinks"]!.AsArray())!["href"]!;
        Assert.True(File.Exists(Path.Combine(packs.Pack(0), "oscal", link)));
    }

    [Fact]
    public async Task No_secret_is_in_a_pack()
    {
        const string Canary = "cAnArY-4f9a1c77e2";
        using var folder = new TemporaryFolder();
        Estate
            .Load("acme")
            .With(
                Inputs.Policy("BA-Canary"),
                $"<BasicAuthentication name=\"BA-Canary\"><Operation>Encode</Operation><User>u</User><Password>{Canary}</Password></BasicAuthentication>"
            )
            .With("apigee/acme/environments/prod/resourcefiles/properties/canary", $"backend.password={Canary}\n")
            .With("apigee/acme/apis/orders-v1/revisions/1/apiproxy/resources/jsc/canary.js", $"var client_secret = \"{Canary}\";\n")
            .With(
                "apigee/acme/environments/prod/keyvaluemaps/canary/entries.json",
                $"{{\"keyValueEntries\":[{{\"name\":\"secret\",\"value\":\"{Canary}\"}}]}}"
            )
            .With("okta/acme.okta.com/api/v1/canary.json", $"{{\"client_secret\":\"{Canary}\"}}")
            .WriteTo(Path.Combine(folder.Path, "estate"));
        var run = await AuditorProgram.RunAsync(folder.Path, ["evidence", "pack", "estate", "--out", "packs", "--unsigned"]);
        Assert.DoesNotContain("internal error", run.Error, StringComparison.Ordinal);
        var forms = new[]
        {
            Canary,
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary)),
            Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Canary)),
        };
        var files = Directory.GetFiles(Path.Combine(folder.Path, "packs"), "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.EndsWith("BA-Canary.xml", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("canary.js", StringComparison.Ordinal));
        foreach (var file in files)
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.All(forms, form => Assert.False(text.Contains(form, StringComparison.OrdinalIgnoreCase), $"{file} holds the secret"));
        }
    }

    [Fact]
    public async Task A_program_signs_with_a_key_that_never_leaves_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the program is a script");
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "estate"));
        var program = folder.Write("sign", $"#!/bin/sh\nexec openssl dgst -sha256 -sign '{packs.PrivateKey}'\n");
        var liar = folder.Write("liar", "#!/bin/sh\necho trust me\n");
        var inside = folder.Write("estate/sign", "#!/bin/sh\ntouch started\n");
        foreach (var file in new[] { program, liar, inside })
        {
#pragma warning disable CA1416 // The test is skipped on Windows.
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        }

        Task<Run> PackAsync(string path) =>
            AuditorProgram.RunAsync(
                folder.Path,
                ["evidence", "pack", "estate", "--out", "packs", "--sign-program", path, "--public-key", packs.PublicKey]
            );

        Assert.Equal(0, (await PackAsync(program)).Code);
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["evidence", "verify", "packs", "--key", packs.PublicKey])).Code);
        AuditorProgram.EndsWithOneLine(await PackAsync(liar), 2, "is no signature that --public-key verifies");
        AuditorProgram.EndsWithOneLine(await PackAsync(inside), 2, "nothing from there is ever started");
        AuditorProgram.EndsWithOneLine(await PackAsync("sign"), 2, "--sign-program must be a full path");
        Assert.Single(Directory.GetDirectories(Path.Combine(folder.Path, "packs")));
        Assert.False(File.Exists(Path.Combine(folder.Path, "estate/started")));
    }

    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { "pack second --out packs", "A pack is signed" },
            { "pack second --out packs --key known.pub", "no private key on P-256" },
            { "pack second --out packs --key gone.pem", "'gone.pem' does not exist" },
            { "pack second --out packs --key key.pem --unsigned", "one of the two" },
            { "pack second --out second/packs --unsigned", "lies in what is audited" },
            { "pack second --out packs --unsigned --timestamp-url https://tsa.example", "needs a signature" },
            { "pack second --out packs --key key.pem --timestamp-url http://tsa.example", "must be an https address" },
            { "pack second --out packs --key key.pem --previous gone", "there is no 'gone'" },
            { "pack second --out packs --key key.pem --first --previous packs", "cannot both be given" },
            { "pack second --out packs --sign-program /bin/true", "belong together" },
            { "verify gone", "There is no pack 'gone'" },
            { "verify second", "is no pack, and holds none" },
            { "verify packs --key gone.pub", "'gone.pub' cannot be read" },
            { "sample packs", "--seed" },
            { "sample packs --seed x --days many", "'many' is no number" },
            { "sample packs --seed x --from yesterday", "give a day like" },
            { "sample second --seed x", "holds no packs" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_one_line_and_leaves_nothing(string line, string says)
    {
        var run = await AuditorProgram.RunAsync(packs.Folder, ["evidence", .. line.Split(' ')]);
        AuditorProgram.EndsWithOneLine(run, 2, says);
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.Combine(packs.Folder, "packs")).Length);
    }

    [Fact]
    public async Task A_sample_is_the_same_for_the_same_seed_and_shows_the_nights_that_are_missing()
    {
        var day = ((DateTimeOffset)Json(0, "run.json")["started"]!).UtcDateTime;
        string[] line =
        [
            "evidence",
            "sample",
            "packs",
            "--items",
            "3",
            "--from",
            day.AddDays(-2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            "--seed",
        ];
        var one = await AuditorProgram.RunAsync(packs.Folder, [.. line, "tester 7"]);
        Assert.Equal((0, ""), (one.Code, one.Error));
        Assert.Equal(one.Output, (await AuditorProgram.RunAsync(packs.Folder, [.. line, "tester 7"])).Output);
        Assert.NotEqual(one.Output, (await AuditorProgram.RunAsync(packs.Folder, [.. line, "tester 8"])).Output);
        Assert.Equal(2, one.Output.Split('\n').Count(text => text.EndsWith("  no pack", StringComparison.Ordinal)));
        Assert.All(packs.Names, name => Assert.Contains(name, one.Output, StringComparison.Ordinal));
        Assert.Equal(6, one.Output.Split('\n').Count(text => text.StartsWith("  object ", StringComparison.Ordinal)));
        Assert.Equal(6, one.Output.Split('\n').Count(text => text.StartsWith("  judgement ", StringComparison.Ordinal)));

        // Both packs are of one day and of nearly the same estate: each has a sample of its own all the same.
        foreach (var kind in (string[])["  object ", "  judgement "])
        {
            var drawn = one.Output.Split('\n').Where(text => text.StartsWith(kind, StringComparison.Ordinal)).ToList();
            Assert.InRange(drawn.Take(3).Intersect(drawn.Skip(3), StringComparer.Ordinal).Count(), 0, 1);
        }
    }

    private string Text(int pack, string path) => File.ReadAllText(Path.Combine(packs.Pack(pack), path));

    private JsonNode Json(int pack, string path) => JsonNode.Parse(Text(pack, path))!;
}
