using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Auditor.Testing;

#pragma warning disable RS0030 // The server is a process of its own.
/// <summary>A PostgreSQL server of its own, on a port of its own, for as long as the tests run.</summary>
public class PostgresServer : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HashSet<string> databases = new(StringComparer.Ordinal);
    private readonly Process? process;
    private readonly int port;
    private readonly string? missing;

    public PostgresServer()
        : this(new Dictionary<string, string>()) { }

    /// <param name="environment">Further variables of the server.</param>
    protected PostgresServer(IReadOnlyDictionary<string, string> environment)
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
        var start = asRoot
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", command])
            : new ProcessStartInfo("sh", ["-c", command]);
        start.WorkingDirectory = folder.Path;
        start.UseShellExecute = false;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start);
        process!.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        for (var attempt = 0; attempt < 900; attempt++)
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

    /// <summary>Makes a folder that the server can write.</summary>
    public string MakeFolder(string name)
    {
        var made = Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName;
        if (Environment.UserName == "root")
        {
            Run("chown", "postgres", made);
        }

        return made;
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => port;

    public void Require() => Assert.SkipUnless(missing is null, missing ?? "");

    public string Url(string database) => string.Create(CultureInfo.InvariantCulture, $"postgresql://auditor@127.0.0.1:{port}/{database}");

    /// <summary>Runs a statement in a database.</summary>
    public void Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database));
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in the tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Ends the connections to a database that wait for what another one holds.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TerminateWaiting(string database)
    {
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = @name AND wait_event_type = 'Lock'";
        command.Parameters.AddWithValue("name", database);
        return (long)command.ExecuteScalar()! > 0;
    }

    public void Create(string database)
    {
        lock (databases)
        {
            if (!databases.Add(database))
            {
                return;
            }

            Execute("postgres", "CREATE DATABASE " + database);
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        NpgsqlConnection.ClearAllPools();
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        folder.Dispose();
    }

    /// <summary>How Npgsql connects to a database.</summary>
    public string ConnectionString(string database) =>
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
