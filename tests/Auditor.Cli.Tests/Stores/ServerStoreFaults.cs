using System.Globalization;
using Auditor.History.Store;
using Auditor.Simulators;
using Auditor.Testing;
using Npgsql;

namespace Auditor.Cli.Tests.Stores;

/// <summary>
/// A store in a real PostgreSQL, Debian's: also when the connection is lost, and when the disk of the server is full. Damaged bytes and file modes are the server's own business.
/// </summary>
public sealed class ServerStoreFaults(FaultyPostgres server) : StoreFaults, IClassFixture<FaultyPostgres>
{
    // The databases of one test among those of the others.
    private readonly string prefix = "t" + Guid.NewGuid().ToString("N")[..12] + "_";

    [Fact]
    public async Task A_connection_that_is_lost_at_any_write_takes_neither_the_report_nor_the_older_runs_with_it()
    {
        FaultLibrary.Require();
        await FirstNightAsync("template");
        var (writes, _) = await CountAsync("template", "second");
        var kept = new int[writes];
        await Parallel.ForEachAsync(
            Enumerable.Range(1, writes).Where(write => write % Step == 1 || write >= writes - 1),
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancel },
            async (write, _) =>
            {
                var store = string.Create(CultureInfo.InvariantCulture, $"cut{write}");
                Copy("template", store);
                var run = await AuditAsync(store, "second", FaultLibrary.At(Fault(store), "cut", write));
                kept[write - 1] = await IsWholeAsync(store);
                if (kept[write - 1] == 1)
                {
                    FailsAtTheStore(run, "store in database '" + prefix + store + "' on '127.0.0.1': ");
                }
                else
                {
                    // The run was kept already: what fails afterwards only says goodbye.
                    Assert.Equal((0, ""), (run.Code, run.Error));
                }
            }
        );
        Assert.Contains(1, kept);
        Assert.Contains(2, kept);
    }

    [Fact]
    public async Task A_session_that_the_server_ends_is_told_of()
    {
        await FirstNightAsync("ended");
        Run run;

        // It waits for what another program holds, so that it is there to be ended, however fast it is.
        await using (await HoldAsync("ended"))
        {
            run = await AuditorProgram.RunAsync(
                Folder,
                ["audit", "second", "--store", Location("ended")],
                null,
                async _ =>
                {
                    while (!server.TerminateWaiting(prefix + "ended"))
                    {
                        await Task.Delay(5, Cancel);
                    }
                }
            );
        }

        FailsAtTheStore(run, "store in database '" + prefix + "ended' on '127.0.0.1': the connection was lost");
        Assert.Equal(1, await IsWholeAsync("ended"));
    }

    [Fact]
    public async Task A_disk_of_the_server_that_is_full_takes_neither_the_report_nor_the_older_runs_with_it()
    {
        FaultLibrary.Require();
        server.Require();
        Prepare();
        server.CreateInPlace(prefix + "filled");
        Assert.Equal(0, (await AuditAsync("filled", "first", null)).Code);
        // A night that has much to say needs room.
        foreach (var i in Enumerable.Range(1, 60))
        {
            foreach (var (path, text) in Inputs.Bundle)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"ping{i}");
                Write($"large/{name}/{path}", text.Replace("ping", name, StringComparison.Ordinal));
            }
        }

        using (server.Fill())
        {
            FailsAtTheStore(
                await AuditAsync("filled", "large", null),
                "the disk is full; nothing of this run was kept, and the older runs are intact"
            );
        }

        Assert.Equal(1, await IsWholeAsync("filled"));
        Assert.Equal((0, ""), await AuditAsync("filled", "second", null) is var again ? (again.Code, again.Error) : default);
        Assert.Equal(2, await IsWholeAsync("filled"));
    }

    [Fact]
    public async Task A_series_that_another_run_holds_is_told_of_at_once()
    {
        await FirstNightAsync("claimed");
        await using (var opened = await OpenAsync("claimed"))
        {
            await using var claim = await opened.ClaimAsync("default", Cancel);
            Assert.NotNull(claim);
            AuditorProgram.EndsWithOneLine(await AuditAsync("claimed", "second", null), 4, "Another audit of 'default' is going on");
        }

        Assert.Equal(1, await IsWholeAsync("claimed"));
    }

    /// <summary>The program waits half a minute: here its room is asked, with less patience.</summary>
    public override async Task A_store_that_another_program_holds_is_waited_for_and_then_told_of()
    {
        await FirstNightAsync("held");
        var location = StoreLocation.Parse(Location("held"), Folder).WithPatience(TimeSpan.FromMilliseconds(200));
        await using (var store = await HistoryStore.OpenAsync(location, new SwiftClock(), Cancel))
        await using (await HoldAsync("held"))
        {
            var told = await Assert.ThrowsAsync<StoreException>(() => store.RunsAsync("default", 1, Cancel));
            Assert.EndsWith("is locked by another program; try again when it has finished", told.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await IsWholeAsync("held"));
    }

    protected override int Step => 8;

    protected override string Location(string store)
    {
        server.Require();
        return server.Url(prefix + store);
    }

    protected override void Create(string store)
    {
        server.Require();
        server.Create(prefix + store);
    }

    protected override void Copy(string from, string to) =>
        server.Execute("postgres", $"CREATE DATABASE {prefix}{to} TEMPLATE {prefix}{from}");

    protected override (string Name, string Value) Fault(string store) =>
        ("FAULT_PORT", server.Port.ToString(CultureInfo.InvariantCulture));

    protected override Task ExecuteAsync(string store, string sql)
    {
        server.Execute(prefix + store, sql);
        return Task.CompletedTask;
    }

    protected override async Task<IAsyncDisposable> HoldAsync(string store)
    {
        var connection = new NpgsqlConnection(server.ConnectionString(prefix + store));
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN; LOCK TABLE run IN ACCESS EXCLUSIVE MODE";
        await command.ExecuteNonQueryAsync(Cancel);
        return connection;
    }
}

/// <summary>A PostgreSQL with a place for databases whose disk can become full.</summary>
public sealed class FaultyPostgres : PostgresServer
{
    private const string Place = "auditor-small";

    private readonly string? full;
    private bool isMade;

    public FaultyPostgres()
        : this(FaultLibrary.Full("/" + Place + "/")) { }

    private FaultyPostgres((Dictionary<string, string> Environment, string? While) fault)
        : base(fault.Environment) => full = fault.While;

    /// <summary>Makes a database in that place.</summary>
    public void CreateInPlace(string database)
    {
        if (!isMade)
        {
            Execute("postgres", $"CREATE TABLESPACE small LOCATION '{MakeFolder(Place)}'");
            isMade = true;
        }

        Execute("postgres", $"CREATE DATABASE {database} TABLESPACE small");
    }

    /// <summary>Fills the disk, until what is returned is disposed of.</summary>
    public IDisposable Fill() => new Filled(full!);

    private sealed class Filled : IDisposable
    {
        private readonly string file;

        public Filled(string file)
        {
            this.file = file;
            File.WriteAllText(file, "");
        }

        public void Dispose() => File.Delete(file);
    }
}
