using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Auditor.Collectors.Live;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Live;

public sealed class AnswerTests
{
    [Fact]
    public async Task A_compressed_body_is_unpacked()
    {
        await using var source = await LiveSource.StartAsync(
            async (context, _) =>
            {
                Assert.Contains("gzip", context.Request.Headers.AcceptEncoding.ToString(), StringComparison.Ordinal);
                context.Response.Headers.ContentEncoding = "gzip";
                await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
                await gzip.WriteAsync(Encoding.UTF8.GetBytes("[1]"));
            }
        );
        Assert.Equal("[1]", await source.AskAsync());
    }

    [Fact]
    public async Task A_body_that_unpacks_to_more_than_the_cap_is_refused_and_not_asked_for_again()
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add("/things", Fault.GzipBomb);
        Assert.Equal("the answer is larger than 64 MB", await source.AskAsync());
        Assert.Single(source.Server.Requests);
    }

    [Fact]
    public async Task A_body_that_announces_more_than_the_cap_is_refused_before_it_is_read()
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add("/things", Fault.HugeBody);
        Assert.Equal("the answer is larger than 64 MB", await source.AskAsync());
        Assert.Single(source.Server.Requests);
    }

    [Fact]
    public async Task The_deadline_covers_the_body()
    {
        await using var source = await LiveSource.StartAsync(manners: LiveSource.Patient with { Attempts = 2 });
        source.Server.Faults.Add("/things", Fault.SilentBody);
        Assert.Equal("there was no complete answer within 18000 s", await source.AskAsync());
        Assert.Equal(2, source.Server.Requests.Count);
    }

    [Fact]
    public async Task The_deadline_covers_the_headers()
    {
        await using var source = await LiveSource.StartAsync(manners: LiveSource.Patient with { Attempts = 2 });
        source.Server.Faults.Add("/things", Fault.SilentHeaders);
        Assert.Equal("there was no complete answer within 18000 s", await source.AskAsync());
        Assert.Equal(2, source.Server.Requests.Count);
        Assert.True(source.Clock.GetElapsedTime(0) >= 2 * SwiftClock.Deadline);
    }

    [Theory]
    [InlineData("connection reset")]
    [InlineData("body cut short")]
    [InlineData("no HTTP")]
    public async Task A_broken_answer_is_asked_for_again(string name)
    {
        var fault = new[] { Fault.Reset, Fault.CutBody, Fault.Garbage }.Single(fault => fault.Name == name);
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add("/things", fault, times: 3);
        Assert.Equal("[]", await source.AskAsync());
        Assert.Equal(4, source.Server.Requests.Count);
    }

    [Fact]
    public async Task A_host_that_nobody_answers_at_is_asked_as_often_as_agreed_and_then_named()
    {
        await using var source = await LiveSource.StartAsync(manners: LiveSource.Patient with { Attempts = 3 });
        await source.Server.DisposeAsync();
        Assert.Equal("there is no connection to the host", await source.AskAsync());
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_not_tried_again()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(130));
        await using var source = await LiveSource.StartAsync(certificate: certificate);
        Assert.Equal("the host's certificate is not accepted", await source.AskAsync());
        Assert.Empty(source.Server.Requests);
        Assert.Empty(source.Statuses.Skip(1));
    }

    [Fact]
    public async Task A_storm_of_errors_on_every_third_request_is_ridden_out()
    {
        // Half of the requests fail once.
        var failed = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await using var source = await LiveSource.StartAsync(
            (context, _) =>
            {
                var path = context.Request.Path.Value!;
                if (path.Contains("odd", StringComparison.Ordinal) && failed.TryAdd(path, true))
                {
                    context.Response.StatusCode = 503;
                    return Task.CompletedTask;
                }

                return context.Response.WriteAsync("[]");
            },
            assumed: 100_000
        );
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => source.AskAsync($"things/{(i % 2 == 0 ? "even" : "odd")}{i}/parts"))
        );
        Assert.All(answers, answer => Assert.Equal("[]", answer));
        Assert.Equal(90, source.Server.Requests.Count);
    }

    [Fact]
    public async Task A_source_that_only_fails_is_given_up_and_not_asked_further()
    {
        await using var source = await LiveSource.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = 500;
                return Task.CompletedTask;
            },
            LiveSource.Patient with
            {
                Attempts = 2,
            }
        );
        Assert.Equal("500", await source.AskAsync("things/1/parts"));
        Assert.Equal("500", await source.AskAsync("things/2/parts"));
        Assert.Equal("500", await source.AskAsync("things/3/parts"));
        Assert.Equal("the source answered 500; asked no further", await source.AskAsync("things/4/parts"));
        Assert.Equal("the source answered 500; asked no further", await source.AskAsync("things/5/parts"));
        Assert.Equal(6, source.Server.Requests.Count);
    }

    [Fact]
    public async Task A_refusal_is_not_asked_for_again()
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add("/things", Fault.Status(403));
        Assert.Equal("403", await source.AskAsync());
        Assert.Single(source.Server.Requests);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_at_once()
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add("/things", Fault.SilentHeaders with { IsSilence = false });
        using var stop = new CancellationTokenSource();
        var asking = source.Client.GetAsync(new Uri("things", UriKind.Relative), stop.Token);
        while (source.Server.Requests.Count == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }
}
