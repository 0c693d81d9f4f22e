using System.IO.Compression;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Testing;

namespace Auditor.Collectors.Tests;

/// <summary>What a path is recognised as, and that what was read is what is written there.</summary>
public sealed class ReadingTests
{
    private const string Proxy = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/";
    private const string Okta = "okta/acme.okta.com/api/v1/";

    [Fact]
    public void A_recording_is_recognised_with_and_without_its_header()
    {
        Assert.Equal("recording", Kind(Estate.Load("acme")));
        Assert.Equal("recording", Kind(Estate.Load("acme").Without("recording.json")));
        Assert.Equal("recording", Kind(Estate.Load("acme").Without("okta/")));
        Assert.Equal("recording", Kind(Estate.Load("acme").Without("apigee/")));
    }

    [Fact]
    public void Bundles_are_recognised_wherever_they_lie()
    {
        Assert.Equal("bundles", Kind(Bundle("apiproxy/")));
        Assert.Equal("bundles", Kind(Bundle("teams/orders/src/apiproxy/")));
        Assert.Equal("nothing", Kind(Estate.Empty().With("README.md", "# Nothing")));
    }

    [Fact]
    public void An_export_of_apigeecli_and_a_tree_of_the_Maven_plugin_are_recognised()
    {
        var export = Estate.Empty().With("envs.json", """{ "environment": [] }""").With("proxies/orders-v1.zip", Zip(Bundle("apiproxy/")));
        Assert.Equal("apigeecli export", Kind(export));
        export.Read(input =>
        {
            var organization = Assert.Single(input.Landscape.Apigee);
            Assert.Equal("orders-v1", Assert.Single(organization.Proxies).Name);
            Assert.IsType<Coverage.NotCollected>(organization.Deployments.Coverage);
            return 0;
        });
        var maven = Bundle("apiproxy/").With("resources/edge/env/prod/targetServers.json", "[]");
        Assert.Equal("configuration tree", Kind(maven));
    }

    [Fact]
    public void A_folder_and_an_archive_of_a_bundle_are_the_same_bundle()
    {
        var folder = Only(Bundle("apiproxy/"));
        var archive = Only(Estate.Empty().With("orders.zip", Zip(Bundle("apiproxy/"))));
        Assert.Equal(folder.ContentHash, archive.ContentHash);
        Assert.Equal(folder.Name, archive.Name);
        Assert.Equal(folder.Policies.Keys, archive.Policies.Keys);
        Assert.Equal("orders.zip/apiproxy/policies/VJ-Okta.xml", archive.Policies["VJ-Okta"].Location.Artifact);
    }

