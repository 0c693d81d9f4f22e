using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Auditor.Cli.Configuration;

/// <summary>
/// Reads YAML as nodes with places. Anchors, aliases and tags are refused: configuration needs none, and they are how small files become large. Nothing is bound by
/// reflection.
/// </summary>
internal static class YamlFile
{
    private const int MaxSize = 1024 * 1024;
    private const int MaxDepth = 20;

    /// <summary>The root mapping of a file; null when the file is empty.</summary>
    /// <exception cref="UsageException">The file cannot be read or is not such YAML.</exception>
    public static YamlMappingNode? Read(string path, string shownAs)
    {
        string text;
        try
        {
            // Pipes and devices look like empty files, and reading one can block for ever: what is empty is not opened.
            text = new FileInfo(path).Length switch
            {
                0 => "",
                > MaxSize => throw new UsageException($"{shownAs}: larger than 1 MB, which no configuration is."),
                _ => File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)),
            };
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"{shownAs}: not UTF-8.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{shownAs}: cannot be read.");
        }

        return Parse(text, shownAs);
    }

    /// <summary>The root mapping of a text; null when it is empty.</summary>
    public static YamlMappingNode? Parse(string text, string shownAs)
    {
        try
        {
            Check(text, shownAs);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0
                ? null
                : stream.Documents[0].RootNode switch
                {
                    YamlMappingNode mapping => mapping,
                    YamlScalarNode { Value: "" or null } => null,
                    var node => throw new UsageException($"{At(shownAs, node)}: a mapping of keys is expected."),
                };
        }
        catch (YamlException e)
        {
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"{shownAs}:{e.Start.Line}:{e.Start.Column}: not valid YAML ({Reason(e)}).")
            );
        }
    }

    /// <summary>The place of a node as messages write it.</summary>
    public static string At(string shownAs, YamlNode node) =>
        string.Create(CultureInfo.InvariantCulture, $"{shownAs}:{node.Start.Line}:{node.Start.Column}");

    private static string Reason(YamlException e) =>
        e.Message.Contains("uplicate", StringComparison.Ordinal) ? "a key is given twice"
        : e.Message.Contains("tab", StringComparison.OrdinalIgnoreCase) ? "a tab is used for indentation"
        : "its structure is broken here";

    private static void Check(string text, string shownAs)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        var documents = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            switch (current)
            {
                case AnchorAlias:
                    throw Refused("an alias", current, shownAs);
                case NodeEvent { Anchor.IsEmpty: false }:
                    throw Refused("an anchor", current, shownAs);
                case NodeEvent { Tag.IsEmpty: false }:
                    throw Refused("a tag", current, shownAs);
                case DocumentStart when ++documents > 1:
                    throw Refused("a second document", current, shownAs);
                case MappingStart or SequenceStart:
                    if (++depth > MaxDepth)
                    {
                        throw Refused("nesting deeper than 20", current, shownAs);
                    }

                    break;
                case MappingEnd or SequenceEnd:
                    depth--;
                    break;
                default:
                    break;
            }
        }
    }

    private static UsageException Refused(string what, ParsingEvent at, string shownAs) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{shownAs}:{at.Start.Line}:{at.Start.Column}: {what} is refused."));
}
