using Auditor.Cli.Configuration;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.Cli.Comparison;

/// <summary>Compares an estate with an earlier state of it, as the configuration wants it.</summary>
internal static class StateComparison
{
    /// <summary>Compares.</summary>
    /// <param name="before">The earlier state.</param>
    /// <param name="after">The state of the estate.</param>
    /// <param name="landscape">The estate, whose logs tell who changed what.</param>
    /// <param name="configuration">What is accepted.</param>
    /// <param name="now">The time of the run, for estates that do not say when they were captured.</param>
    /// <param name="becameIt">Whether the earlier state became the later one, so that somebody made the changes.</param>
    public static EstateComparison Of(
        Snapshot before,
        Snapshot after,
        Landscape landscape,
        AuditorConfiguration configuration,
        DateTimeOffset now,
        bool becameIt = true
    ) =>
        SnapshotComparison.Compare(
            before,
            after,
            new ChangeIgnores(configuration.AcceptedChanges, DateOnly.FromDateTime((landscape.CapturedAt ?? now).UtcDateTime)),
            becameIt ? ChangeLog.Of(landscape, before.CapturedAt) : ChangeLog.OfNoChange
        );
}