    [Theory]
    [InlineData("\uFEFF", "\n")]
    [InlineData("", "\r\n")]
    [InlineData("\n\n  ", "\n")]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n", "\n")]
    public void What_real_bundles_hold_is_tolerated(string before, string lineEnd)
    {
        var plain = Bundle("apiproxy/");
        var text = plain.Text("apiproxy/policies/VJ-Okta.xml");
        var odd = plain.Copy().With("apiproxy/policies/VJ-Okta.xml", before + text.Replace("\n", lineEnd, StringComparison.Ordinal));
        var expected = Assert.IsType<VerifyJwtPolicy>(Only(plain).Policies["VJ-Okta"]);
        var policy = Assert.IsType<VerifyJwtPolicy>(Only(odd).Policies["VJ-Okta"]);
        Assert.Equal(("", "propertyset.okta.audience"), (policy.Audience?.Text, policy.Audience?.Reference));
        Assert.Equal(expected.Audience!.Location.Line + before.Count(c => c == '\n'), policy.Audience!.Location.Line);
        Assert.Equal(expected.Location.Line + before.Count(c => c == '\n'), policy.Location.Line);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_and_the_rest_goes_on()
    {
        var bundle = Only(Bundle("apiproxy/").With("apiproxy/policies/QU-Product.xml", "<Quota>\n  <Allow>\n</Quota>"));
        var file = Assert.Single(bundle.Unreadable);
        Assert.Equal(("apiproxy/policies/QU-Product.xml", 3), (file.Location.Artifact, file.Location.Line));
        Assert.Equal("an end tag does not match its start tag", file.Reason);
        Assert.Contains("VJ-Okta", bundle.Policies.Keys);
        Assert.False(bundle.IsReadable);
    }

    [Fact]
    public void A_part_is_complete_denied_failed_or_not_collected_and_never_silently_empty()
    {
        Assert.True(Part(Estate.Load("acme"), "okta/acme.okta.com/apps").IsComplete);
        Assert.IsType<Coverage.NotCollected>(Part(Estate.Load("acme").Without(Okta + "apps.json"), "okta/acme.okta.com/apps"));
        Assert.IsType<Coverage.Denied>(Part(Refused(403), "okta/acme.okta.com/apps"));
        Assert.IsType<Coverage.Failed>(Part(Refused(500), "okta/acme.okta.com/apps"));
        Assert.IsType<Coverage.Failed>(Part(Estate.Load("acme").With(Okta + "apps.json", "null"), "okta/acme.okta.com/apps"));

        static Estate Refused(int status) =>
            Estate
                .Load("acme")
                .Without(Okta + "apps.json")
                .With(Okta + "apps.error.json", $$"""{ "status": {{status}}, "body": { "errorCode": "E0000006" } }""");
    }

    [Fact]
    public void A_part_of_many_things_has_one_line_of_coverage_with_the_worst_of_them()
    {
        var estate = Estate.Load("acme").With("apigee/acme/apis/orders-v1/keyvaluemaps.json", "{ \"odd\": 1");
        estate.Read(input =>
        {
            Assert.Equal(input.Landscape.Coverage.Length, input.Landscape.Coverage.Select(entry => entry.Part).Distinct().Count());
            var maps = Assert.Single(
                input.Landscape.Coverage,
                entry => entry.Part.EndsWith("apis/*/keyvaluemaps", StringComparison.Ordinal)
            );
            Assert.IsType<Coverage.Failed>(maps.Coverage);
            return 0;
        });
    }

    [Fact]
    public void An_inactive_grant_is_no_grant()
    {
        const string Grants =
            """[{ "id": "1", "scopeId": "okta.users.read", "status": "ACTIVE" }, { "id": "2", "scopeId": "okta.apps.manage", "status": "INACTIVE" }]""";
        Estate
            .Load("acme")
            .With(Okta + "apps/0oaBatch/grants.json", Grants)
            .Read(input =>
            {
                var app = Assert.Single(Assert.Single(input.Landscape.Okta).Apps, app => app.Id == "0oaBatch");
                Assert.Equal(["okta.users.read"], app.Grants.Items);
                Assert.True(app.Grants.IsComplete);
                return 0;
            });
    }

    [Fact]
    public void A_word_that_is_not_known_is_kept_and_told()
    {
        var estate = Estate
            .Load("acme")
            .With(Okta + "apps/0oaBatch/grants.json", """[{ "id": "1", "scopeId": "okta.users.read", "status": "ON_MARS" }]""");
        estate.Read(input =>
        {
            Assert.Contains(input.Landscape.Notices, notice => notice.Text.Contains("ON_MARS", StringComparison.Ordinal));
            return 0;
        });
    }

    [Theory]
    [InlineData("""{ "name": "a", "name": "b" }""", "names a member twice")]
    [InlineData("""[{ "id": "\ud800" }]""", "half a surrogate pair")]
    [InlineData("""[{ "id": "1" """, "not valid JSON")]
    public void JSON_that_two_readers_would_read_differently_is_refused(string json, string reason)
    {
        var coverage = Part(Estate.Load("acme").With(Okta + "apps.json", json), "okta/acme.okta.com/apps");
        Assert.Contains(reason, Assert.IsType<Coverage.Failed>(coverage).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_of_surrogates_is_a_character()
    {
        var estate = Estate.Load("acme");
        const string Apps = Okta + "apps.json";
        Assert.True(
            Part(
                estate.With(Apps, estate.Text(Apps).Replace("\"label\": \"", "\"label\": \"\\ud83d\\ude00 ", StringComparison.Ordinal)),
                "okta/acme.okta.com/apps"
            ).IsComplete
        );
    }

    [Fact]
    public async Task The_same_organization_twice_is_refused()
    {
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "a"));
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "b"));
        var refused = await Assert.ThrowsAsync<InputException>(() =>
            new InputReader(new Redactor()).ReadAsync(["a", "b"], folder.Path, TestContext.Current.CancellationToken)
        );
        Assert.Contains("'acme.okta.com' is in two of the inputs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_bundle_of_the_corpus_is_read_one_by_one_and_in_one_run()
    {
        var corpus = Repository.Shared("corpus/bundles");
        var roots = Directory
            .GetDirectories(corpus, "*", SearchOption.AllDirectories)
            .Where(folder => Path.GetFileName(folder) is "apiproxy" or "sharedflowbundle")
            .Concat(Directory.GetFiles(corpus, "*.zip", SearchOption.AllDirectories))
            .ToList();
        Assert.InRange(roots.Count, 100, int.MaxValue);
        var single = 0;
        foreach (var root in roots)
        {
            single += Bundles(await ReadAsync(Path.GetRelativePath(corpus, root)));
        }

        Assert.Equal(single, Bundles(await ReadAsync(".")));

        Task<Input> ReadAsync(string path) =>
            new InputReader(new Redactor()).ReadAsync([path], corpus, TestContext.Current.CancellationToken);

        static int Bundles(Input input) =>
            input.Landscape.Apigee.Sum(organization => organization.Proxies.Count + organization.SharedFlows.Count);
    }

    private static Estate Bundle(string at)
    {
        var acme = Estate.Load("acme");
        var bundle = Estate.Empty();
        foreach (var path in acme.Paths.Where(path => path.StartsWith(Proxy, StringComparison.Ordinal)))
        {
            bundle.With(at + path[Proxy.Length..], acme.Text(path));
        }

        return bundle;
    }

    private static Bundle Only(Estate estate) => estate.Read(input => Assert.Single(Assert.Single(input.Landscape.Apigee).Proxies));

    private static string Kind(Estate estate) => estate.Read(input => Assert.Single(input.Sources).Kind);

    private static Coverage Part(Estate estate, string part) =>
        estate.Read(input => Assert.Single(input.Landscape.Coverage, entry => entry.Part == part).Coverage);

    private static byte[] Zip(Estate estate)
    {
        var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var path in estate.Paths)
            {
                using var entry = zip.CreateEntry(path).Open();
                entry.Write(System.Text.Encoding.UTF8.GetBytes(estate.Text(path)));
            }
        }

        return buffer.ToArray();
    }
}
