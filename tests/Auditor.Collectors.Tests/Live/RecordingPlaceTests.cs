using Auditor.Collectors.Answers;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Live;

/// <summary>Whenever a program that puts a recording in its place is killed, a whole one is found there, and the next program tidies up.</summary>
public sealed class RecordingPlaceTests : IDisposable
{
    private static readonly DateTimeOffset Night = new(2026, 11, 20, 2, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();

    private string Target => Path.Combine(folder.Path, "recording");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task While_one_recording_takes_the_place_of_another_there_is_never_none()
    {
        Record(0, exchanges: true);
        var header = Path.Combine(Target, RecordingPlace.Header);
        using var done = new CancellationTokenSource();
        var looks = 0;
        var looking = Task.Run(
            () =>
            {
                var missing = 0;
                while (!done.IsCancellationRequested)
                {
                    missing += File.Exists(header) ? 0 : 1;
                    Interlocked.Increment(ref looks);
                }

                return missing;
            },
            TestContext.Current.CancellationToken
        );
        for (var night = 1; night <= 100 || Volatile.Read(ref looks) < 1000; night++)
        {
            Record(night, exchanges: true);
        }

        await done.CancelAsync();
        Assert.Equal(0, await looking);
        Assert.Equal([Target], Entries());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recording_takes_the_place_of_the_one_before_and_leaves_nothing_beside_it(bool exchanges)
    {
        Record(0, exchanges);
        Record(1, exchanges);
        Assert.Equal([Target], Entries());
        Assert.Equal([RecordingPlace.Header], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
        Assert.Equal(Night.AddDays(1), (await ReadAsync()).CapturedAt);
    }

    [Fact]
    public async Task Killed_when_the_old_one_was_moved_aside_the_old_one_is_read_and_put_back()
    {
        Record(0, exchanges: false);
        Directory.Move(Target, Target + ".old-x1abcdef.x1a");
        var landscape = await ReadAsync();
        Assert.Equal(Night, landscape.CapturedAt);
        Assert.Equal("recording-aside", Assert.Single(landscape.Notices).Code);

        // Whoever begins to write puts it back, so that it is there whatever becomes of the writing.
        using (new RecordingWriter(Target))
        {
            Assert.True(File.Exists(Path.Combine(Target, RecordingPlace.Header)));
        }

        Assert.Equal([Target], Entries());
        landscape = await ReadAsync();
        Assert.Equal(Night, landscape.CapturedAt);
        Assert.Empty(landscape.Notices);
    }

    [Fact]
    public async Task What_is_left_of_a_recording_that_was_being_removed_is_not_taken_for_one()
    {
        folder.Write("recording.old-x1abcdef.x1a/apigee/acme/apis.json", "{}");
        await Assert.ThrowsAsync<InputException>(ReadAsync);
    }

    [Fact]
    public void What_kills_left_is_removed_by_the_next_run()
    {
        Record(0, exchanges: true);
        // Killed in the middle of the reading; after the exchange; while the old one was being removed; and what is none of ours.
        folder.Write("recording.partial-a1abcdef.012/writing.lock", "");
        folder.Write("recording.partial-a1abcdef.012/okta/acme.okta.com/api/v1/apps.json", "[]");
        folder.Write("recording.partial-b2abcdef.012/recording.json", """{ "format": 1 }""");
        folder.Write("recording.old-c3abcdef.012/apigee/acme/apis.json", "{}");
        var mine = folder.Write("recording.notes", "kept");
        Record(1, exchanges: true);
        Assert.Equal([Target, mine], Entries());
    }

    [Theory]
    [InlineData("recording.old-2025")]
    [InlineData("recording.old-before-the-move")]
    [InlineData("recording.old-a1abcdef-012")]
    [InlineData("recording.old-20261120.bak")]
    [InlineData("recording.old-A1ABCDEF.012")]
    [InlineData("recording.partial-eu")]
    [InlineData("recording.partial-a1abcdef.0123")]
    public async Task What_people_named_alike_is_theirs(string name)
    {
        var mine = folder.Write(name + "/recording.json", """{ "format": 1, "capturedAt": "2026-11-01T02:00:00Z" }""");
        await Assert.ThrowsAsync<InputException>(ReadAsync);
        Record(0, exchanges: true);
        Record(1, exchanges: false);
        Assert.True(File.Exists(mine));
        Assert.Equal(Night.AddDays(1), (await ReadAsync()).CapturedAt);
    }

    [Fact]
    public void A_link_is_followed_nowhere()
    {
        var mine = folder.Write("elsewhere/recording.json", """{ "format": 1 }""");
        Directory.CreateSymbolicLink(Target + ".old-a1abcdef.012", Path.GetDirectoryName(mine)!);
        Record(0, exchanges: true);
        Assert.True(File.Exists(mine));
        Assert.True(Directory.Exists(Target + ".old-a1abcdef.012"));
    }

    [Fact]
    public async Task What_another_program_is_writing_stays()
    {
        using var slow = new RecordingWriter(Target);
        slow.File("apigee/acme/environments/prod/resourcefiles/properties/okta", "issuer=x\n"u8.ToArray());
        Record(1, exchanges: true);
        Assert.Equal(2, Entries().Length);
        slow.Finish(Night.AddDays(2));
        Assert.Equal([Target], Entries());
        Assert.Equal(Night.AddDays(2), (await ReadAsync()).CapturedAt);
    }

    private void Record(int night, bool exchanges)
    {
        using var writer = new RecordingWriter(Target, exchanges);
        writer.Finish(Night.AddDays(night));
    }

    private async Task<Landscape> ReadAsync() =>
        (await new InputReader(new Redactor()).ReadAsync([Target], folder.Path, TestContext.Current.CancellationToken)).Landscape;

    private string[] Entries() => [.. Directory.GetFileSystemEntries(folder.Path).Order(StringComparer.Ordinal)];
}
