using Auditor.History.Store;

namespace Auditor.History.Tests;

/// <summary>Stores as every version of the program left them. The two databases understand the same statements.</summary>
public static class OldStores
{
    // What version 1 of the schema looked like. A released version gets its own, and none of them is ever edited.
    private const string Version1 = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO meta VALUES ('schema', '1');
        CREATE TABLE run (
            series TEXT NOT NULL, number INTEGER NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL, captured TEXT, tool TEXT NOT NULL, rules TEXT NOT NULL,
            exit_code INTEGER NOT NULL, gaps TEXT NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL, notes INTEGER NOT NULL, opens INTEGER NOT NULL,
            form INTEGER NOT NULL, PRIMARY KEY (series, number));
        CREATE TABLE blob (hash TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE entity (
            series TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, first_run INTEGER NOT NULL, until_run INTEGER, PRIMARY KEY (series, key, first_run));
        CREATE INDEX entity_hash ON entity (hash);
        CREATE TABLE part (
            series TEXT NOT NULL, part TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, first_run INTEGER NOT NULL, until_run INTEGER,
            PRIMARY KEY (series, part, first_run));
        CREATE TABLE finding (
            series TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL, place TEXT NOT NULL,
            first_run INTEGER NOT NULL, until_run INTEGER, PRIMARY KEY (series, fingerprint, level, first_run));
        CREATE TABLE claim (series TEXT PRIMARY KEY, since TEXT NOT NULL);
        INSERT INTO run VALUES ('nightly', 1, '2026-11-20T02:00:00.000Z', '2026-11-20T02:01:00.000Z', NULL, '0.1.0', 'r', 0, '', 0, 0, 0, 0, 1);
        INSERT INTO blob VALUES ('h', '{"kind":"scope","name":"n","title":"scope ''a''","part":"p","ids":[],"fields":[["Consent",0,"IMPLICIT"]]}');
        INSERT INTO entity VALUES ('nightly', 'k', 'h', 1, NULL);
        INSERT INTO part VALUES ('nightly', 'p', 'complete', NULL, 1, NULL);
        INSERT INTO finding VALUES ('nightly', 'f', 'AUD-001', 'error', 'm', 'x', 1, NULL);
        INSERT INTO claim VALUES ('nightly', '2026-11-20T02:00:00.000Z');
        """;

    // What version 2 added: claims are locks, and the key of the fingerprints.
    private const string Version2 =
        Version1
        + """
            DROP TABLE claim;
            ALTER TABLE run ADD COLUMN redaction TEXT;
            UPDATE meta SET value = '2' WHERE name = 'schema';
            """;

    /// <summary>The versions before this one.</summary>
    public static TheoryData<int> Versions => [1, 2];

    /// <summary>What makes a store of a version, with one run in it.</summary>
    public static string Schema(int version) => version == 1 ? Version1 : Version2;

    /// <summary>Makes sure that an opened store holds all that it held, and takes the next run.</summary>
    public static async Task IsUpToDateAsync(HistoryStore opened)
    {
        await using var store = opened;
        Assert.Equal(Migrations.Version, Versions.Count + 1);
        var run = Assert.Single(await store.RunsAsync("nightly", 10, TestContext.Current.CancellationToken));
        var state = await store.StateAsync(run, TestContext.Current.CancellationToken);
        Assert.Equal("scope 'a'", Assert.Single(state.Entities).Title);
        Assert.Null(state.RedactionKey);
        Assert.Null(await store.DocumentAsync(run, TestContext.Current.CancellationToken));
        Assert.Equal("f", Assert.Single(await store.FindingsAsync("nightly", 1, TestContext.Current.CancellationToken)).Fingerprint);
        var next = StoreRecords.Of(state) with { Document = "{}"u8.ToArray() };
        var second = await store.AddAsync(next, TestContext.Current.CancellationToken);
        Assert.Equal(2, second.Number);
        Assert.Equal("{}"u8.ToArray(), await store.DocumentAsync(second, TestContext.Current.CancellationToken));
        await using var claim = await store.ClaimAsync("nightly", TestContext.Current.CancellationToken);
        Assert.NotNull(claim);
    }
}
