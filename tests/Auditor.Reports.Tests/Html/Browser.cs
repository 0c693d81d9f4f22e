using System.Text;
using Auditor.Engine;
using Auditor.Reports.Html;
using Auditor.Testing;
using Microsoft.Playwright;

namespace Auditor.Reports.Tests.Html;

/// <summary>A real Chromium, the system's own. Tests that need it skip themselves, visibly, where there is none.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly TemporaryFolder folder = new();
    private IPlaywright? playwright;
    private IBrowser? chromium;

    public async ValueTask InitializeAsync()
    {
        if (Places.FirstOrDefault(File.Exists) is not { } program)
        {
            return;
        }

        playwright = await Playwright.CreateAsync();
        chromium = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox"] }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
        {
            await chromium.CloseAsync();
        }

        playwright?.Dispose();
        folder.Dispose();
    }

    /// <summary>Opens the report of a run, and keeps a record of everything that it must not do.</summary>
    internal async Task<Visit> OpenAsync(AuditRun run, BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(chromium is not null, "there is no Chromium here");
        var address = new Uri(folder.Write(Path.GetRandomFileName() + ".html", HtmlReport.Render(run))).AbsoluteUri;
        var context = await chromium!.NewContextAsync(options ?? new BrowserNewContextOptions());

        // Not a measurement: how long a busy machine takes says nothing about the page.
        context.SetDefaultTimeout(180_000);
        var page = await context.NewPageAsync();
        var visit = new Visit(page, address);
        page.Dialog += async (_, dialog) =>
        {
            visit.Offences.Add("dialog: " + dialog.Message);
            await dialog.DismissAsync();
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal))
            {
                visit.Offences.Add("request: " + request.Url);
            }
        };
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                visit.Offences.Add("console: " + message.Text);
            }
        };
        page.PageError += (_, error) => visit.Offences.Add("error: " + error);
        await page.GotoAsync(address);
        return visit;
    }
}

/// <summary>An open page.</summary>
/// <param name="Page">The page.</param>
/// <param name="Address">Its address.</param>
internal sealed record Visit(IPage Page, string Address)
{
    /// <summary>What the page did and must not: dialogs, requests, errors and violations of its policy.</summary>
    public List<string> Offences { get; } = [];
}
