using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Auditor.Testing;
using Npgsql;

namespace Auditor.History.Tests;

/// <summary>The same promises, kept by a real PostgreSQL: Debian's, started for these tests in a folder of theirs.</summary>
public sealed class PostgresStores(PostgresServer server) : Stores, IClassFixture<PostgresServer>
{
    private readonly string database = "auditor_" + Guid.NewGuid().ToString("N");

    protected override string Location
    {
        get
        {
            server.Require();
            server.Create(database);
            return server.Url(database);
        }
    }

    [Fact]
    public async Task A_claim_ends_with_the_connection_that_made_it()
    {
        await using var other = await OpenAsync();
        await using (var store = await OpenAsync())
        {
            Assert.NotNull(await store.ClaimAsync("nightly", TestContext.Current.CancellationToken));
        }

        await using var next = await other.ClaimAsync("nightly", TestContext.Current.CancellationToken);
        Assert.NotNull(next);
    }
}

#pragma warning disable RS0030 // The server is a process of its own.
/// <summary>A PostgreSQL server of its own, on a port of its own, for as long as the tests run.</summary>
public sealed class PostgresServer : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HashSet<string> databases = new(StringComparer.Ordinal);
    private readonly Process? process;
    private readonly int port;
    private readonly string? missing;

    public PostgresServer()
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(version => Path.Combine(version, "bin"))
                .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;
        if (programs is null)
        {
            missing = "PostgreSQL is not installed";
            return;
        }

        // PostgreSQL refuses to run as root; Debian's package brings a user for it.
        var asRoot = Environment.UserName == "root";
        port = FreePort();
        var data = Path.Combine(folder.Path, "data");
        if (asRoot)
        {
            Run("chown", "postgres", folder.Path);
        }

        var command =
            $"{programs}/initdb -D '{data}' -A trust -U auditor -N >/dev/null && exec {programs}/postgres -D '{data}' -p {port} -h 127.0.0.1 -k '{folder.Path}' -c fsync=off";
        process = Process.Start(
            asRoot
                ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", command])
                {
                    WorkingDirectory = folder.Path,
                    UseShellExecute = false,
                    RedirectStandardError = true,
                }
                : new ProcessStartInfo("sh", ["-c", command])
                {
                    WorkingDirectory = folder.Path,
                    UseShellExecute = false,
                    RedirectStandardError = true,
                }
        );
        process!.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString("postgres"));
                connection.Open();
                return;
            }
            catch (NpgsqlException)
            {
                Thread.Sleep(200);
            }
        }

        missing = "PostgreSQL does not start here";
    }

    public void Require() => Assert.SkipUnless(missing is null, missing ?? "");

    public string Url(string database) => string.Create(CultureInfo.InvariantCulture, $"postgresql://auditor@127.0.0.1:{port}/{database}");

    public void Create(string database)
    {
        lock (databases)
        {
            if (!databases.Add(database))
            {
                return;
            }

            using var connection = new NpgsqlConnection(ConnectionString("postgres"));
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The name is made in this file.
            command.CommandText = "CREATE DATABASE " + database;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        folder.Dispose();
    }

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=auditor;Database={database};Pooling=false");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        run.WaitForExit();
    }
}
#pragma warning restore RS0030
