using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Apigee;

/// <summary>Where an organization is, as the global host says it.</summary>
/// <param name="Origin">The host of its management API.</param>
/// <param name="Project">Its project; null when that is not known.</param>
/// <param name="Location">The region of its control plane; null for none, and when that is not known.</param>
/// <param name="Coverage">Complete, or why it is not known; not collected when nobody needed to ask.</param>
internal sealed record ApigeeLocation(Uri Origin, string? Project, string? Location, Coverage Coverage);

/// <summary>A live Apigee organization: its hosts, its credential, and what is read of it.</summary>
public sealed class ApigeeSource : IDisposable
{
    private readonly ApigeeConnection connection;
    private readonly Manners manners;
    private readonly TimeProvider clock;
    private readonly RequestLog? log;
    private readonly List<LivePipeline> pipelines = [];
    private readonly Lock gate = new();
    private readonly SortedSet<string> changed = new(StringComparer.Ordinal);

    /// <summary>Prepares to read an organization; nothing is sent.</summary>
    /// <param name="connection">The organization, and what to authenticate with.</param>
    /// <param name="manners">How to behave.</param>
    /// <param name="clock">The time.</param>
    /// <param name="watcher">Told what is happening; null for nobody.</param>
    /// <param name="log">Where every request is written down; null for nowhere.</param>
    public ApigeeSource(
        ApigeeConnection connection,
        Manners manners,
        TimeProvider clock,
        Action<SourceStatus>? watcher,
        RequestLog? log = null
    )
    {
        ArgumentNullException.ThrowIfNull(connection);
        this.connection = connection;
        this.manners = manners;
        this.clock = clock;
        this.log = log;
        Server = new ServerClock(clock);
        Board = new StatusBoard(connection.Organization, watcher);
    }

    /// <summary>The manners that Apigee is read with: its limit is 6,000 requests a minute (limits page, 2026-04-10), and eight at once are few.</summary>
    public static Manners DefaultManners { get; } = new() { Concurrency = 8 };

    /// <summary>The number of requests sent so far, every attempt counted, those for tokens not.</summary>
    public int Requests => Board.Requests;

    /// <summary>Revisions that are not what they were when they were read before, which deployed ones cannot be; ordered.</summary>
    public ImmutableArray<string> ChangedRevisions
    {
        get
        {
            lock (gate)
            {
                return [.. changed];
            }
        }
    }

    /// <summary>The source's clock.</summary>
    internal ServerClock Server { get; }

    /// <summary>What was sent.</summary>
    internal StatusBoard Board { get; }

