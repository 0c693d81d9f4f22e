using Auditor.Testing;

namespace Auditor.Cli.Tests.Stores;

/// <summary>Whoever may only read a store can look into it.</summary>
public sealed class ReadOnlyStores : IDisposable
{
    private const string Unprivileged = "setpriv --reuid=65534 --regid=65534 --clear-groups ";

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("chmod 555 . && chmod 444 auditor.db")]
    [InlineData("chmod 777 . && chmod 444 auditor.db")]
    [InlineData("mv auditor.db 'a #1 ?b%.db' && ln -s 'a #1 ?b%.db' auditor.db && chmod 555 . && chmod 444 auditor.db")]
    public async Task A_store_that_may_only_be_read_tells_of_its_runs(string made)
    {
        foreach (var (path, text) in Inputs.Bundle)
        {
            folder.Write("first/" + path, text);
            folder.Write("second/" + path, text.Replace("/ping", "/pong", StringComparison.Ordinal));
        }

        foreach (var night in (string[])["first", "second"])
        {
            Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", night, "--store", "auditor.db"])).Code);
        }

        var asNobody = await BashAsync("test \"$(id -u)\" != 0 || command -v setpriv") is { Code: 0 } known
            ? known.Output.Length > 0
                ? Unprivileged
                : ""
            : null;
        Assert.SkipWhen(asNobody is null, "root may write everywhere, and there is no setpriv to be somebody else");
        Assert.Equal(0, (await BashAsync(made)).Code);
        Assert.SkipUnless(
            (await BashAsync(asNobody + "auditor --version")).Code == 0,
            "the program lies where only its owner may start it"
        );
        var before = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToList();
        var history = await BashAsync(asNobody + "auditor history --store auditor.db");
        Assert.Equal((0, ""), (history.Code, history.Error));
        Assert.Contains("default: 2 runs", history.Output, StringComparison.Ordinal);
        var diff = await BashAsync(asNobody + "auditor diff run:1 run:last --store auditor.db --quiet");
        Assert.Equal("", diff.Error);
        Assert.StartsWith("1 change", diff.Output, StringComparison.Ordinal);
        var render = await BashAsync(asNobody + "auditor render run:1 --store auditor.db --report csv");
        Assert.Equal((0, ""), (render.Code, render.Error));

        // SQLite's own files beside it would belong to the reader, and keep the owner out.
        Assert.Equal(before, Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));

        // To write is another matter: the report is printed, and that the store may not be written is told.
        var audit = await BashAsync(asNobody + "auditor audit second --store auditor.db");
        Assert.Equal(4, audit.Code);
        Assert.Contains("store 'auditor.db'", Assert.Single(audit.Complaints), StringComparison.Ordinal);
        AuditorProgram.IsClean(audit);
    }

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        folder.Dispose();
    }

    private Task<Run> BashAsync(string script) =>
        AuditorProgram.BashAsync(folder.Path, script, new Dictionary<string, string> { ["HOME"] = folder.Path });
}
