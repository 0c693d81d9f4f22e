using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Auditor.Cli.Tests.Stores;

/// <summary>A store in a file: also on a disk that is full, and with bytes that are not its own.</summary>
public sealed class FileStoreFaults : StoreFaults
{
    [Fact]
    public async Task A_full_disk_at_any_write_takes_neither_the_report_nor_the_older_runs_with_it()
    {
        FaultLibrary.Require();
        await FirstNightAsync("template");
        var (writes, _) = await CountAsync("template", "second");
        var kept = new int[writes];
        await Parallel.ForEachAsync(
            // Every eighth: a disk that is full stays full, so that neighbours differ little.
            Enumerable.Range(1, writes).Where(write => write % 8 == 1 || write == writes),
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancel },
            async (write, _) =>
            {
                var store = string.Create(CultureInfo.InvariantCulture, $"full{write}");
                Copy("template", store);
                var run = await AuditAsync(store, "second", FaultLibrary.At(Fault(store), "full", write));
                kept[write - 1] = await IsWholeAsync(store);
                if (kept[write - 1] == 1)
                {
                    FailsAtTheStore(run, "the disk is full; nothing of this run was kept, and the older runs are intact");
                }
                else
                {
                    // The run was kept already: what fails afterwards only tidies up.
                    Assert.Equal((0, ""), (run.Code, run.Error));
                }
            }
        );
        Assert.Contains(1, kept);
        Assert.Contains(2, kept);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_damaged_store_never_takes_the_report_with_it(int seed)
    {
        await FirstNightAsync("damaged");
        var file = Path.Combine(Folder, Location("damaged"));
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        var random = new Random(seed);
        for (var page = 1; page < bytes.Length / 4096; page++)
        {
            // Some pages whole, some a few bytes, some not at all; the first seed all of them.
            var length = seed == 1 ? 4096 : random.Next(3) * random.Next(1, 2048);
            random.NextBytes(bytes.AsSpan((page * 4096) + random.Next(4097 - length), length));
        }

        await File.WriteAllBytesAsync(file, bytes, Cancel);
        var run = await AuditAsync("damaged", "second", null);
        Assert.Contains(run.Code, new[] { 0, 4 });
        AuditorProgram.IsClean(run);
        // Either the damage is told, or it hit nothing that the comparison took: then the change of the second night is found as ever.
        Assert.StartsWith(
            run.Code == 0 ? "passed with findings: 1 warning" : "incomplete",
            run.Output.TrimEnd('\n').Split('\n')[^1],
            StringComparison.Ordinal
        );
        if (run.Code == 4)
        {
            FailsAtTheStore(run, "store 'damaged.db'");
        }

        if (seed == 1)
        {
            FailsAtTheStore(run, "is corrupt; restore it from a backup or start a new one");
        }

        foreach (
            string[] look in (string[][])
                [
                    ["history"],
                    ["diff", "run:1", "run:last"],
                    ["render", "run:1"],
                ]
        )
        {
            var looked = await AuditorProgram.RunAsync(Folder, [.. look, "--store", Location("damaged")]);
            Assert.Contains(looked.Code, new[] { 0, 1, 2, 4 });
            AuditorProgram.IsClean(looked);
        }
    }

    [Fact]
    public async Task A_store_that_may_not_be_written_is_told_of()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are Unix's");
        Prepare();
        Directory.CreateDirectory(Path.Combine(Folder, "place"));
        File.WriteAllText(Path.Combine(Folder, "place", "file"), "");
        var run = await AuditorProgram.RunAsync(Folder, ["audit", "first", "--store", "place/file/auditor.db"]);
        Assert.Equal(4, run.Code);
        Assert.Contains("store 'place/file/auditor.db'", Assert.Single(run.Complaints), StringComparison.Ordinal);
        AuditorProgram.IsClean(run);
    }

    protected override string Location(string store) => store + ".db";

    protected override void Create(string store) { }

    protected override void Copy(string from, string to) =>
        File.Copy(Path.Combine(Folder, Location(from)), Path.Combine(Folder, Location(to)));

    protected override (string Name, string Value) Fault(string store) => ("FAULT_FILE", "/" + Location(store));

    protected override async Task ExecuteAsync(string store, string sql)
    {
        await using var connection = await ConnectAsync(store);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in the tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancel);
    }

    protected override async Task<IAsyncDisposable> HoldAsync(string store)
    {
        var connection = await ConnectAsync(store);
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(Cancel);
        return connection;
    }

    private async Task<SqliteConnection> ConnectAsync(string store)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, Location(store))};Pooling=False");
        await connection.OpenAsync(Cancel);
        return connection;
    }
}
