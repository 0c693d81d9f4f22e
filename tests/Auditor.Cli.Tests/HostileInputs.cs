using System.Runtime.InteropServices;
using System.Text;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>
/// Inputs made to harm whoever reads them. Each ends with the right exit code and one line that names the place and the reason; nothing is written, nothing acts on
/// the terminal, and the heap of the program is held below 200 MB by the runtime.
/// </summary>
public sealed partial class HostileInputs
{
    private static readonly SortedDictionary<string, Case> Cases = new(StringComparer.Ordinal);

    /// <summary>An input: what it is made of, what is audited, how the audit ends, and the line that says why.</summary>
    private sealed record Case(Action<TemporaryFolder> Arrange, string Path, int Code, string Place, string Reason);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_ends_in_one_clear_line(string name)
    {
        var hostile = Cases[name];
        using var folder = new TemporaryFolder();
        hostile.Arrange(folder);
        var before = Everything(folder);
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "--verbose", "--", hostile.Path]);
        AuditorProgram.IsClean(run);
        Assert.True(hostile.Code == run.Code, $"exit code {run.Code}\n{run.Output}{run.Error}");
        var said = (run.Output + run.Error).Split('\n').Count(line => line.Contains(hostile.Place, StringComparison.Ordinal));
        Assert.True(said > 0, $"'{hostile.Place}' is not named:\n{run.Output}{run.Error}");
        // A report wraps its lines.
        var text = string.Join(' ', (run.Output + run.Error).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.True(text.Contains(hostile.Reason, StringComparison.Ordinal), $"'{hostile.Reason}' is not said:\n{run.Output}{run.Error}");
        Assert.Equal(before, Everything(folder));
    }

    [Fact]
    public void There_are_at_least_sixty() => Assert.InRange(Cases.Count, 60, int.MaxValue);

    static HostileInputs()
    {
        Archives();
        Xml();
        Behaviour();
        Recordings();
        Folders();
    }

    private static void Xml()
    {
        Policy(
            "an entity bomb",
            """<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;&b;">]><Script name="X">&c;</Script>""",
            "a document type declaration is refused"
        );
        Policy(
            "an external entity",
            """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Script name="X">&b;</Script>""",
            "a document type declaration is refused"
        );
        Policy(
            "an external DTD",
            """<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><Script name="X"/>""",
            "a document type declaration is refused"
        );
        Policy("an undeclared entity", """<Script name="X">&nbsp;</Script>""", "an entity is not declared");
        Policy("200,000 nested tags", string.Concat(Enumerable.Repeat("<a>", 200_000)), "nested deeper than 256");
        Policy(
            "200,000 nested tags that are closed",
            string.Concat(Enumerable.Repeat("<a>", 200_000)) + string.Concat(Enumerable.Repeat("</a>", 200_000)),
            "nested deeper than 256"
        );
        Policy("a document that ends in the middle", "<Script name=\"X\"><a>", "the document ends in the middle");
        Policy("tags that cross", "<Script name=\"X\"><a></b></Script>", "an end tag does not match its start tag");
        Policy("an attribute given twice", "<Script name=\"X\" name=\"Y\"/>", "an attribute is given twice");
        Policy("an undeclared prefix", "<e:Script name=\"X\"/>", "a namespace prefix is not declared");
        Policy("two roots", "<Script name=\"X\"/><Script name=\"Y\"/>", "not well-formed XML");
        Policy("no root", "<!-- nothing -->", "there is no root element");
        Policy("an empty document", "", "the file is empty");
        Policy("a NUL", "<Script name=\"X\0\"/>", "not well-formed XML");
        Policy("an escape sequence as a character reference", "<Script name=\"&#27;[2J\"/>", "not well-formed XML");
        Policy("an escape sequence in XML 1.1", "<?xml version=\"1.1\"?><Script name=\"&#27;[2J\"/>", "not well-formed XML");
        Policy("no XML at all", "{ \"name\": \"X\" }", "not well-formed XML");
        Policy("17 million characters", "<Script name=\"X\">" + new string('x', 17 * 1024 * 1024) + "</Script>", "");
        Policy("broken UTF-8", [.. "<Script name=\""u8, 0xC3, 0x28, .. "\"/>"u8], "the file is not valid UTF-8");
        Policy("UTF-16 without a mark", Encoding.Unicode.GetBytes("<Script name=\"X\"/>"), "");
        Policy("half a UTF-16 character", [0xFF, 0xFE, 0x3C, 0x00, 0x61], "");
        Policy("random bytes", [.. Enumerable.Range(0, 4_000).Select(i => (byte)(i * 7919 >> 3))], "");
    }

    // What can be read and is meant to make the reader work, or to say something in a report.
    private static void Behaviour()
    {
        Bundle(
            "names that act on a terminal or a pipeline",
            0,
            "clean",
            "",
            (
                "policies/X.xml",
                "<Script name=\"\u202E::error::##vso[task.setvariable]\u009b2J\"><ResourceURL>jsc://x.js</ResourceURL></Script>"
            )
        );
        Bundle(
            "shared flows that call each other",
            0,
            "clean",
            "",
            ("policies/FC.xml", """<FlowCallout name="FC"><SharedFlowBundle>a</SharedFlowBundle></FlowCallout>"""),
            ("../a/sharedflowbundle/sharedflows/default.xml", """<SharedFlow name="default"><Step><Name>FC</Name></Step></SharedFlow>"""),
            ("../a/sharedflowbundle/policies/FC.xml", """<FlowCallout name="FC"><SharedFlowBundle>b</SharedFlowBundle></FlowCallout>"""),
            ("../b/sharedflowbundle/sharedflows/default.xml", """<SharedFlow name="default"><Step><Name>FC</Name></Step></SharedFlow>"""),
            ("../b/sharedflowbundle/policies/FC.xml", """<FlowCallout name="FC"><SharedFlowBundle>a</SharedFlowBundle></FlowCallout>"""),
            ("proxies/default.xml", Inputs.Endpoint("<Step><Name>FC</Name></Step>"))
        );
        Bundle(
            "a condition of 100,000 brackets",
            0,
            "",
            "",
            (
                "proxies/default.xml",
                Inputs.Endpoint("<Step><Condition>" + new string('(', 100_000) + "</Condition><Name>RF-Pong</Name></Step>")
            )
        );
        Bundle(
            "a condition of 20,000 terms",
            0,
            "",
            "",
            (
                "proxies/default.xml",
                Inputs.Endpoint(
                    "<Step><Condition>"
                        + string.Join(" or ", Enumerable.Range(0, 20_000).Select(i => $"request.header.h{i} = \"{i}\""))
                        + "</Condition><Name>RF-Pong</Name></Step>"
                )
            )
        );
        Bundle(
            "a pattern that backtracks for ever",
            0,
            "",
            "",
            (
                "proxies/default.xml",
                Inputs.Endpoint(
                    "<Step><Condition>request.header.a JavaRegex \"^((a+)+)+$\" and request.header.a = \""
                        + new string('a', 40)
                        + "!\"</Condition><Name>RF-Pong</Name></Step>"
                )
            )
        );
        Bundle(
            "a script that never ends",
            0,
            "",
            "",
            ("policies/JS.xml", """<Javascript name="JS"><ResourceURL>jsc://x.js</ResourceURL></Javascript>"""),
            ("resources/jsc/x.js", "while (true) { context.setVariable('a', 'b'); }"),
            ("proxies/default.xml", Inputs.Endpoint("<Step><Name>JS</Name></Step>"))
        );
        Bundle(
            "a script that calls itself",
            0,
            "",
            "",
            ("policies/JS.xml", """<Javascript name="JS"><ResourceURL>jsc://x.js</ResourceURL></Javascript>"""),
            ("resources/jsc/x.js", "function f(a) { return f(a + a); } f('x');"),
            ("proxies/default.xml", Inputs.Endpoint("<Step><Name>JS</Name></Step>"))
        );
        Bundle(
            "a script of 100,000 brackets",
            0,
            "",
            "",
            ("policies/JS.xml", """<Javascript name="JS"><ResourceURL>jsc://x.js</ResourceURL></Javascript>"""),
            ("resources/jsc/x.js", new string('(', 100_000)),
            ("proxies/default.xml", Inputs.Endpoint("<Step><Name>JS</Name></Step>"))
        );
        Bundle(
            "a script that doubles a text",
            0,
            "",
            "",
            ("policies/JS.xml", """<Javascript name="JS"><ResourceURL>jsc://x.js</ResourceURL></Javascript>"""),
            ("resources/jsc/x.js", "var s = 'x'; for (var i = 0; i < 60; i++) { s += s; } context.setVariable('a', s);"),
            ("proxies/default.xml", Inputs.Endpoint("<Step><Name>JS</Name></Step>"))
        );
        Bundle(
            "2,000 conditional steps",
            4,
            "POL-001",
            "over budget",
            (
                "proxies/default.xml",
                Inputs.Endpoint(
                    string.Concat(
                        Enumerable
                            .Range(0, 2_000)
                            .Select(i => $"<Step><Condition>request.header.h{i} = \"1\"</Condition><Name>RF-Pong</Name></Step>")
                    )
                )
            )
        );
        Bundle("a step without a policy", 0, "", "", ("proxies/default.xml", Inputs.Endpoint("<Step><Name>Gone</Name></Step><Step/>")));
    }

    private static void Recordings()
    {
        const string Apps = "okta/acme.okta.com/api/v1/apps.json";
        const string Servers = "okta/acme.okta.com/api/v1/authorizationServers.json";
        Recording("JSON that is cut off", Apps, "[{ \"id\": \"0oa", 4, "");
        Recording("JSON nested 100,000 deep", Apps, new string('[', 100_000), 4, "");
        Recording("JSON nested 100,000 deep and closed", Apps, new string('[', 100_000) + new string(']', 100_000), 4, "");
        Recording("an empty answer", Apps, "", 4, "");
        Recording("a page of HTML for an answer", Apps, "<html><body>Sign in</body></html>", 4, "");
        Recording("a number for a list", Apps, "42", 4, "");
        Recording("an object for a list", Servers, "{ \"errorCode\": \"E0000006\" }", 4, "");
        Recording("rows that are no objects", Apps, "[1, null, \"x\", [[]]]", 4, "");
        Recording("a lone surrogate", Apps, "[{ \"id\": \"\\ud800\", \"label\": \"\\udfff\" }]", 4, "");
        Recording("broken UTF-8 in JSON", Apps, [.. "[{ \"id\": \""u8, 0xC3, 0x28, .. "\" }]"u8], 4, "");
        Recording("not a number", Apps, "[{ \"id\": NaN }]", 4, "");
        Recording("a recording of another format", "recording.json", "{ \"format\": 2 }", 2, "reads format 1", place: "format 2");
        Recording("a header that is no JSON", "recording.json", "format: 1", 4, "");
        Recording(
            "a bundle that is cut off",
            Inputs.Policy("VJ-Okta"),
            "<VerifyJWT name=\"VJ-Okta\"",
            4,
            "the document ends in the middle"
        );
        Add(
            "an answer of a gigabyte",
            folder =>
            {
                Estate.Load("acme").WriteTo(folder.Path);
                Sparse(Path.Combine(folder.Path, Apps), 1L << 30);
            },
            ".",
            4,
            "okta/acme.okta.com/apps",
            ""
        );
    }

    private static void Folders()
    {
        const string Policy = "apiproxy/policies/X.xml";
        Add("a path that is not there", _ => { }, "gone", 2, "'gone'", "does not exist");
        Add("a path of 5,000 characters", _ => { }, new string('x', 5_000), 2, "xxx", "does not exist");
        Add("an empty path", _ => { }, "", 2, "A PATH is empty", "");
        Add("a path with an escape sequence", _ => { }, "a\u001b[2Jb", 2, "auditor: ", "does not exist");
        Add("an endless device", _ => { }, "/dev/zero", 2, "'/dev/zero'", "is not a regular file");
        Add("a pipe that nobody writes to", folder => Pipe(folder, "pipe"), "pipe", 2, "'pipe'", "is not a regular file");
        WithFolder("a pipe among the policies", folder => Pipe(folder, Policy), 4, Policy, "");
        WithFolder("a link out of the folder", folder => Link(folder, Policy, "/etc/passwd"), 0, Policy, "a link");
        WithFolder("a link to a folder above", folder => Link(folder, "apiproxy/resources", ".."), 0, "apiproxy/resources", "a link");
        WithFolder("a link to itself", folder => Link(folder, Policy, "X.xml"), 0, Policy, "a link");
        WithFolder("a link to nothing", folder => Link(folder, Policy, "/nowhere"), 0, Policy, "a link");
        WithFolder(
            "folders nested 100 deep",
            folder => folder.Write(string.Concat(Enumerable.Repeat("d/", 100)) + "x.xml", ""),
            0,
            "d/d/d",
            "nested deeper than 40 folders"
        );
        WithFolder("a policy of ten gigabytes", folder => Sparse(folder.Write(Policy, "<"), 10L << 30), 4, Policy, "");
        WithFolder(
            "a file name with a line break and a command",
            folder => folder.Write("apiproxy/policies/a\n::error::b.xml", "<"),
            4,
            "b.xml",
            ""
        );
        WithFolder(
            "a file name with an escape sequence",
            folder => folder.Write("apiproxy/policies/\u001b]0;owned\u0007.xml", "<"),
            4,
            "owned",
            ""
        );
        WithFolder("a folder named like a policy", folder => folder.Write(Policy + "/x", ""), 0, "clean", "");
        WithFolder(
            "a hostile archive beside a bundle",
            folder => folder.Write("evil.zip", RawZip.Bundle(new RawZip.Entry("../x", []))),
            4,
            "evil.zip",
            "climbs out of the archive"
        );
    }

    private static void Add(string name, Action<TemporaryFolder> arrange, string path, int code, string place, string reason) =>
        Cases.Add(name, new Case(arrange, path, code, place, reason));

    private static void File(string name, string file, byte[] content, int code, string reason) =>
        Add(name, folder => folder.Write(file, content), file, code, file, reason);

    private static void Policy(string name, string xml, string reason) => Policy(name, Encoding.UTF8.GetBytes(xml), reason);

    private static void Policy(string name, byte[] xml, string reason) =>
        WithFolder(name + " in a policy", folder => folder.Write("apiproxy/policies/X.xml", xml), 4, "apiproxy/policies/X.xml", reason);

    private static void Bundle(string name, int code, string place, string reason, params (string Path, string Text)[] files) =>
        WithFolder(
            name,
            folder =>
            {
                foreach (var (path, text) in files)
                {
                    folder.Write(Path.GetRelativePath("/", Path.GetFullPath("/apiproxy/" + path)), text);
                }
            },
            code,
            place,
            reason
        );

    private static void WithFolder(string name, Action<TemporaryFolder> spoil, int code, string place, string reason) =>
        Add(
            name,
            folder =>
            {
                foreach (var (path, text) in Inputs.Bundle)
                {
                    folder.Write(path, text);
                }

                spoil(folder);
            },
            ".",
            code,
            place,
            reason
        );

    private static void Recording(string name, string path, string text, int code, string reason, string? place = null) =>
        Recording(name, path, Encoding.UTF8.GetBytes(text), code, reason, place);

    private static void Recording(string name, string path, byte[] bytes, int code, string reason, string? place = null) =>
        Add(name, folder => Estate.Load("acme").With(path, bytes).WriteTo(folder.Path), ".", code, place ?? PartOf(path), reason);

    // Answers are named by the part of the estate that they were asked for.
    private static string PartOf(string path) =>
        path.StartsWith("okta/", StringComparison.Ordinal)
            ? path.Replace("/api/v1/", "/", StringComparison.Ordinal)[..^".json".Length]
            : path;

    private static void Sparse(string file, long length)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.SetLength(length);
    }

    private static void Link(TemporaryFolder folder, string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, path))!);
        System.IO.File.CreateSymbolicLink(Path.Combine(folder.Path, path), target);
    }

    private static void Pipe(TemporaryFolder folder, string path) =>
        Assert.Equal(0, MakePipe(Encoding.UTF8.GetBytes(Path.Combine(folder.Path, path) + "\0"), 0x180));

    private static List<string> Everything(TemporaryFolder folder) =>
        [.. Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe(byte[] path, uint mode);
}