    /// <summary>Reads the organization and records what it answers.</summary>
    /// <param name="writer">The recording.</param>
    /// <param name="redactor">Makes the fingerprints.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The keys of its apps, where they were read.</returns>
    public async Task<ImmutableHashSet<string>> CollectAsync(RecordingWriter writer, Redactor redactor, CancellationToken cancellationToken)
    {
        var location = await LocateAsync(cancellationToken);
        var organization = connection.Organization;
        var folder = "apigee/" + RecordingPath.Encode(organization);
        var pipeline = Open(location.Origin, [.. ApigeeEndpoints.Read]);
        var endpoints = ApigeeEndpoints.Of(location.Origin, organization, [.. ApigeeEndpoints.Read]);
        var basePath = $"/v1/organizations/{Uri.EscapeDataString(organization)}/";
        var scope = new ApigeeScope
        {
            Recording = (writer, folder),
            KeyValueMapValues = connection.KeyValueMapValues,
            AppCredentials = connection.AppCredentials,
        };
        var scrubber = new BundleScrubber(redactor);
        var reader = new BundleReader(redactor);
        var dropped = connection.AppCredentials
            ? ApigeeEndpoints.DroppedMembers
            : ApigeeEndpoints.DroppedMembers.Append("credentials").ToHashSet(StringComparer.Ordinal);
#pragma warning disable CA2000 // All of them hold nothing but the pipeline, which lives on.
        var answers = new RecordingTee(
            writer,
            folder,
            new AnswerRedactor(redactor, ApigeeEndpoints.SecretMembers, dropped),
            new OrganizationHandler(basePath, new PagingHandler(new ApigeePaging(), endpoints, manners, pipeline.Handler)),
            basePath,
            path => EntriesOf(path, scope.Uses)
        );
        var files = new FileTee(writer, folder, basePath, scrubber, pipeline.Handler);
#pragma warning restore CA2000
        var root = new Uri(location.Origin, basePath);
        using var answersClient = LivePipeline.NewClient(location.Origin, answers, ownsHandler: false);
        using var filesClient = LivePipeline.NewClient(location.Origin, files, ownsHandler: false);
        using var bundlesClient = LivePipeline.NewClient(location.Origin, pipeline.Handler, ownsHandler: false);
        answersClient.BaseAddress = filesClient.BaseAddress = bundlesClient.BaseAddress = root;
        var notices = new CollectorLog();
        var collector = new ApigeeCollector(
            new ManagementApi(answersClient, folder, ApigeeEndpoints.Needs),
            filesClient,
            new LiveBundles(
                bundlesClient,
                connection.Cache?.Of(organization, clock.GetUtcNow()),
                scrubber,
                reader,
                writer,
                folder,
                Changed
            ),
            reader,
            redactor,
            organization,
            notices,
            scope
        );
        if (connection.AuditLogSince is { } begin)
        {
            writer.ChangesSince(folder, begin);
        }

        var read = collector.CollectAsync(cancellationToken);
        await Task.WhenAll(
            read,
            connection.AuditLogSince is { } since
                ? new AuditLogReader(
                    Open(connection.LoggingEndpoint, ApigeeEndpoints.AuditLog),
                    connection.LoggingEndpoint,
                    redactor
                ).RecordAsync(writer, folder, location.Project ?? organization, since, clock.GetUtcNow(), cancellationToken)
                : Task.CompletedTask
        );
        return [.. (await read).Apps.Items.SelectMany(app => app.Credentials).Select(credential => credential.ConsumerKey)];
    }

    /// <summary>Looks at everything that a reading of the organization depends on: hosts, clock, credential, rights. Reads only.</summary>
    /// <param name="connection">The organization.</param>
    /// <param name="manners">How it will be read.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Stops the examination.</param>
    public static async Task<ImmutableArray<Symptom>> ExamineAsync(
        ApigeeConnection connection,
        Manners manners,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        using var source = new ApigeeSource(connection, manners, clock, null);
        return await new ApigeeExamination(source, connection, manners).RunAsync(cancellationToken);
    }

