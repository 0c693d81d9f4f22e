using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Engine;
using Auditor.Reports.Html;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Auditor.Reports.Tests.Html;

/// <summary>The page in a real browser.</summary>
public sealed partial class HtmlPages(Browser browser, ITestOutputHelper output) : IClassFixture<Browser>
{
    [Fact]
    public async Task Hostile_names_execute_nothing_ask_for_nothing_and_break_out_of_nothing()
    {
        var visit = await browser.OpenAsync(Injection.HostileRun);
        await visit.Page.EvaluateAsync("() => { for (const details of document.querySelectorAll('details')) details.open = true; }");

        Assert.Empty(visit.Offences);
        Assert.Equal(1, await visit.Page.Locator("script").CountAsync());
        Assert.Equal(1, await visit.Page.Locator("style").CountAsync());
        Assert.Equal(0, await visit.Page.Locator("img, iframe, object, embed, link, base, [style]").CountAsync());
        Assert.Equal(
            0,
            await visit.Page.EvaluateAsync<int>(
                "() => [...document.querySelectorAll('*')].filter(element => [...element.attributes].some(attribute => attribute.name.startsWith('on'))).length"
            )
        );
        Assert.Equal(
            0,
            await visit.Page.EvaluateAsync<int>(
                "() => [...document.querySelectorAll('a')].filter(link => !link.closest('.page') && !link.getAttribute('href').startsWith('#')).length"
            )
        );
    }

