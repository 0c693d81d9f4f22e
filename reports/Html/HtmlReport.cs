using System.Security.Cryptography;
using System.Text;
using Auditor.Engine;
using Scriban;

namespace Auditor.Reports.Html;

/// <summary>
/// The report as one page that needs nothing else: no network, no script to be read, and a policy that allows its own style and script by their digests and nothing
/// besides (W3C, Content Security Policy 3).
/// </summary>
public static class HtmlReport
{
    private static readonly string Style = Read("report.css");
    private static readonly string Script = Read("report.js");
    private static readonly Lazy<Template> Page = new(() =>
    {
        var template = Template.Parse(Read("report.scriban"), "report.scriban");
        return template.HasErrors ? throw new InvalidOperationException(string.Join('\n', template.Messages)) : template;
    });

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var model = HtmlModel.Of(run);
        model["style"] = new SafeHtml(Style);
        model["script"] = new SafeHtml(Script);
        model["policy"] = new SafeHtml(
            $"default-src 'none'; style-src '{Digest(Style)}'; script-src '{Digest(Script)}'; img-src data:; base-uri 'none'; form-action 'none'"
        );
        return Encoding.UTF8.GetBytes(Page.Value.Render(new HtmlContext(model)));
    }

    private static string Digest(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // The digest is of the text as the page holds it, and a checkout may have changed the line ends.
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
