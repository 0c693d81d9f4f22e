using Markdig;
using Markdig.Renderers.Html;
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

    /// <summary>The page as HTML without its title, with headings that fit below one of the third level.</summary>
    public static string Html(string page)
    {
        var document = Markdig.Markdown.Parse(page, Pipeline);
        var isExample = false;
        foreach (var block in document.ToList())
        {
            if (block is HeadingBlock { Level: <= 2 } chapter)
            {
                isExample = chapter.Level == 2 && chapter.Inline?.FirstChild?.ToString() is "Noncompliant" or "Compliant";
            }

            // Examples are for the screen: a page of paper has room for what the rule says.
            if (isExample)
            {
                block.GetAttributes().AddClass("screen");
            }

            if (block is HeadingBlock heading)
            {
                if (heading.Level == 1)
                {
                    document.Remove(heading);
                }

                heading.Level = Math.Min(6, heading.Level + 1);
            }
        }

        return Markdig.Markdown.ToHtml(document, Pipeline);
    }

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
