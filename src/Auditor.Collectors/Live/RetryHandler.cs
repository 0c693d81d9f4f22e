using System.Net;
using Auditor.Model;
using Polly;
using Polly.Retry;

namespace Auditor.Collectors.Live;

/// <summary>Asks again where that may help: with growing pauses and jitter, a limited number of times, and not at all once the source was given up.</summary>
internal sealed class RetryHandler : DelegatingHandler
{
    /// <summary>Set on a request whose refusal was answered by a new credential: it is worth one more attempt.</summary>
    public static readonly HttpRequestOptionsKey<bool> HasNewCredential = new("auditor.new-credential");

    private readonly SourceHealth health;
    private readonly ResiliencePipeline<HttpResponseMessage> pipeline;

    public RetryHandler(Manners manners, TimeProvider clock, SourceHealth health, HttpMessageHandler inner)
        : base(inner)
    {
        this.health = health;
        pipeline = Pipeline(manners, clock);
    }

    /// <summary>The pauses and attempts that every request to a source gets, to its token endpoint, too.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Pipeline(Manners manners, TimeProvider clock) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(
                new RetryStrategyOptions<HttpResponseMessage>
                {
                    MaxRetryAttempts = manners.Attempts - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = manners.FirstPause,
                    MaxDelay = TimeSpan.FromSeconds(20),
                    ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
                }
            )
            .Build();

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        health.Require();
        try
        {
            var response = await pipeline.ExecuteAsync(async token => await base.SendAsync(request, token), cancellationToken);
            Judge(response);
            return response;
        }
        catch (UnansweredException e)
        {
            if (!e.WasNotSent)
            {
                health.Failed(e.Coverage);
            }

            throw;
        }
    }

    private void Judge(HttpResponseMessage response)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            health.Failed(new Coverage.Denied($"{status}: the credential is not accepted"));
        }
        else if ((int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            health.Failed(new Coverage.Failed("the source answered " + status));
        }
        else
        {
            health.Answered();
        }
    }

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is { } exception
            ? exception is UnansweredException { IsTransient: true }
            : outcome.Result is { } response
                && (
                    response.StatusCode
                        is HttpStatusCode.RequestTimeout
                            or HttpStatusCode.TooManyRequests
                            or HttpStatusCode.Locked
                            or HttpStatusCode.InternalServerError
                            or HttpStatusCode.BadGateway
                            or HttpStatusCode.ServiceUnavailable
                            or HttpStatusCode.GatewayTimeout
                    || TakesNewCredential(response)
                );

    private static bool TakesNewCredential(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && response.RequestMessage is { } request
        && request.Options.TryGetValue(HasNewCredential, out var has)
        && has;
}
