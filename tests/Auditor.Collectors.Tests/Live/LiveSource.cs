using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Auditor.Collectors.Live;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Live;

/// <summary>A server and a pipeline to it, both by the same clock.</summary>
internal sealed class LiveSource : IAsyncDisposable
{
    private LiveSource(LoopbackServer server, SwiftClock clock, LivePipeline pipeline, ConcurrentQueue<SourceStatus> statuses)
    {
        Server = server;
        Clock = clock;
        Pipeline = pipeline;
        Client = pipeline.NewClient();
        Statuses = statuses;
    }

    public LoopbackServer Server { get; }

    public SwiftClock Clock { get; }

    public LivePipeline Pipeline { get; }

    public HttpClient Client { get; }

    public ConcurrentQueue<SourceStatus> Statuses { get; }

    /// <summary>Manners with the deadline that the clock knows as one.</summary>
    public static Manners Patient { get; } = new() { Deadline = SwiftClock.Deadline };

    public static async Task<LiveSource> StartAsync(
        Func<HttpContext, SwiftClock, Task>? answer = null,
        Manners? manners = null,
        int? assumed = null,
        X509Certificate2? certificate = null
    )
    {
        var clock = new SwiftClock();
        var server = await LoopbackServer.StartAsync(
            context => answer is null ? context.Response.WriteAsync("[]") : answer(context, clock),
            clock,
            certificate
        );
        var statuses = new ConcurrentQueue<SourceStatus>();
        var pipeline = new LivePipeline(
            Table(server.Origin),
            path => new RateBucket(path.Split('/')[1], assumed),
            handler => handler,
            manners ?? Patient,
            clock,
            new ServerClock(clock),
            new StatusBoard("test", statuses.Enqueue)
        );
        return new LiveSource(server, clock, pipeline, statuses);
    }

    public static EndpointTable Table(Uri origin) =>
        new(
            origin,
            [new(HttpMethod.Get, "/things", null, "things"), new(HttpMethod.Get, "/things/{thing}/parts", null, "parts of a thing")]
        );

    /// <summary>What the answer to a GET is: the text, or the reason why there is none.</summary>
    public async Task<string> AskAsync(string path = "things")
    {
        try
        {
            using var response = await Client.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute), TestContext.Current.CancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
                : ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (UnansweredException e)
        {
            return e.Coverage.Reason ?? "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Pipeline.Dispose();
        await Server.DisposeAsync();
    }
}
