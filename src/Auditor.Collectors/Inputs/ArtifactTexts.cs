using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Inputs;

/// <summary>
/// The texts behind the artifacts of a landscape, for excerpts and for working out where an edit falls. What comes out is masked: everything that the collectors would
/// take out of the model is taken out of the text, too, line by line, so that lines keep their numbers.
/// </summary>
public sealed partial class ArtifactTexts
{
    private const int MaxText = 4 * 1024 * 1024;

    private readonly List<(string Prefix, SourceTree Tree, string Folder)> trees = [];
    private readonly List<(string Prefix, ZipBundle Zip)> archives = [];
    private readonly Dictionary<string, string> unseen = new(StringComparer.Ordinal);

    internal void Add(string prefix, SourceTree tree, string folder) => trees.Add((prefix, tree, folder));

    internal void Add(string prefix, ZipBundle zip) => archives.Add((prefix, zip));

    /// <summary>Adds a file of which no text is ever shown, since nothing tells its secrets from the rest.</summary>
    internal void AddUnseen(string artifact, byte[] bytes) => unseen[artifact] = Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>These texts, without those that are never shown of another input: one may lie in a tree of this one, under the same name.</summary>
    /// <param name="other">The texts of the other input.</param>
    public ArtifactTexts WithUnseenOf(ArtifactTexts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var texts = new ArtifactTexts();
        texts.trees.AddRange(trees);
        texts.archives.AddRange(archives);
        foreach (var (artifact, digest) in unseen.Concat(other.unseen))
        {
            texts.unseen[artifact] = digest;
        }

        return texts;
    }

    /// <summary>The SHA-256 of an artifact as it is stored, in hexadecimal, or null when it is gone or too large.</summary>
    public string? Digest(string artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        return unseen.GetValueOrDefault(artifact) ?? Attempt(artifact, bytes => Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>The masked text of an artifact, or null when it is gone, too large, was never a text, or is never shown.</summary>
    public string? Find(string artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        return unseen.ContainsKey(artifact) ? null : Attempt(artifact, bytes => Masked(artifact, bytes));
    }

    /// <summary>Every artifact of the inputs, those in archives included, ordered. An archive that cannot be read is an artifact itself.</summary>
    public ImmutableArray<string> All()
    {
        var all = new SortedSet<string>(unseen.Keys, StringComparer.Ordinal);
        foreach (var (prefix, tree, _) in trees)
        {
            foreach (var file in tree.Files)
            {
                all.UnionWith(Inside(tree, file).Select(path => SourceTree.Join(prefix, path)));
            }
        }

        foreach (var (prefix, zip) in archives)
        {
            all.UnionWith(zip.Paths.Select(path => SourceTree.Join(prefix, path)));
        }

        return [.. all];
    }

    private static IEnumerable<string> Inside(SourceTree tree, string file)
    {
        if (!file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            return [file];
        }

        try
        {
            var folder = file.Contains("/revisions/", StringComparison.Ordinal) ? file[..^4] : file;
            return [.. ZipBundle.Open(tree.Read(file, ZipBundle.MaxArchive)).Paths.Select(path => $"{folder}/{path}")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RefusedArchiveException)
        {
            return [file];
        }
    }

    private string? Attempt(string artifact, Func<byte[], string?> use)
    {
        try
        {
            return Bytes(artifact) is { Length: <= MaxText } bytes ? use(bytes) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RefusedArchiveException or UnreadableXmlException)
        {
            return null;
        }
    }

    private byte[]? Bytes(string artifact)
    {
        foreach (var (prefix, tree, folder) in trees)
        {
            if (Below(artifact, prefix) is not { } relative)
            {
                continue;
            }

            var path = folder.Length == 0 ? relative : folder + "/" + relative;
            if (tree.Has(path))
            {
                return tree.Read(path, MaxText);
            }

            if (FromArchive(tree, path) is { } bytes)
            {
                return bytes;
            }
        }

        foreach (var (prefix, zip) in archives)
        {
            if (Below(artifact, prefix) is { } relative && zip.Paths.Contains(relative, StringComparer.Ordinal))
            {
                return zip.Read(relative);
            }
        }

        return null;
    }

    // x.zip/apiproxy/…, and revisions/14/apiproxy/… for revisions/14.zip.
    private static byte[]? FromArchive(SourceTree tree, string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var folder = path[..slash];
            var archive = folder.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? folder : folder + ".zip";
            if (tree.Has(archive))
            {
                var zip = ZipBundle.Open(tree.Read(archive, ZipBundle.MaxArchive));
                var inner = path[(slash + 1)..];
                return zip.Paths.Contains(inner, StringComparer.Ordinal) ? zip.Read(inner) : null;
            }
        }

        return null;
    }

    private static string? Below(string artifact, string prefix) =>
        prefix.Length == 0 ? artifact
        : artifact.StartsWith(prefix + "/", StringComparison.Ordinal) ? artifact[(prefix.Length + 1)..]
        : null;

    private static string? Masked(string artifact, byte[] bytes)
    {
        var text = HardenedXml.Decode(bytes);
        if (IsSourceOfTerraform(artifact) || (TerraformDocument.LooksLikeJson(bytes) && IsOfTerraform(text)))
        {
            return null;
        }

        if (artifact.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
        {
            text = MaskXml(artifact, bytes, text);
        }
        else if (artifact.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            text = JsonMember().Replace(text, MaskJson);
        }
        else if (artifact.Contains("properties", StringComparison.Ordinal))
        {
            text = MaskProperties(text);
        }
        else
        {
            text = new SecretPlaces(new Redactor()).Script(text, artifact, null);
        }

        return SecretShapes.MaskLines(text);
    }

    // A plan or a state that merely lies in a tree holds secrets in clear, too, under names that tell nothing.
    private static bool IsOfTerraform(string text) =>
        text.Contains("\"terraform_version\"", StringComparison.Ordinal) || text.Contains("\"format_version\"", StringComparison.Ordinal);

    private static bool IsSourceOfTerraform(string artifact) =>
        artifact.EndsWith(".tf", StringComparison.OrdinalIgnoreCase)
        || artifact.EndsWith(".tfvars", StringComparison.OrdinalIgnoreCase)
        || artifact.EndsWith(".tf.json", StringComparison.OrdinalIgnoreCase)
        || artifact.EndsWith(".tfvars.json", StringComparison.OrdinalIgnoreCase);

    private static string MaskXml(string artifact, byte[] bytes, string text)
    {
        Element root;
        try
        {
            root = new SecretPlaces(new Redactor()).Redact(HardenedXml.Read(bytes, artifact, new NameTable()).Root);
        }
        catch (UnreadableXmlException)
        {
            // A document nobody can parse: no line of it is shown but for its markup.
            return TextContent().Replace(text, match => ">" + new string('\n', match.Value.AsSpan().Count('\n')) + "<");
        }

        var secrets = root.SelfAndDescendants().Where(element => element.Secret is not null).Reverse().ToList();
        var lines = LineStarts(text);
        var result = new StringBuilder(text);
        foreach (var element in secrets)
        {
            var start = lines[element.Line - 1] + element.Column - 1;
            var open = EndOfTag(text, start);
            var close = text.IndexOf("</", open, StringComparison.Ordinal);
            if (open > 0 && close > open)
            {
                var newlines = new string('\n', text.AsSpan(open, close - open).Count('\n'));
                result.Remove(open, close - open).Insert(open, Mask.Text + newlines);
            }
        }

        text = result.ToString();
        return SecretNames.MayOccurIn(text) ? ConditionLiteral().Replace(text, MaskLiteral) : text;
    }

    private static string MaskLiteral(Match match) =>
        SecretNames.IsSecret(match.Groups["name"].Value) ? match.Groups["keep"].Value + Mask.Text + "\"" : match.Value;

    private static List<int> LineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                starts.Add(i + 1);
            }
        }

        return starts;
    }

