using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Auditor.Simulators;

/// <summary>A request that a simulator received.</summary>
/// <param name="At">When, by the simulator's clock.</param>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
/// <param name="Query">The query with its question mark; empty without one.</param>
/// <param name="Headers">The headers.</param>
public sealed record ReceivedRequest(
    DateTimeOffset At,
    string Method,
    string Path,
    string Query,
    IReadOnlyDictionary<string, string> Headers
);

/// <summary>A server on the loopback interface, over real sockets, that remembers what it was asked and can be told to fail.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedRequest> requests = new();
    private int underWay;
    private int mostUnderWay;

    private LoopbackServer(WebApplication app, FaultPlan faults)
    {
        this.app = app;
        Faults = faults;
    }

    /// <summary>Scheme, host and port.</summary>
    public Uri Origin => new(app.Urls.Single());

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; }

    /// <summary>What was asked, in the order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. requests];

    /// <summary>The greatest number of requests that were being answered at once.</summary>
    public int MostUnderWay => Volatile.Read(ref mostUnderWay);

    /// <summary>Starts a server.</summary>
    /// <param name="answer">Answers a request.</param>
    /// <param name="clock">The server's clock; null for the world's. Its time is sent as Date.</param>
    /// <param name="certificate">For https; null for http.</param>
    public static async Task<LoopbackServer> StartAsync(
        RequestDelegate answer,
        TimeProvider? clock = null,
        X509Certificate2? certificate = null
    )
    {
        ArgumentNullException.ThrowIfNull(answer);
        var time = clock ?? TimeProvider.System;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            // These measure by the world's clock, and a busy machine looks to them like a bad client.
            options.Limits.MinResponseDataRate = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
            options.Limits.RequestHeadersTimeout = TimeSpan.FromHours(1);
            options.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                }
            );
        });
        var server = new LoopbackServer(builder.Build(), new FaultPlan());
        server.app.Run(context => server.AnswerAsync(context, answer, time));
        await server.app.StartAsync();
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate answer, TimeProvider time)
    {
        var request = context.Request;
        requests.Enqueue(
            new ReceivedRequest(
                time.GetUtcNow(),
                request.Method,
                request.Path.Value ?? "",
                request.QueryString.Value ?? "",
                request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)
            )
        );
        var now = Interlocked.Increment(ref underWay);
        for (var most = mostUnderWay; now > most; most = mostUnderWay)
        {
            Interlocked.CompareExchange(ref mostUnderWay, now, most);
        }

        try
        {
            context.Response.Headers.Date = (time.GetUtcNow() + Faults.ClockSkew).ToString(
                "R",
                System.Globalization.CultureInfo.InvariantCulture
            );
            if (Faults.Take(request) is { } fault)
            {
                if (fault.IsSilence)
                {
                    (time as SwiftClock)?.Silence();
                }

                await fault.Run(context, () => answer(context));
            }
            else
            {
                await answer(context);
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away.
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }
}
