using System.Text.Json;
using System.Text.RegularExpressions;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Okta;

/// <summary>What the public face of an org says about it, without a credential.</summary>
/// <param name="Host">The host that the org is known by, which names its folder in a recording.</param>
/// <param name="Id">The org's id; null when it does not say.</param>
/// <param name="Pipeline">idx for Identity Engine, v1 for Classic Engine; null when it does not say.</param>
/// <param name="Coverage">Complete, or why it does not say.</param>
internal sealed record OktaIdentity(string Host, string? Id, string? Pipeline, Coverage Coverage);

/// <summary>A live Okta org: its pipeline, its credential, and what is read of it.</summary>
public sealed partial class OktaSource : IDisposable
{
    private readonly OktaConnection connection;
    private readonly Manners manners;
    private readonly TimeProvider clock;
    private readonly EndpointTable endpoints;
    private readonly HttpClient? tokenClient;

    /// <summary>Prepares to read an org; nothing is sent.</summary>
    /// <param name="connection">The org, and what to authenticate with.</param>
    /// <param name="manners">How to behave.</param>
    /// <param name="clock">The time.</param>
    /// <param name="watcher">Told what is happening; null for nobody.</param>
    /// <param name="log">Where every request is written down; null for nowhere.</param>
    public OktaSource(OktaConnection connection, Manners manners, TimeProvider clock, Action<SourceStatus>? watcher, RequestLog? log = null)
        : this(
            connection,
            manners,
            clock,
            watcher,
            connection?.LogSince is null ? OktaEndpoints.DefaultScopes : [.. OktaEndpoints.DefaultScopes, OktaEndpoints.LogScope],
            log
        ) { }

    private OktaSource(
        OktaConnection connection,
        Manners manners,
        TimeProvider clock,
        Action<SourceStatus>? watcher,
        ImmutableArray<string> scopes,
        RequestLog? log = null
    )
    {
        this.connection = connection;
        this.manners = manners;
        this.clock = clock;
        endpoints = new EndpointTable(connection.Url, OktaEndpoints.Read);
        Server = new ServerClock(clock);
        Board = new StatusBoard(connection.Url.Authority, watcher);
        if (connection.Credential is OktaCredential.ServiceApp app)
        {
            // The token endpoint has a table of its own: the one POST there is, and nothing else on that way.
#pragma warning disable CA2000 // The client owns the handler.
            tokenClient = LivePipeline.NewClient(
                connection.Url,
                LivePipeline.Exchange(new EndpointTable(connection.Url, [OktaEndpoints.Token]), manners, clock),
                ownsHandler: true
            );
#pragma warning restore CA2000
            Tokens = new OktaTokens(tokenClient, app, connection.Scopes, scopes, Server, manners, clock);
        }

        Pipeline = new LivePipeline(
            endpoints,
            OktaEndpoints.BucketOf,
            handler => new OktaAuthorizationHandler(endpoints, connection.Credential, Tokens, Server, handler),
            manners,
            clock,
            Server,
            Board,
            log
        );
    }

    /// <summary>What is asked through.</summary>
    internal LivePipeline Pipeline { get; }

    /// <summary>The tokens of the service app; null for other credentials.</summary>
    internal OktaTokens? Tokens { get; }

    /// <summary>The org's clock.</summary>
    internal ServerClock Server { get; }

    /// <summary>What was sent.</summary>
    internal StatusBoard Board { get; }

    /// <summary>Reads the org and records what it answers.</summary>
    /// <param name="writer">The recording.</param>
    /// <param name="redactor">Makes the fingerprints.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task CollectAsync(RecordingWriter writer, Redactor redactor, CancellationToken cancellationToken)
    {
        var identity = await IdentifyAsync(cancellationToken);
        var folder = "okta/" + identity.Host;
        if (connection.LogSince is { } since)
        {
            writer.ChangesSince(folder, since);
        }

#pragma warning disable CA2000 // Both hold nothing but the pipeline, which lives on.
        var recording = new RecordingTee(
            writer,
            folder,
            new AnswerRedactor(redactor, OktaEndpoints.SecretMembers, OktaEndpoints.DroppedMembers),
            new PagingHandler(new LinkPaging(), endpoints, manners, Pipeline.Handler)
        );
#pragma warning restore CA2000
        using var client = LivePipeline.NewClient(connection.Url, recording, ownsHandler: false);
        await new OktaCollector(
            new ManagementApi(client, folder, OktaEndpoints.Needs),
            identity.Host,
            new CollectorLog(),
            new OktaScope
            {
                Recording = (writer, folder),
                EveryApp = connection.EveryApp,
                SecretAges = connection.SecretAges,
                LogSince = connection.LogSince,
                Now = () => Server.Now,
                MustSee = connection.MustSee,
                GatewayKeys = connection.GatewayKeys,
                OwnClientId = (connection.Credential as OktaCredential.ServiceApp)?.ClientId,
                Plan = Plan,
            }
        ).CollectAsync(cancellationToken);
    }