    private static int EndOfTag(string text, int start)
    {
        var quote = '\0';
        for (var i = start; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'')
            {
                quote = text[i];
            }
            else if (text[i] == '>')
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static string MaskJson(Match match)
    {
        var name = match.Groups["name"].Value;
        var value = match.Groups["value"].Value;
        var secret =
            SecretNames.IsSecret(name)
            || name is "client_secret" or "consumerSecret" or "secret_hash"
            || (name == "value" && !SecretShapes.IsPublicConfiguration("value", value) && !value.Contains(' ', StringComparison.Ordinal));
        return secret && value.Length > 0 ? match.Groups["keep"].Value + "\"" + Mask.Text + "\"" : match.Value;
    }

    private static string MaskProperties(string text) =>
        string.Join(
            '\n',
            text.Split('\n')
                .Select(line =>
                {
                    var separator = line.IndexOfAny(['=', ':']);
                    return separator > 0 && SecretNames.IsSecret(line[..separator].Trim()) ? line[..(separator + 1)] + Mask.Text : line;
                })
        );

    [GeneratedRegex(""">[^<]*<""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TextContent();

    [GeneratedRegex(
        """(?<keep>"(?<name>[\w.-]{1,80})"\s*:\s*)"(?<value>(\\.|[^"\\])*)"(?!\s*:)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex JsonMember();

    [GeneratedRegex(
        """(?<keep>(?<name>[A-Za-z_][\w.-]{0,200})\s*(=|==|:=|!=|(?i:\b(Equals|Is|NotEquals|IsNot|EqualsCaseInsensitive)\b))\s*")[^"<>]{4,}"(?!\s*\+)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex ConditionLiteral();
}
