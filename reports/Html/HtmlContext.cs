using System.Text.Encodings.Web;
using System.Text.Unicode;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>Markup that the program itself wrote. Everything else that reaches a page is text.</summary>
/// <param name="Markup">The markup.</param>
internal sealed record SafeHtml(string Markup);

/// <summary>
/// Renders templates so that they cannot forget to escape: whatever an expression gives is encoded for HTML, inside and outside of quoted attributes, unless it is
/// <see cref="SafeHtml"/>. There are no functions, and unknown names are errors.
/// </summary>
internal sealed class HtmlContext : TemplateContext
{
    // Letters of all scripts stay letters.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public HtmlContext(ScriptObject model)
        : base(new ScriptObject())
    {
        // The defaults cut long texts and stop long loops: a report must be whole.
        LimitToString = 0;
        LoopLimit = 0;
        StrictVariables = true;
        EnableRelaxedMemberAccess = false;
        AutoIndent = false;
        PushGlobal(model);
    }

    /// <inheritdoc/>
    public override TemplateContext Write(SourceSpan span, object? textAsObject) =>
        textAsObject switch
        {
            null => this,
            SafeHtml html => Write(html.Markup),
            string text => Write(Encode(text)),
            int number => Write(number.ToString(CultureInfo.InvariantCulture)),
            _ => throw new InvalidOperationException($"A template writes a {textAsObject.GetType().Name}."),
        };

    /// <summary>A text as HTML, with what hides in it made visible.</summary>
    public static string Encode(string text) => Encoder.Encode(Neutral.Visible(text));
}
