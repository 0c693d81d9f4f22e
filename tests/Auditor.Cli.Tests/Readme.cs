using System.Security.Cryptography;
using System.Text;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Cli.Tests;

/// <summary>What the README shows is what the program prints.</summary>
public sealed class Readme
{
    [Fact]
    public async Task The_output_it_shows_is_real()
    {
        const string Mark = "<!-- output: auditor ";
        var readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        var at = Array.FindIndex(readme, line => line.StartsWith(Mark, StringComparison.Ordinal));
        Assert.True(at >= 0, "The README shows an output.");
        var shown = readme.Skip(at + 2).TakeWhile(line => line != "```").ToList();
        var run = await AuditorProgram.RunAsync(readme[at][Mark.Length..].Replace(" -->", "", StringComparison.Ordinal).Split(' '));
        Assert.Equal(shown, run.Output.Split('\n').Take(shown.Count));
    }

    [Fact]
    public async Task The_exit_codes_it_lists_are_those_of_the_help()
    {
        var readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        var listed = readme.Where(line => line is ['|', ' ', >= '0' and <= '9', ..]).Select(line => line.Split('|')[1].Trim());
        var help = (await AuditorProgram.RunAsync("--help")).Output.Split('\n');
        var known = help.SkipWhile(line => line != "Exit codes:")
            .Skip(1)
            .Select(line => line.Trim().Split(' ')[0])
            .TakeWhile(word => word != "When");
        Assert.Equal(known, listed);
    }

    /// <summary>
    /// From nothing to the first report, in an empty folder, with the names of the simulators in the place of the examples. What is Google's own tool notes what it was
    /// asked for, and leaves what it leaves when somebody signs in.
    /// </summary>
    [Fact]
    public async Task The_way_to_the_first_report_is_the_one_that_it_shows()
    {
        var script = new StringBuilder(
            """
            gcloud() {
              echo "$*" >> ../gcloud.log
              if [ "$1 $2 $3" = "auth application-default login" ]; then
                mkdir -p "$HOME/.config/gcloud" && cp "$LOGIN" "$HOME/.config/gcloud/application_default_credentials.json"
              fi
            }
            auditor() { command auditor "$@"; echo "$? $*" >> ../codes; }

            """
        );
        foreach (var line in Commands("## Run it against your estate"))
        {
            script.AppendLine(line);
        }

        await using var google = new SimulatedGoogle();
        await google.InitializeAsync();
        // The rights of the role that the commands create, and no others.
        google.Apigee.Granted =
        [
            .. (await File.ReadAllLinesAsync(Role, TestContext.Current.CancellationToken))
                .Where(line => line.StartsWith("- ", StringComparison.Ordinal))
                .Select(line => line[2..]),
        ];
        await using var org = await OktaSimulator.StartAsync(Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com"));
        using var key = RSA.Create(2048);
        org.Tokens.ApiToken = null;
        org.Tokens.ClientId = "0oaAUDITOR";
        org.Tokens.ClientKey = new RsaSecurityKey(key.ExportParameters(includePrivateParameters: false));
        org.Put("api/v1/apps/0oaAUDITOR/grants.json", """[{"id":"oag1","scopeId":"okta.apps.read"}]""");
        org.Put("oauth2/v1/clients/0oaAUDITOR/roles.json", """[{"id":"r1","type":"READ_ONLY_ADMIN"}]""");
        using var folder = new TemporaryFolder();
        var pem = folder.Write("empty/okta-key.pem", key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(pem, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        foreach (
            var (example, real) in new[]
            {
                ("https://acme.okta.com", org.Server.Origin.GetLeftPart(UriPartial.Authority)),
                ("0oa…", "0oaAUDITOR"),
                ("acme-prod", "meridian"),
            }
        )
        {
            Assert.Contains(example, script.ToString(), StringComparison.Ordinal);
            script.Replace(example, real);
        }

        var environment = google.Environment(
            ("HOME", Path.Combine(folder.Path, "home")),
            ("LOGIN", google.Credential("user")),
            // Where the organization is, is asked for.
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_APIGEE", google.Origin)
        );
        environment.Remove("APIGEE_ORG");
        environment.Remove("APIGEE_ENDPOINT");
        var run = await AuditorProgram.BashAsync(Path.Combine(folder.Path, "empty"), script.ToString(), environment);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            [
                "0 doctor okta",
                "0 doctor apigee",
                "0 init",
                // Of the two orgs of this estate the commands read one, and the staging environment trusts the other: errors, and nothing missing.
                "1 audit --report text --report html=report.html",
            ],
            await File.ReadAllLinesAsync(Path.Combine(folder.Path, "codes"), TestContext.Current.CancellationToken)
        );
        Assert.Contains("31 of the 31 permissions", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("it may do more than read", run.Output, StringComparison.Ordinal);
        Assert.Contains("error [ENV-001] foreign-environment-issuer (staging)", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "</html>",
            await File.ReadAllTextAsync(Path.Combine(folder.Path, "empty", "report.html"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"iam roles create auditorReader --project meridian --file {Path.GetRelativePath(Repository.Root, Role)}",
            await File.ReadAllLinesAsync(Path.Combine(folder.Path, "gcloud.log"), TestContext.Current.CancellationToken)
        );
        Assert.Empty(google.Apigee.Writes);
        Assert.All(org.Reads, request => Assert.Equal("GET", request.Method));
    }

    private static string Role { get; } = Path.Combine(Repository.Root, "deploy", "google", "auditor-reader.yaml");

    // The commands that a section of the README shows: indented, and of a tool. A line that ends in a backslash goes on.
    private static IEnumerable<string> Commands(string section)
    {
        var goesOn = false;
        foreach (
            var line in File.ReadAllLines(Path.Combine(Repository.Root, "README.md"))
                .SkipWhile(line => line != section)
                .Skip(1)
                .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        )
        {
            if (
                goesOn
                || (line.StartsWith("    ", StringComparison.Ordinal) && line.Trim().Split(' ')[0] is "export" or "gcloud" or "auditor")
            )
            {
                goesOn = line.EndsWith('\\');
                yield return line.Trim();
            }
        }
    }
}
