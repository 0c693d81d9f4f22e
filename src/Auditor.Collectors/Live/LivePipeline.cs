using System.Net;

namespace Auditor.Collectors.Live;

/// <summary>
/// The way of a request to a live source and back. From the outside in: attempts, the budget of its rate limit, the credential (new for every attempt), deadline and
/// body, the list of what may be sent, the socket.
/// </summary>
internal sealed class LivePipeline : IDisposable
{
    private readonly Uri origin;
    private readonly SourceHealth health;
    private readonly RateBudgetHandler budgets;

    /// <summary>Builds the way.</summary>
    /// <param name="endpoints">What may be sent, and where to.</param>
    /// <param name="bucketOf">The bucket that a path counts against.</param>
    /// <param name="authorize">Wraps what comes below into what adds the credential.</param>
    /// <param name="manners">How to behave.</param>
    /// <param name="clock">The time.</param>
    /// <param name="server">The time of the source.</param>
    /// <param name="board">Where to say what is happening.</param>
    /// <param name="log">Where every request is written down; null for nowhere.</param>
    public LivePipeline(
        EndpointTable endpoints,
        Func<string, RateBucket> bucketOf,
        Func<HttpMessageHandler, HttpMessageHandler> authorize,
        Manners manners,
        TimeProvider clock,
        ServerClock server,
        StatusBoard board,
        RequestLog? log = null
    )
    {
        health = new SourceHealth(manners);
        // A handler belongs to the one around it, and the outermost one to the client.
#pragma warning disable CA2000
        var exchange = Exchange(endpoints, manners, clock);
        budgets = new RateBudgetHandler(
            manners,
            clock,
            health,
            server,
            bucketOf,
            board,
            authorize(log is null ? exchange : log.Around(exchange, clock))
        );
        Handler = new RetryHandler(manners, clock, health, budgets);
        origin = endpoints.Origin;
#pragma warning restore CA2000
    }

    /// <summary>The outermost handler: a request with all its attempts. What reads pages and what records goes around it.</summary>
    public HttpMessageHandler Handler { get; }

    /// <summary>A client of the pipeline; its base address is the source's origin. The pipeline outlives it.</summary>
    public HttpClient NewClient() => NewClient(origin, Handler, ownsHandler: false);

    /// <summary>The sizes of the buckets seen so far, in requests per window, which is a minute for all whose size answers say.</summary>
    public ImmutableSortedDictionary<string, int> Limits => budgets.Limits;

    /// <summary>One exchange: deadline and body, the list of what may be sent, the socket. What a token endpoint is asked through, too.</summary>
    public static HttpMessageHandler Exchange(EndpointTable endpoints, Manners manners, TimeProvider clock) =>
#pragma warning disable CA2000 // As above.
        new BodyHandler(manners, clock, new AllowListHandler(endpoints, Transport(manners)));
#pragma warning restore CA2000

    /// <summary>A client over a handler, without a second deadline of its own.</summary>
    public static HttpClient NewClient(Uri origin, HttpMessageHandler handler, bool ownsHandler)
    {
        var client = new HttpClient(handler, ownsHandler)
        {
            BaseAddress = new Uri(origin, "/"),
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
        };
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        return client;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Handler.Dispose();
        budgets.Dispose();
        health.Dispose();
    }

    private static string UserAgent { get; } =
        "auditor/" + (typeof(LivePipeline).Assembly.GetName().Version is { } version ? version.ToString(3) : "0");

    // Nothing is followed, remembered or sent along that was not asked for.
    private static SocketsHttpHandler Transport(Manners manners) =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PreAuthenticate = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate | DecompressionMethods.Brotli,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxConnectionsPerServer = manners.Concurrency,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
}
