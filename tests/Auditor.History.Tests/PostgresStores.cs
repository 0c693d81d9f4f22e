using Auditor.Testing;

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

    [Theory]
    [MemberData(nameof(OldStores.Versions), MemberType = typeof(OldStores))]
    public async Task A_store_of_an_older_version_is_brought_up_to_date_with_all_that_it_holds(int version)
    {
        _ = Location;
        server.Execute(database, OldStores.Schema(version));
        await OldStores.IsUpToDateAsync(await OpenAsync());
    }

    [Fact]
    public async Task A_claim_ends_with_the_connection_that_made_it()
    {
        await using var other = await OpenAsync();
        await using (var store = await OpenAsync())
        {
            Assert.NotNull(await store.ClaimAsync("nightly", TestContext.Current.CancellationToken));
        }

        // The server ends a session when it gets to it.
        for (var attempt = 0; attempt < 600; attempt++)
        {
            await using var next = await other.ClaimAsync("nightly", TestContext.Current.CancellationToken);
            if (next is not null)
            {
                return;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail("The claim outlived its connection.");
    }
}
