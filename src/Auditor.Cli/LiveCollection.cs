using Auditor.Cli.Output;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Reports;

namespace Auditor.Cli;

/// <summary>Reads live sources into a recording: what <c>collect</c> keeps and <c>audit</c> reads and throws away.</summary>
/// <param name="Okta">The orgs.</param>
internal sealed record LiveCollection(ImmutableArray<OktaConnection> Okta)
{
    /// <summary>Longer than this, the plan is said before the work.</summary>
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(2);

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Okta.IsEmpty;

    /// <summary>The sources as reports name them.</summary>
    public IEnumerable<string> Names => Okta.Select(org => org.Url.Authority);

    /// <summary>Reads everything, all sources at once, each within its own limits.</summary>
    /// <param name="folder">The folder that the recording will be.</param>
    /// <param name="environment">The clock, and where to say things.</param>
    /// <param name="progress">Shows what is being read.</param>
    /// <param name="cancellationToken">Stops the reading; nothing is left then.</param>
    /// <returns>The number of requests sent.</returns>
    public async Task<int> RecordAsync(
        string folder,
        ConsoleEnvironment environment,
        Progress progress,
        CancellationToken cancellationToken
    )
    {
        using var writer = new RecordingWriter(folder);
        var redactor = new Redactor();
        var begun = environment.Clock.GetUtcNow();
        var requests = await Task.WhenAll(
            Okta.Select(async connection =>
            {
                using var source = new OktaSource(
                    connection,
                    new Manners(),
                    environment.Clock,
                    status => Show(status, environment, progress)
                );
                await source.CollectAsync(writer, redactor, cancellationToken);
                return source.Requests;
            })
        );
        writer.Finish(begun);
        return requests.Sum();
    }

    private static void Show(SourceStatus status, ConsoleEnvironment environment, Progress progress)
    {
        if (status is { Estimate: { } estimate, Planned: { } planned } && estimate > LongRun)
        {
            environment.StandardError.WriteLine(
                Neutral.Line(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"auditor: {status.Source}: about {planned - status.Requests} more requests, {estimate.TotalMinutes:0} minutes at the agreed share of its rate limits."
                    )
                )
            );
        }

        progress.Report(
            status.Waiting is { } waiting && waiting > TimeSpan.FromSeconds(1)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{status.Source}: waiting {waiting.TotalSeconds:0} s for its rate limit, request"
                )
                : $"{status.Source}: {status.Reading}",
            status.Requests,
            status.Planned ?? status.Requests
        );
    }
}