    [Fact]
    public void Hostile_names_become_text_with_nothing_hidden_in_them()
    {
        var html = Encoding.UTF8.GetString(HtmlReport.Render(Injection.HostileRun));

        Assert.DoesNotContain(html, c => c != '\n' && Neutral.IsHostile(c));
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("&amp;lt;script", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_one_file_and_the_same_run_gives_the_same_bytes()
    {
        Assert.Equal(HtmlReport.Render(Runs.Bad), HtmlReport.Render(Runs.Bad));
        Assert.DoesNotMatch(Outside(), Encoding.UTF8.GetString(HtmlReport.Render(Runs.Bad)));
    }

    // Meridian's bad day, incomplete and compared with the night before, and something accepted.
    private static AuditRun Everything =>
        Runs.Small(
            HtmlContents.Compared with
            {
                Findings =
                [
                    .. Runs.Meridian.Findings.Select((finding, i) => finding with { IsNew = i < 2 }),
                    .. Runs.Bad.Findings.Where(finding => finding.Accepted is not null || finding.Verdict != "fail"),
                ],
                Trust = Runs.Meridian.Trust,
                Connections = Runs.Meridian.Connections,
                Evaluations = Runs.Meridian.Evaluations,
                Populations = Runs.Meridian.Populations,
            }
        );

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing(ColorScheme scheme)
    {
        foreach (var run in new[] { Runs.Small(Runs.Clean), Everything })
        {
            var visit = await browser.OpenAsync(
                run,
                new BrowserNewContextOptions
                {
                    ColorScheme = scheme,
                    BypassCSP = true,
                    ReducedMotion = ReducedMotion.Reduce,
                }
            );
            await visit.Page.EvaluateAsync("() => { for (const details of document.querySelectorAll('details')) details.open = true; }");
            var result = await visit.Page.RunAxe();

            Assert.Empty(result.Violations.Select(violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
        }
    }

    [Fact]
    public async Task Nothing_scrolls_sideways_at_320_pixels()
    {
        foreach (var run in new[] { Everything, Injection.HostileRun })
        {
            var visit = await browser.OpenAsync(
                run,
                new BrowserNewContextOptions
                {
                    ViewportSize = new ViewportSize { Width = 320, Height = 640 },
                }
            );

            Assert.Equal(320, await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task Everything_can_be_read_without_script()
    {
        var visit = await browser.OpenAsync(Runs.Bad, new BrowserNewContextOptions { JavaScriptEnabled = false });

        Assert.Equal(Runs.Bad.Findings.Count(finding => finding.IsLive), await visit.Page.Locator("#findings article").CountAsync());
        Assert.True(await visit.Page.Locator("#findings article").First.IsVisibleAsync());
        Assert.False(await visit.Page.Locator("#filter").IsVisibleAsync());
        await visit.Page.Locator("#populations summary").First.ClickAsync();
        Assert.True(await visit.Page.Locator("#populations table").First.IsVisibleAsync());
    }

    [Fact]
    public async Task Filters_are_kept_in_the_address_and_announced()
    {
        var visit = await browser.OpenAsync(Runs.Bad);
        var all = await visit.Page.Locator("#findings article").CountAsync();
        await visit.Page.Locator("#rule").SelectOptionAsync("AUD-001");

        Assert.EndsWith("#findings?rule=AUD-001", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal($"1 of {all} findings shown", await visit.Page.Locator("#shown").TextContentAsync());
        await visit.Page.ReloadAsync();
        Assert.Equal(1, await visit.Page.Locator("#findings article:visible").CountAsync());
        await visit.Page.Locator("#q").FillAsync("nothing like it");
        Assert.Equal(0, await visit.Page.Locator("#findings article:visible").CountAsync());
        await visit.Page.Locator("#filter button").ClickAsync();
        await visit.Page.WaitForFunctionAsync("all => document.getElementById('shown').textContent.startsWith(all + ' of ')", all);
        await visit.Page.Locator(".tiles a").First.ClickAsync();
        await visit.Page.WaitForFunctionAsync("all => !document.getElementById('shown').textContent.startsWith(all + ' of ')", all);
        Assert.EndsWith("#findings?level=error", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal("error", await visit.Page.Locator("#level").InputValueAsync());
        Assert.Empty(visit.Offences);
    }

    [Fact]
    public async Task The_keyboard_reaches_the_filter_and_opens_details()
    {
        var visit = await browser.OpenAsync(Runs.Bad);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 200; i++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            var at = await visit.Page.EvaluateAsync<string>(
                "() => document.activeElement.className + ' ' + document.activeElement.id + ' ' + document.activeElement.tagName"
            );
            if (at.EndsWith("SUMMARY", StringComparison.Ordinal) && seen.Add("opened"))
            {
                await visit.Page.Keyboard.PressAsync("Enter");
                Assert.True(await visit.Page.EvaluateAsync<bool>("() => document.activeElement.parentElement.open"));
            }

            seen.Add(at.Trim());
        }

        Assert.Contains("skip  A", seen);
        Assert.Contains("q INPUT", seen);
        Assert.Contains("level SELECT", seen);
        Assert.Contains("opened", seen);
    }

    [Fact]
    public async Task A_finding_is_reached_by_the_anchor_of_its_fingerprint_and_a_population_is_opened_by_its_own()
    {
        var visit = await browser.OpenAsync(Runs.Bad);
        var finding = Runs.Bad.Findings.Last(item => item.IsLive);
        await visit.Page.GotoAsync(visit.Address + "#f-" + finding.Fingerprint[..16]);
        Assert.True(await visit.Page.Locator("#f-" + finding.Fingerprint[..16]).IsVisibleAsync());

        await visit.Page.EvaluateAsync("() => { location.hash = '#population-AUD-001'; }");
        await visit.Page.Locator("#population-AUD-001 table").WaitForAsync();
    }

    [Fact]
    public async Task On_paper_everything_is_open_that_is_for_paper()
    {
        var visit = await browser.OpenAsync(Runs.Bad);
        await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        await visit.Page.EvaluateAsync("() => dispatchEvent(new Event('beforeprint'))");

        Assert.Equal(0, await visit.Page.Locator("details:not([open])").CountAsync());
        Assert.False(await visit.Page.Locator("#filter").IsVisibleAsync());

        // What is on paper: what a rule says without its examples, and of a population its numbers and what is not in order.
        Assert.True(await visit.Page.GetByText("How it is detected").First.IsVisibleAsync());
        Assert.Equal(0, await visit.Page.Locator("#rules pre:visible").CountAsync());
        Assert.True(await visit.Page.Locator("#populations .state.fail:visible").CountAsync() > 0);
        Assert.Equal(0, await visit.Page.Locator("#populations .state.pass:visible").CountAsync());
        await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Screen });
        Assert.True(await visit.Page.Locator("#rules pre:visible").CountAsync() > 0);
        Assert.True(await visit.Page.Locator("#populations .state.pass:visible").CountAsync() > 0);
    }

    // Beyond 300 findings, what is not seen is not laid out, and what is above a place is as large as was guessed.
    [Fact]
    public async Task A_link_leads_to_its_place_past_many_findings()
    {
        var live = Runs.Bad.Findings.Where(finding => finding.IsLive).ToList();
        var many = Enumerable.Range(0, 320).Select(i => live[i % live.Count] with { Fingerprint = $"{i:x16}" });
        var visit = await browser.OpenAsync(Runs.Bad with { Findings = [.. many] });
        Assert.Equal(1, await visit.Page.Locator("body.many").CountAsync());

        foreach (var section in new[] { "populations", "changes" })
        {
            await visit.Page.Locator($"nav a[href='#{section}']").ClickAsync();
            await visit.Page.WaitForFunctionAsync(
                "section => Math.abs(document.getElementById(section).getBoundingClientRect().top) < innerHeight / 2",
                section
            );
        }
    }

    [Fact]
    public async Task Five_thousand_findings_load_and_filter()
    {
        var live = Runs.Bad.Findings.Where(finding => finding.IsLive).ToList();
        var many = Enumerable.Range(0, 5000).Select(i => live[i % live.Count] with { Fingerprint = $"{i:x16}" });
        var clock = Stopwatch.StartNew();
        var visit = await browser.OpenAsync(
            Runs.Bad with
            {
                Findings = [.. many],
                Evaluations = [],
                Trust = new TrustMap(),
                Connections = [],
            }
        );
        var loaded = clock.Elapsed;
        var filtered = await visit.Page.EvaluateAsync<double>(
            "() => { const start = performance.now(); const rule = document.getElementById('rule'); rule.value = 'AUD-001'; rule.dispatchEvent(new Event('input', { bubbles: true })); document.body.offsetHeight; return performance.now() - start; }"
        );

        output.WriteLine($"rendered and loaded in {loaded.TotalMilliseconds:0} ms, filtered in {filtered:0} ms");
        Assert.Equal(5000, await visit.Page.Locator("#findings article").CountAsync());
        Assert.EndsWith("of 5000 findings shown", await visit.Page.Locator("#shown").TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(visit.Offences);
    }

    // Anything that a page could load from elsewhere.
    [GeneratedRegex("<(?:link|img|iframe|script\\s+src|object|embed)\\b|@import|url\\(", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();
}
