using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Auditor.Reports.Pages;

/// <summary>Reads the page of a rule for formats that take pieces of it.</summary>
internal static class RulePageText
{
    // No extension lets raw HTML through, and none looks anything up.
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().Build();

    /// <summary>The page as plain text.</summary>
    public static string Plain(string page) => Markdig.Markdown.ToPlainText(page, Pipeline).Trim();

    /// <summary>What the rule is about: the first paragraph after the title and the line of key facts. Empty when there is none.</summary>
    public static string Summary(string page)
    {
        foreach (var paragraph in Markdig.Markdown.Parse(page, Pipeline).OfType<ParagraphBlock>())
        {
            if (paragraph.Inline?.FirstChild is EmphasisInline)
            {
                continue;
            }

            using var writer = new StringWriter(CultureInfo.InvariantCulture);
            var renderer = new Markdig.Renderers.HtmlRenderer(writer)
            {
                EnableHtmlForBlock = false,
                EnableHtmlForInline = false,
                EnableHtmlEscape = false,
            };
            Pipeline.Setup(renderer);
            renderer.Render(paragraph);
            return string.Join(' ', writer.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }

        return "";
    }
}