    // Each kind counts against a limit of its own, and the tightest decides how long it takes. The public documents are not limited.
    private void Plan(int management, int perApp, int published)
    {
        double Minutes(int requests, string bucket) =>
            requests / (Pipeline.Limits.GetValueOrDefault(bucket, OktaEndpoints.Sizes[bucket]) * manners.Share);
        var all = management + perApp + published;
        Board.Plan(all, all / Math.Max(Minutes(management, OktaEndpoints.ManagementBucket), Minutes(perApp, OktaEndpoints.AppsBucket)));
    }

    /// <summary>Looks at everything that a reading of the org depends on: host, clock, credential, rights, limits. Sends about twenty requests, reads only.</summary>
    /// <param name="connection">The org.</param>
    /// <param name="manners">How it will be read.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Stops the examination.</param>
    public static async Task<ImmutableArray<Symptom>> ExamineAsync(
        OktaConnection connection,
        Manners manners,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var source = new OktaSource(connection, manners, clock, null, OktaExamination.Scopes);
        return await new OktaExamination(source, connection.Credential, manners).RunAsync(cancellationToken);
    }

    /// <summary>The host that an org is known by, whichever of its hosts was configured, and whether it said so.</summary>
    /// <param name="connection">The org.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    public static async Task<(string Host, Coverage Coverage)> HostAsync(
        OktaConnection connection,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        using var source = new OktaSource(connection, new Manners(), clock, null);
        var identity = await source.IdentifyAsync(cancellationToken);
        return (identity.Host, identity.Coverage);
    }

    /// <summary>
    /// Which org answers. An org is known by its own host, whichever of its hosts was configured; a host that does not say so, or is no org at all, keeps the name that it
    /// was configured by.
    /// </summary>
    internal async Task<OktaIdentity> IdentifyAsync(CancellationToken cancellationToken)
    {
#pragma warning disable CA2000 // It holds nothing but the pipeline, which lives on.
        using var client = LivePipeline.NewClient(
            connection.Url,
            new PagingHandler(new LinkPaging(), endpoints, manners, Pipeline.Handler),
            ownsHandler: false
        );
#pragma warning restore CA2000
        var answer = await new Listing(new ManagementApi(client, ""), new CollectorLog(), "").TryGetAsync(
            ".well-known/okta-organization",
            Recorded.Always,
            cancellationToken
        );
        var configured = RecordingPath.Encode(connection.Url.Authority);
        if (!answer.HasDocument || answer.Document.ValueKind != JsonValueKind.Object)
        {
            return new OktaIdentity(
                configured,
                null,
                null,
                answer.HasDocument ? new Coverage.Failed("the answer is not an object") : answer.Coverage
            );
        }

        var document = new Json(answer.Document, answer.Location, new CollectorLog());
        var href = document["_links"]["organization"].Text("href");
        var host =
            Uri.TryCreate(href, UriKind.Absolute, out var uri) && HostName().IsMatch(uri.Host) ? uri.Host.ToLowerInvariant() : configured;
        return new OktaIdentity(host, document.Text("id"), document.Text("pipeline"), Coverage.Complete.Instance);
    }

    /// <summary>The number of requests sent so far, every attempt counted, those for tokens not.</summary>
    public int Requests => Board.Requests;

    /// <summary>The org's time now, by its own clock.</summary>
    public DateTimeOffset Now => Server.Now;

    /// <inheritdoc/>
    public void Dispose()
    {
        Pipeline.Dispose();
        Tokens?.Dispose();
        tokenClient?.Dispose();
    }

    // The name becomes the name of a folder, and comes from outside.
    [GeneratedRegex(
        "^[a-z0-9-]{1,63}([.][a-z0-9-]{1,63}){1,8}$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        200
    )]
    private static partial Regex HostName();
}