    /// <summary>The names of the organizations that a credential can see.</summary>
    /// <param name="connection">How to ask; the organization in it does not matter.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    public static async Task<Collected<string>> OrganizationsAsync(
        ApigeeConnection connection,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var source = new ApigeeSource(connection, DefaultManners, clock, null);
        using var client = source.Open(connection.Endpoint ?? connection.GlobalEndpoint, ApigeeEndpoints.Organizations).NewClient();
        return await new Listing(new ManagementApi(client, ""), new CollectorLog(), "").ListAsync(
            "v1/organizations",
            "",
            "organizations",
            row => row.Text("organization"),
            cancellationToken
        );
    }

    /// <summary>The names of an organization's environments.</summary>
    /// <param name="connection">The organization.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    public static async Task<Collected<string>> EnvironmentsAsync(
        ApigeeConnection connection,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var source = new ApigeeSource(connection, DefaultManners, clock, null);
        var location = await source.LocateAsync(cancellationToken);
        using var client = source.Open(location.Origin, [.. ApigeeEndpoints.Read]).NewClient();
        return await new Listing(new ManagementApi(client, ""), new CollectorLog(), "").NamesAsync(
            $"v1/organizations/{Uri.EscapeDataString(connection.Organization)}/environments",
            "",
            cancellationToken
        );
    }

    /// <summary>A way to a host, for the endpoints given and no others.</summary>
    internal LivePipeline Open(Uri origin, params ReadOnlySpan<Endpoint> endpoints)
    {
        var pipeline = new LivePipeline(
            ApigeeEndpoints.Of(origin, connection.Organization, endpoints),
            BucketOf,
            handler => new GoogleAuthorizationHandler(connection.Tokens, handler),
            manners,
            clock,
            Server,
            Board,
            log
        );
        lock (gate)
        {
            pipelines.Add(pipeline);
        }

        return pipeline;
    }

    /// <summary>Asks where the organization is, unless its host was given.</summary>
    internal async Task<ApigeeLocation> LocateAsync(CancellationToken cancellationToken)
    {
        if (connection.Endpoint is { } given)
        {
            return new ApigeeLocation(given, null, null, new Coverage.NotCollected("the host was given"));
        }

        using var client = Open(connection.GlobalEndpoint, ApigeeEndpoints.ProjectMapping).NewClient();
        var answer = await new Listing(new ManagementApi(client, ""), new CollectorLog(), "").TryGetAsync(
            $"v1/organizations/{Uri.EscapeDataString(connection.Organization)}:getProjectMapping",
            Recorded.Always,
            cancellationToken
        );
        if (!answer.HasDocument || answer.Document.ValueKind != JsonValueKind.Object)
        {
            // Most organizations are global; one that is not refuses there, which is then what is said of its parts.
            return new ApigeeLocation(
                connection.GlobalEndpoint,
                null,
                null,
                answer.HasDocument ? new Coverage.Failed("the answer is not an object") : answer.Coverage
            );
        }

        var document = new Json(answer.Document, answer.Location, new CollectorLog());
        var location = document.Text("location");
        // What goes into the name of a host that gets the token must be the name of a region and nothing else.
        var isRegion =
            location is { Length: > 0 and <= 40 } && location != "global" && location.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
        // What goes into the filter of a query and into paths must be the name of a project and nothing else.
        var project = document.Text("projectId");
        var isProject = project is not null && ApigeeConnection.IsName(project);
        return new ApigeeLocation(
            isRegion ? connection.RegionalEndpoint(location!) : connection.GlobalEndpoint,
            isProject ? project : null,
            isRegion ? location : null,
            Coverage.Complete.Instance
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pipeline in pipelines)
        {
            pipeline.Dispose();
        }
    }

    // Google's answers do not say how large buckets are: 6,000 a minute for the management API, and of these, where Spaces are in use, lists of proxies, products and
    // shared flows at 10 a second; 60 a minute for reading logs (limits pages, 2026-04-10; the last believed).
    private static RateBucket BucketOf(string path) =>
        path.StartsWith("/v2/", StringComparison.Ordinal) ? new RateBucket("logging", 60)
        : path.Split('/') is ["", "v1", "organizations", _, "apis" or "apiproducts" or "sharedflows"]
            ? new RateBucket("lists", 10) { Window = TimeSpan.FromSeconds(1) }
        : new RateBucket("apigee", 6000);

    private static Func<string, string, bool>? EntriesOf(string path, KeyValueUses uses)
    {
        if (!path.EndsWith("/entries", StringComparison.Ordinal))
        {
            return null;
        }

        var map = Uri.UnescapeDataString(path.Split('/')[^2]);
        return (key, value) => uses.MayKeep(map, key, value);
    }

    private void Changed(string revision)
    {
        lock (gate)
        {
            changed.Add(revision);
        }
    }

    // The organization itself is a file of its recording beside the folder's others, and in the API the folder.
    private sealed class OrganizationHandler(string basePath, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath == basePath + "organization")
            {
                request.RequestUri = new Uri(request.RequestUri, basePath.TrimEnd('/'));
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
