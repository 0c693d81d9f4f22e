using System.Collections.Immutable;
using System.Text;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Testing;
using Microsoft.Data.Sqlite;

namespace Auditor.History.Tests;

/// <summary>What a store promises, in a file. <see cref="PostgresStores"/> promises the same.</summary>
public class Stores : IDisposable
{
    private readonly TemporaryFolder folder = new();

    protected virtual string Location => Path.Combine(folder.Path, "auditor.db");

    [Fact]
    public async Task A_state_comes_back_as_it_was_kept()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        await using var store = await OpenAsync();
        var run = await store.AddAsync(Record(state), Cancel);
        var kept = await store.StateAsync(run, Cancel);
        Assert.Equal(1, run.Number);
        Assert.Equal(state.Entities.Length, kept.Entities.Length);
        Assert.Empty(Estates.Compare(kept, state).Changes);
        Assert.Equal(state.Parts, kept.Parts);
    }

    [Fact]
    public async Task Any_two_nights_are_compared_as_they_were()
    {
        var nights = new List<Snapshot> { Estates.Snapshot(Estates.Meridian) };
        var random = new Random(7);
        var landscape = Estates.Meridian;
        await using (var store = await OpenAsync())
        {
            await store.AddAsync(Record(nights[0]), Cancel);
            for (var night = 1; night < 6; night++)
            {
                landscape = Mutation.All[random.Next(Mutation.All.Length)].Apply(landscape, random) ?? landscape;
                nights.Add(Estates.Snapshot(landscape));
                await store.AddAsync(Record(nights[^1]), Cancel);
            }
        }

        await using var again = await OpenAsync();
        var runs = await again.RunsAsync("nightly", 100, Cancel);
        Assert.Equal([6, 5, 4, 3, 2, 1], runs.Select(run => run.Number));
        foreach (var left in runs)
        {
            foreach (var right in runs)
            {
                Assert.Equal(
                    Keys(Estates.Compare(nights[left.Number - 1], nights[right.Number - 1])),
                    Keys(Estates.Compare(await again.StateAsync(left, Cancel), await again.StateAsync(right, Cancel)))
                );
            }
        }

        static IEnumerable<string> Keys(EstateComparison comparison) =>
            comparison.Changes.Select(change => $"{change.Key} {change.Status} {change.Cause}");
    }

    [Fact]
    public async Task What_a_night_could_not_list_stands_as_it_was_known()
    {
        var full = Estates.Meridian;
        var denied = full with
        {
            Okta = full.Okta.SetItem(0, full.Okta[0] with { Apps = new Collected<Model.Okta.OktaApp>([], new Coverage.Denied("403")) }),
        };
        await using var store = await OpenAsync();
        await store.AddAsync(Record(Estates.Snapshot(full)), Cancel);
        var second = await store.AddAsync(Record(Estates.Snapshot(denied)), Cancel);
        var known = await store.StateAsync(second, Cancel);
        Assert.Equal(full.Okta.Sum(org => org.Apps.Count), known.Entities.Count(entity => entity.Kind == "client"));
        Assert.Empty(Estates.Compare(known, Estates.Snapshot(full)).Changes);
    }

    [Fact]
    public async Task What_a_night_could_not_read_of_an_entity_stands_as_it_was_known()
    {
        var denied = Estates.Snapshot(Absences.WithEntries(new Coverage.Denied("403")));
        await using var store = await OpenAsync();
        await store.AddAsync(Record(Estates.Snapshot(Estates.Meridian)), Cancel);
        var second = await store.AddAsync(Record(denied), Cancel);
        Assert.Empty(Estates.Compare(await store.StateAsync(second, Cancel), Estates.Snapshot(Estates.Meridian)).NotAssessed);
        Assert.Empty(await store.ChangesAsync("nightly", Cancel));

        // What was never read is not known, and becomes known.
        await store.AddAsync(Record(denied) with { Run = Record(denied).Run with { Series = "late" } }, Cancel);
        var known = Record(Estates.Snapshot(Estates.Meridian));
        var run = await store.AddAsync(known with { Run = known.Run with { Series = "late" } }, Cancel);
        Assert.Empty(Estates.Compare(await store.StateAsync(run, Cancel), Estates.Snapshot(Estates.Meridian)).NotAssessed);
    }

    [Fact]
    public async Task The_document_of_every_run_comes_back_whole()
    {
        var state = Estates.Snapshot(Estates.Meridian) with { Entities = [] };
        var documents = Enumerable
            .Range(0, 40)
            .Select(night =>
                Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Range(0, 400).Select(i => $"{{\"a\":{(i == night ? -1 : i * 7919 % 1_000)}}},"))
                )
            )
            .ToList();
        await using var store = await OpenAsync();
        foreach (var document in documents)
        {
            await store.AddAsync(Record(state) with { Document = document }, Cancel);
            await store.AddAsync(Record(state), Cancel);
        }

        var runs = (await store.RunsAsync("nightly", 100, Cancel)).Reverse().ToList();
        for (var i = 0; i < runs.Count; i++)
        {
            Assert.Equal(i % 2 == 0 ? documents[i / 2] : null, await store.DocumentAsync(runs[i], Cancel));
        }
    }

    [Fact]
    public async Task Forgetting_keeps_the_documents_that_later_ones_are_written_from()
    {
        var state = Estates.Snapshot(Estates.Meridian) with { Entities = [] };
        var day = new DateTimeOffset(2026, 11, 1, 2, 0, 0, TimeSpan.Zero);
        var text = string.Concat(Enumerable.Range(0, 400).Select(i => $"{{\"a\":{i * 7919 % 1_000}}},"));
        await using var store = await OpenAsync();
        for (var night = 0; night < 50; night++)
        {
            var record = Record(state) with { Document = Encoding.UTF8.GetBytes($"{text}{night}") };
            await store.AddAsync(record with { Run = record.Run with { Finished = day.AddDays(night) } }, Cancel);
        }

        Assert.Equal(40, await store.ForgetAsync("nightly", day.AddDays(40), Cancel));
        var runs = await store.RunsAsync("nightly", 100, Cancel);
        Assert.Equal(10, runs.Length);
        foreach (var run in runs)
        {
            Assert.Equal($"{text}{run.Number - 1}", Encoding.UTF8.GetString((await store.DocumentAsync(run, Cancel))!));
        }
    }

    [Fact]
    public async Task Findings_appear_and_vanish_with_their_runs()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var first = new StoredFinding("f1", "AUD-001", "error", "one", "a.xml:1:1", 0, null);
        var second = new StoredFinding("f2", "POL-001", "warning", "two", "b.xml:1:1", 0, null);
        await using var store = await OpenAsync();
        await store.AddAsync(Record(state, first), Cancel);
        await store.AddAsync(Record(state, first, second), Cancel);
        await store.AddAsync(Record(state, second), Cancel);
        var findings = await store.FindingsAsync("nightly", 1, Cancel);
        Assert.Equal(
            [("f1", 1, 3), ("f2", 2, (int?)null)],
            findings.Select(finding => (finding.Fingerprint, finding.FirstRun, finding.UntilRun))
        );
    }

    [Fact]
    public async Task Two_runs_of_a_series_do_not_overlap()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        var claim = await store.ClaimAsync("nightly", Cancel);
        Assert.NotNull(claim);
        Assert.Null(await other.ClaimAsync("nightly", Cancel));
        await using (var elsewhere = await other.ClaimAsync("other", Cancel))
        {
            Assert.NotNull(elsewhere);
        }

        await claim.DisposeAsync();
        await using var next = await other.ClaimAsync("nightly", Cancel);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task The_changes_of_every_run_are_counted()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var after = Estates.Snapshot(Mutation.All[0].Apply(Estates.Meridian, new Random(1))!);
        await using var store = await OpenAsync();
        foreach (var state in (Snapshot[])[before, before, after, before])
        {
            await store.AddAsync(Record(state), Cancel);
        }

        var changes = await store.ChangesAsync("nightly", Cancel);
        Assert.Equal([(3, 1), (4, 1)], changes.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public async Task What_a_rule_found_stays_when_it_did_not_run()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var finding = new StoredFinding("f1", "AUD-001", "error", "m", "p", 0, null);
        await using var store = await OpenAsync();
        await store.AddAsync(Record(state, finding), Cancel);
        await store.AddAsync(Record(state) with { Rules = ["SCP-001"] }, Cancel);
        Assert.Null(Assert.Single(await store.FindingsAsync("nightly", 1, Cancel)).UntilRun);
        await store.AddAsync(Record(state) with { Rules = ["SCP-001", "AUD-001"] }, Cancel);
        Assert.Equal(3, Assert.Single(await store.FindingsAsync("nightly", 1, Cancel)).UntilRun);
    }

    [Fact]
    public async Task Secrets_of_another_key_are_not_compared_and_that_is_told()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        Assert.Contains(state.Entities, entity => entity.HasSecrets);
        await using var store = await OpenAsync();
        var run = await store.AddAsync(Record(state with { RedactionKey = "k1" }), Cancel);
        var kept = await store.StateAsync(run, Cancel);
        Assert.Equal("k1", kept.RedactionKey);
        var other = state with
        {
            RedactionKey = "k2",
            Entities =
            [
                .. state.Entities.Select(entity =>
                    entity with
                    {
                        Fields =
                        [
                            .. entity.Fields.Select(field =>
                                field with
                                {
                                    Items = [.. field.Items.Select(item => item.IsSecret ? item with { Text = item.Text + "2" } : item)],
                                }
                            ),
                        ],
                    }
                ),
            ],
        };
        Assert.NotEmpty(Estates.Compare(kept, other with { RedactionKey = "k1" }).Changes);
        var comparison = Estates.Compare(kept, other);
        Assert.Empty(comparison.Changes);
        Assert.Equal("secrets", Assert.Single(comparison.NotAssessed).Part);
    }

    [Fact]
    public async Task Four_writers_at_once_lose_nothing()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        await (await OpenAsync()).DisposeAsync();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(writer =>
                    Task.Run(
                        async () =>
                        {
                            await using var store = await OpenAsync();
                            for (var i = 0; i < 5; i++)
                            {
                                await store.AddAsync(
                                    Record(state, new StoredFinding($"w{writer}-{i}", "AUD-001", "error", "m", "p", 0, null)),
                                    Cancel
                                );
                            }
                        },
                        Cancel
                    )
                )
        );
        await using var after = await OpenAsync();
        var runs = await after.RunsAsync("nightly", 100, Cancel);
        Assert.Equal(Enumerable.Range(1, 20).Reverse(), runs.Select(run => run.Number));
        Assert.Equal(20, (await after.FindingsAsync("nightly", 1, Cancel)).Length);
    }

    [Fact]
    public async Task Forgetting_keeps_what_later_runs_need()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var after = Estates.Snapshot(Mutation.All[0].Apply(Estates.Meridian, new Random(1))!);
        var day = new DateTimeOffset(2026, 11, 1, 2, 0, 0, TimeSpan.Zero);
        await using var store = await OpenAsync();
        foreach (var state in (Snapshot[])[before, before, after])
        {
            var record = Record(state);
            await store.AddAsync(record with { Run = record.Run with { Finished = day } }, Cancel);
            day = day.AddDays(1);
        }

        Assert.Equal(2, await store.ForgetAsync("nightly", day, Cancel));
        var last = Assert.Single(await store.RunsAsync("nightly", 10, Cancel));
        Assert.Empty(Estates.Compare(await store.StateAsync(last, Cancel), after).Changes);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            folder.Dispose();
        }
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static TimeProvider Clock { get; } = new SettableClock(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));

    protected Task<HistoryStore> OpenAsync() => HistoryStore.OpenAsync(StoreLocation.Parse(Location, folder.Path), Clock, Cancel);

    protected static RunRecord Record(Snapshot state, params StoredFinding[] findings) =>
        new(
            new StoredRun
            {
                Series = "nightly",
                Number = 0,
                Started = new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero),
                Finished = new DateTimeOffset(2026, 11, 20, 2, 5, 0, TimeSpan.Zero),
                ToolVersion = "1.0.0",
                Rules = "r",
                ExitCode = 0,
            },
            state,
            [.. findings]
        );
}

/// <summary>A clock that stands until it is set.</summary>
internal sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Runs for stores.</summary>
internal static class StoreRecords
{
    public static RunRecord Of(Snapshot state) =>
        new(
            new StoredRun
            {
                Series = "nightly",
                Number = 0,
                Started = DateTimeOffset.UnixEpoch,
                Finished = DateTimeOffset.UnixEpoch,
                ToolVersion = "1.0.0",
                Rules = "r",
                ExitCode = 0,
            },
            state,
            ImmutableArray<StoredFinding>.Empty
        );
}
