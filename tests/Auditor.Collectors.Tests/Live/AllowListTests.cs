using Auditor.Collectors.Live;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Live;

public sealed class AllowListTests
{
    [Theory]
    [InlineData("/other")]
    [InlineData("/things/")]
    [InlineData("/things/1")]
    [InlineData("/things//parts")]
    [InlineData("/things/a%2Fb/parts")]
    [InlineData("/things/a%5Cb/parts")]
    [InlineData("/things/%2e%2e/parts")]
    [InlineData("/things/1/parts/2")]
    [InlineData("/THINGS")]
    public async Task A_path_outside_the_table_never_reaches_the_socket(string path)
    {
        await using var source = await LiveSource.StartAsync();
        Assert.Equal("the request is not one of those that the program may send", await source.AskAsync(path));
        Assert.Empty(source.Server.Requests);
    }

    [Fact]
    public async Task No_method_but_the_table_s_reaches_the_socket()
    {
        await using var source = await LiveSource.StartAsync();
        foreach (var method in new[] { "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("things", UriKind.Relative));
            await Assert.ThrowsAsync<UnansweredException>(() => source.Client.SendAsync(request, TestContext.Current.CancellationToken));
        }

        Assert.Empty(source.Server.Requests);
    }

    [Fact]
    public async Task Another_host_scheme_port_or_user_never_reaches_the_socket()
    {
        await using var source = await LiveSource.StartAsync();
        await using var other = await LiveSource.StartAsync();
        var port = source.Server.Origin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (
            var address in new[]
            {
                new Uri(other.Server.Origin, "things").AbsoluteUri,
                $"http://localhost:{port}/things",
                $"http://user:word@127.0.0.1:{port}/things",
                $"http://user@127.0.0.1:{port}/things",
                $"http://[::ffff:127.0.0.1]:{port}/things",
                $"https://127.0.0.1:{port}/things",
                $"http://127.0.0.1.example:{port}/things",
            }
        )
        {
            Assert.Equal("the request is not one of those that the program may send", await source.AskAsync(address));
        }

        Assert.Empty(source.Server.Requests);
        Assert.Empty(other.Server.Requests);
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_is_not_followed()
    {
        await using var other = await LiveSource.StartAsync();
        await using var source = await LiveSource.StartAsync(
            (context, _) =>
            {
                context.Response.Redirect(new Uri(other.Server.Origin, "things").AbsoluteUri);
                return Task.CompletedTask;
            }
        );
        Assert.Equal("302", await source.AskAsync());
        Assert.Empty(other.Server.Requests);
    }

    [Fact]
    public async Task What_the_table_names_is_sent_with_our_name_and_without_cookies()
    {
        await using var source = await LiveSource.StartAsync(
            (context, _) =>
            {
                context.Response.Cookies.Append("session", "1");
                return context.Response.WriteAsync("[]");
            }
        );
        Assert.Equal("[]", await source.AskAsync("things/a%20b/parts?limit=200"));
        Assert.Equal("[]", await source.AskAsync("things"));
        Assert.All(
            source.Server.Requests,
            request =>
            {
                Assert.StartsWith("auditor/", request.Headers["User-Agent"], StringComparison.Ordinal);
                Assert.DoesNotContain("Cookie", request.Headers.Keys, StringComparer.OrdinalIgnoreCase);
                Assert.DoesNotContain("traceparent", request.Headers.Keys, StringComparer.OrdinalIgnoreCase);
            }
        );
    }
}
