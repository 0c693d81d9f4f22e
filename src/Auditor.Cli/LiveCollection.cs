using Auditor.Cli.Output;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Reports;

namespace Auditor.Cli;

/// <summary>Reads live sources into a recording: what <c>collect</c> keeps and <c>audit</c> reads and throws away.</summary>
/// <param name="Okta">The orgs.</param>
/// <param name="Apigee">The organizations.</param>
/// <param name="Cache">What is kept from one run to the next; null for nothing.</param>
internal sealed record LiveCollection(ImmutableArray<OktaConnection> Okta, ImmutableArray<ApigeeConnection> Apigee, BundleCache? Cache)
{
    /// <summary>No sources.</summary>
    public static LiveCollection None { get; } = new([], [], null);

    /// <summary>Longer than this, the plan is said before the work.</summary>
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(2);

    /// <summary>The longest that Okta's System Log reaches back.</summary>
    private static readonly TimeSpan SystemLogKeeps = TimeSpan.FromDays(90);

    /// <summary>The longest that Cloud Logging keeps Admin Activity.</summary>
    private static readonly TimeSpan AuditLogKeeps = TimeSpan.FromDays(400);

    /// <summary>Whether it was said from when on logs of changes are read.</summary>
    public bool HasOwnWindow { get; init; }

    /// <summary>The same with logs of changes, where they are read, from a time on, unless it was said from when.</summary>
    public LiveCollection WithChangesSince(DateTimeOffset since, DateTimeOffset now)
    {
        DateTimeOffset Within(TimeSpan kept) => since > now - kept ? since : now - kept;
        return HasOwnWindow
            ? this
            : this with
            {
                Okta = [.. Okta.Select(org => org.LogSince is null ? org : org with { LogSince = Within(SystemLogKeeps) })],
                Apigee =
                [
                    .. Apigee.Select(organization =>
                        organization.AuditLogSince is null ? organization : organization with { AuditLogSince = Within(AuditLogKeeps) }
                    ),
                ],
            };
    }

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Okta.IsEmpty && Apigee.IsEmpty;

    /// <summary>The sources as reports name them.</summary>
    public IEnumerable<string> Names =>
        Okta.Select(org => org.Url.Authority).Concat(Apigee.Select(organization => organization.Organization));

    /// <summary>Reads everything, all sources at once, each within its own limits.</summary>
    /// <param name="folder">The folder that the recording will be.</param>
    /// <param name="redactor">Turns secrets into what may be kept of them.</param>
    /// <param name="environment">The clock, and where to say things.</param>
    /// <param name="progress">Shows what is being read.</param>
    /// <param name="cancellationToken">Stops the reading; nothing is left then.</param>
    /// <param name="log">Where every request is written down; null for nowhere.</param>
    /// <returns>The number of requests sent.</returns>
    public async Task<int> RecordAsync(
        string folder,
        Redactor redactor,
        ConsoleEnvironment environment,
        Progress progress,
        CancellationToken cancellationToken,
        RequestLog? log = null
    )
    {
        using var writer = new RecordingWriter(folder);
        // What is kept of a bundle from night to night has the fingerprints of its own key.
        redactor = Cache?.NewRedactor() ?? redactor;
        var begun = environment.Clock.GetUtcNow();
        void Watch(SourceStatus status) => Show(status, environment, progress);
        var organizations = Apigee
            .Select(async connection =>
            {
                using var source = new ApigeeSource(connection, ApigeeSource.DefaultManners, environment.Clock, Watch, log);
                var keys = await source.CollectAsync(writer, redactor, cancellationToken);
                foreach (var revision in source.ChangedRevisions)
                {
                    await environment.ComplainAsync(
                        $"{connection.Organization}: {revision} is not what it was when it was downloaded before, although deployed revisions cannot change."
                    );
                }

                return (source.Requests, Keys: keys);
            })
            .ToArray();
        // Of the clients of an org those matter that a gateway knows, and which these are is known when the gateways have been read.
        async Task<ImmutableHashSet<string>> KeysAsync() => [.. (await Task.WhenAll(organizations)).SelectMany(read => read.Keys)];
        var gatewayKeys = organizations.Length == 0 ? null : KeysAsync();
        var orgs = Okta.Select(async connection =>
            {
                using var source = new OktaSource(
                    connection with
                    {
                        GatewayKeys = gatewayKeys,
                    },
                    new Manners(),
                    environment.Clock,
                    Watch,
                    log
                );
                await source.CollectAsync(writer, redactor, cancellationToken);
                return source.Requests;
            })
            .ToArray();
        await Task.WhenAll(orgs.Concat<Task>(organizations));
        writer.Finish(begun, redactor.KeyName);
        return (await Task.WhenAll(orgs)).Sum() + (await Task.WhenAll(organizations)).Sum(read => read.Requests);
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
