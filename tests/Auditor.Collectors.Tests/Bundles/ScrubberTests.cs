using System.IO.Compression;
using System.Text;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Secrets;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Tests.Bundles;

/// <summary>What is kept of a bundle reads like the bundle itself, and holds none of its credentials.</summary>
public sealed class ScrubberTests
{
    private const string Marker = "Zq7Canary9Wx";

    private static readonly Redactor Redactor = new(new byte[32]);

    private static readonly (string Path, string Text)[] Files =
    [
        ("api.xml", "<APIProxy name=\"api\" revision=\"3\"/>"),
        (
            "policies/BA.xml",
            $"<BasicAuthentication name=\"BA\">\n  <Operation>Encode</Operation>\n  <User ref=\"u\"/>\n  <Password>{Marker}1</Password>\n</BasicAuthentication>"
        ),
        (
            "policies/AM.xml",
            $"<AssignMessage name=\"AM\">\n  <Set><Headers><Header name=\"Authorization\">Bearer {Marker}22&amp;&lt;x</Header></Headers></Set>\n  <!-- password = \"{Marker}c\" -->\n  <AssignVariable><Name>private.client_secret</Name><Value><![CDATA[{Marker}<3>]]></Value></AssignVariable>\n</AssignMessage>"
        ),
        (
            "policies/GJ.xml",
            $"<GenerateJWT name=\"GJ\">\n  <PrivateKey><Value>\n-----BEGIN PRIVATE KEY-----\r\n{Marker}4\r\n-----END PRIVATE KEY-----\n  </Value></PrivateKey>\n  <Issuer>me</Issuer>\n</GenerateJWT>"
        ),
        (
            "proxies/default.xml",
            $"<ProxyEndpoint name=\"default\">\n  <PreFlow><Request><Step><Name>BA</Name><Condition>request.header.x-api-key = \"{Marker}5\"</Condition></Step></Request></PreFlow>\n  <RouteRule name=\"r\"><TargetEndpoint>t</TargetEndpoint></RouteRule>\n</ProxyEndpoint>"
        ),
        (
            "targets/t.xml",
            $"<TargetEndpoint name=\"t\">\n  <HTTPTargetConnection><URL>https://user:{Marker}6@backend.example/x</URL></HTTPTargetConnection>\n</TargetEndpoint>"
        ),
        (
            "resources/jsc/a.js",
            $"var x = 1;\nvar apiKey = \"{Marker}7abc1\";\nvar pem = `-----BEGIN RSA PRIVATE KEY-----\n{Marker}8\n-----END RSA PRIVATE KEY-----`;\nvar y = 2;\n"
        ),
        ("resources/properties/okta.properties", $"# note\nissuer=https://acme.okta.com\nclient_secret = {Marker}\\\n  9\naudience=api\n"),
        ("resources/wsdl/a.wsdl", $"<definitions><a url=\"https://me:{Marker}10@x.example/\"/></definitions>"),
        ("manifests/manifest.xml", $"<Manifest>{Marker}11</Manifest>"),
        ("policies/broken.xml", $"<VerifyAPIKey name=\"broken\"><APIKey>{Marker}12</APIKey>"),
    ];

    [Fact]
    public void No_credential_is_left_in_any_file()
    {
        var clean = new BundleScrubber(Redactor).Archive(Archive(Files, 2026), BundleKind.Proxy);
        using var zip = new ZipArchive(new MemoryStream(clean));
        Assert.All(
            zip.Entries,
            entry =>
            {
                using var reader = new StreamReader(entry.Open());
                Assert.DoesNotContain(Marker, reader.ReadToEnd(), StringComparison.Ordinal);
            }
        );
        Assert.DoesNotContain(zip.Entries, entry => entry.FullName.Contains("manifest", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_is_read_before_and_after()
    {
        var files = Files.Where(file => file.Path != "policies/broken.xml").ToArray();
        var before = Read(Archive(files, 2026));
        var after = Read(new BundleScrubber(Redactor).Archive(Archive(files, 2026), BundleKind.Proxy));
        Assert.Equal(9, before.Credentials.Length);
        Assert.Equal(before.Credentials.Select(Told), after.Credentials.Select(Told));
        Assert.Empty(after.Unreadable);
        Assert.Equal(before.Policies.Keys, after.Policies.Keys);
        Assert.Equal(
            before.PropertySets.Single().Entries.Select(entry => (entry.Key, entry.Value.Text, entry.Value.Location.Line)),
            after.PropertySets.Single().Entries.Select(entry => (entry.Key, entry.Value.Text, entry.Value.Location.Line))
        );
        Assert.Equal(before.Resources.Select(resource => resource.Text), after.Resources.Select(resource => resource.Text));
    }

    [Fact]
    public void A_file_that_cannot_be_read_stays_one_that_cannot_be_read()
    {
        var after = Read(new BundleScrubber(Redactor).Archive(Archive(Files, 2026), BundleKind.Proxy));
        Assert.Contains("broken.xml", Assert.Single(after.Unreadable).Location.Artifact, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes_whenever_it_was_packed_and_however_often_it_is_scrubbed()
    {
        var scrubber = new BundleScrubber(Redactor);
        var once = scrubber.Archive(Archive(Files, 2026), BundleKind.Proxy);
        Assert.Equal(once, scrubber.Archive(Archive(Files, 2025), BundleKind.Proxy));
        Assert.Equal(once, scrubber.Archive(once, BundleKind.Proxy));
    }

    [Fact]
    public void A_bundle_without_credentials_keeps_its_text()
    {
        (string, string)[] files =
        [
            ("api.xml", "<APIProxy name=\"api\"/>"),
            ("resources/jsc/a.js", "var tokenUrl = \"https://x.example\";\r\n"),
        ];
        using var zip = new ZipArchive(new MemoryStream(new BundleScrubber(Redactor).Archive(Archive(files, 2026), BundleKind.Proxy)));
        foreach (var (path, text) in files)
        {
            using var reader = new StreamReader(zip.GetEntry("apiproxy/" + path)!.Open());
            Assert.Equal(text, reader.ReadToEnd());
        }
    }

    private static object Told(EmbeddedCredential credential) =>
        (
            credential.Kind,
            credential.Place,
            credential.Value.Length,
            credential.Value.Fingerprint,
            credential.Location.Artifact,
            credential.Location.Line,
            credential.ByPlace
        );

    private static Bundle Read(byte[] archive) =>
        new BundleReader(Redactor).Read(
            BundleKind.Proxy,
            ZipBundle.Open(archive).Below("apiproxy"),
            "apiproxy",
            "api",
            TestContext.Current.CancellationToken
        );

    private static byte[] Archive((string Path, string Text)[] files, int year)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                var entry = zip.CreateEntry("apiproxy/" + path);
                entry.LastWriteTime = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return buffer.ToArray();
    }
}
