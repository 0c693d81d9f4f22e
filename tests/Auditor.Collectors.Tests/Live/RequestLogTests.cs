using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Auditor.Collectors.Live;
using Auditor.Simulators;

namespace Auditor.Collectors.Tests.Live;

/// <summary>What is written down of a request: what finds it in the source's log, and nothing that does something or is secret.</summary>
public sealed class RequestLogTests
{
    [Theory]
    [InlineData("[]", 0)]
    [InlineData("""[{"id":"a","b":[1,2]},{"id":"c"},3]""", 3)]
    [InlineData("""{"apiProduct":[{"name":"a"},{"name":"b"}],"nextPageToken":"x"}""", 2)]
    [InlineData("""{"nextPageToken":"x","apiProduct":[]}""", 0)]
    [InlineData("""{"one":[1],"two":[2]}""", null)]
    [InlineData("""{"name":"a","more":{"list":[1]}}""", null)]
    [InlineData("{}", null)]
    [InlineData("7", null)]
    [InlineData("", null)]
    [InlineData("[1,2", null)]
    [InlineData("<html>", null)]
    public void The_rows_of_a_page_are_counted(string body, int? rows) => Assert.Equal(rows, RequestLog.Rows(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public async Task An_answer_is_written_down_with_what_finds_it_again()
    {
        var (log, client) = Over(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("[1,2]") };
            response.Headers.ETag = new EntityTagHeaderValue("\"v7\"");
            response.Headers.Add("X-Okta-Request-Id", "aRx1");
            return response;
        });
        using (client)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://user:word@acme.okta.com/api/v1/apps?limit=2");
            request.Headers.Authorization = new AuthenticationHeaderValue("SSWS", "secret");
            RequestLog.Keep(request, "okta/acme.okta.com/api/v1/apps");
            using var next = new HttpRequestMessage(HttpMethod.Get, "https://acme.okta.com/api/v1/apps?after=2");
            RequestLog.Continue(request, next);
            await client.SendAsync(request, TestContext.Current.CancellationToken);
            await client.SendAsync(next, TestContext.Current.CancellationToken);
        }

        var sent = log.Requests;
        Assert.Equal(2, sent.Length);
        Assert.All(
            sent,
            entry =>
                Assert.Equal(
                    ("GET", 200, 2, 5L, "\"v7\"", "aRx1", "okta/acme.okta.com/api/v1/apps"),
                    (entry.Method, entry.Status!.Value, entry.Items!.Value, entry.Bytes!.Value, entry.ETag, entry.RequestId, entry.Answer)
                )
        );
        Assert.Contains(sent, entry => entry.Address.AbsoluteUri == "https://acme.okta.com/api/v1/apps?limit=2");
        Assert.All(
            sent,
            entry =>
            {
                Assert.DoesNotContain("word", entry.ToString(), StringComparison.Ordinal);
                Assert.DoesNotContain("secret", entry.ToString(), StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task A_name_that_is_long_or_does_something_is_not_written_down()
    {
        foreach (var name in new[] { "a b", new string('x', 201), "\u001b[31m", "\u202e" })
        {
            var (log, client) = Over(_ =>
            {
                var response = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("[1]") };
                response.Headers.TryAddWithoutValidation("X-Okta-Request-Id", name);
                return response;
            });
            using (client)
            {
                await client.GetAsync(new Uri("https://acme.okta.com/"), TestContext.Current.CancellationToken);
            }

            var entry = Assert.Single(log.Requests);
            Assert.Equal((403, null, null), (entry.Status, entry.RequestId, entry.Items));
        }
    }

    [Fact]
    public async Task What_was_not_answered_is_written_down_and_what_was_not_sent_is_not()
    {
        var (log, client) = Over(request =>
            throw new UnansweredException("the answer broke off", isTransient: true)
            {
                WasNotSent = request.RequestUri!.AbsolutePath == "/refused-here",
            }
        );
        using (client)
        {
            foreach (var path in new[] { "/broken", "/refused-here" })
            {
                await Assert.ThrowsAsync<UnansweredException>(() =>
                    client.GetAsync(new Uri("https://acme.okta.com" + path), TestContext.Current.CancellationToken)
                );
            }
        }

        var entry = Assert.Single(log.Requests);
        Assert.Equal((null, "the answer broke off", "/broken"), (entry.Status, entry.Fault, entry.Address.AbsolutePath));
    }

    private static (RequestLog Log, HttpClient Client) Over(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        var log = new RequestLog();
#pragma warning disable CA2000 // The client owns the handlers.
        return (log, new HttpClient(log.Around(new Answering(answer), new SwiftClock())));
#pragma warning restore CA2000
    }

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
