using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads a bundle: the files below <c>apiproxy/</c> or <c>sharedflowbundle/</c>, in the formats of Apigee X, hybrid and Edge.</summary>
internal sealed class BundleReader(Redactor redactor)
{
    // Resources larger than this are not read as text; the largest script in the measured corpus has 400 kB.
    private const int MaxResource = 2 * 1024 * 1024;
    private const int MaxDocument = HardenedXml.MaxCharacters;

    private static readonly string[] TextResources = ["jsc", "py", "oas", "openapi", "properties", "template", "xsl", "graphql", "node"];

    /// <summary>Reads a bundle. A file that cannot be read becomes an <see cref="UnreadableFile"/>; the rest goes on.</summary>
    /// <param name="kind">Proxy or shared flow.</param>
    /// <param name="files">Its files.</param>
    /// <param name="artifact">The path of the bundle's folder within the input: prefix of all artifacts.</param>
    /// <param name="fallbackName">The name if no manifest says otherwise.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <param name="change">What a build makes of a document, by its path; null when nothing is built.</param>
    public Bundle Read(
        BundleKind kind,
        IBundleFiles files,
        string artifact,
        string fallbackName,
        CancellationToken cancellationToken,
        Func<string, Element, Element>? change = null
    )
    {
        var names = new NameTable();
        var secrets = new SecretPlaces(redactor);
        var unreadable = ImmutableArray.CreateBuilder<UnreadableFile>();
        var suppressions = ImmutableArray.CreateBuilder<SuppressionComment>();
        var policies = ImmutableSortedDictionary.CreateBuilder<string, Policy>(StringComparer.Ordinal);
        var proxyEndpoints = ImmutableArray.CreateBuilder<ProxyEndpoint>();
        var targetEndpoints = ImmutableArray.CreateBuilder<TargetEndpoint>();
        var sharedFlows = ImmutableArray.CreateBuilder<SharedFlow>();
        var resources = ImmutableArray.CreateBuilder<ResourceFile>();
        var propertySets = ImmutableArray.CreateBuilder<PropertySet>();
        Element? manifest = null;
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        foreach (var path in files.Paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            var folder = slash < 0 ? "" : path[..slash];
            var name = artifact.Length == 0 ? path : artifact + "/" + path;
            try
            {
                if (folder == "resources")
                {
                    Resource(path, name, files, secrets, resources, propertySets, content);
                    continue;
                }

                if (!path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || path.AsSpan(slash + 1).Contains('/'))
                {
                    continue;
                }

                if (folder is not ("" or "policies" or "proxies" or "targets" or "sharedflows"))
                {
                    continue;
                }

                if (files.Size(path) > MaxDocument)
                {
                    unreadable.Add(new UnreadableFile(new SourceLocation(name), "the file is larger than 16 MB"));
                    continue;
                }

                var bytes = files.Read(path);
                var document = HardenedXml.Read(bytes, name, names);
                if (folder.Length > 0)
                {
                    Hash(content, path, bytes);
                }

                Suppressions(document, suppressions);
                var root = secrets.Redact(change is null ? document.Root : change(path, document.Root));
                var fileName = path[(slash + 1)..^4];
                switch (folder)
                {
                    case "" when root.Name is "APIProxy" or "SharedFlowBundle":
                        manifest ??= root;
                        break;
                    case "policies":
                        var policy = PolicyReader.Read(root, root.Attribute("name") is { Length: > 0 } given ? given : fileName);
                        if (policies.TryGetValue(policy.Name, out var other))
                        {
                            unreadable.Add(
                                new UnreadableFile(
                                    root.Location,
                                    $"policy '{policy.Name}' is defined twice; the other is in {other.Location.Artifact}"
                                )
                            );
                        }
                        else
                        {
                            policies.Add(policy.Name, policy);
                        }

                        break;
                    case "proxies" when root.Name == "ProxyEndpoint":
                        proxyEndpoints.Add(EndpointReader.ProxyEndpoint(root, fileName));
                        break;
                    case "targets" when root.Name == "TargetEndpoint":
                        targetEndpoints.Add(EndpointReader.TargetEndpoint(root, fileName));
                        break;
                    case "sharedflows" when root.Name == "SharedFlow":
                        sharedFlows.Add(EndpointReader.SharedFlow(root, fileName));
                        break;
                    default:
                        break;
                }
            }
            catch (UnreadableXmlException e)
            {
                unreadable.Add(new UnreadableFile(new SourceLocation(name, e.Line, e.Column), e.Message));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new UnreadableFile(new SourceLocation(name), Inputs.Reason.Of(e)));
            }
        }

        var location = manifest?.Location ?? new SourceLocation(artifact);
        return new Bundle
        {
            Kind = kind,
            Name = manifest?.Attribute("name") is { Length: > 0 } declared ? declared : fallbackName,
            Revision = int.TryParse(manifest?.Attribute("revision"), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
                ? revision
                : null,
            Path = artifact,
            Policies = policies.ToImmutable(),
            ProxyEndpoints = proxyEndpoints.DrainToImmutable(),
            TargetEndpoints = targetEndpoints.DrainToImmutable(),
            SharedFlows = sharedFlows.DrainToImmutable(),
            Resources = resources.DrainToImmutable(),
            PropertySets = propertySets.DrainToImmutable(),
            Credentials = secrets.Found,
            Unreadable = unreadable.DrainToImmutable(),
            Suppressions = suppressions.DrainToImmutable(),
            ContentHash = Convert.ToHexStringLower(content.GetHashAndReset()),
            Location = location,
        };
    }

    /// <summary>Reads a property set of an environment.</summary>
    public PropertySet ReadPropertySet(string name, ReadOnlySpan<byte> bytes, SourceLocation location) =>
        Properties(name, TextOf(bytes), location.Artifact, new SecretPlaces(redactor));

    private static void Resource(
        string path,
        string artifact,
        IBundleFiles files,
        SecretPlaces secrets,
        ImmutableArray<ResourceFile>.Builder resources,
        ImmutableArray<PropertySet>.Builder propertySets,
        IncrementalHash content
    )
    {
        var rest = path["resources/".Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return;
        }

        var type = rest[..slash];
        var name = rest[(slash + 1)..];
        var size = files.Size(path);
        string? text = null;
        if (size <= MaxResource)
        {
            var bytes = files.Read(path);
            Hash(content, path, bytes);
            if (TextResources.Contains(type, StringComparer.Ordinal))
            {
                text = TextOf(bytes);
                if (type == "properties")
                {
                    var set = name.EndsWith(".properties", StringComparison.Ordinal) ? name[..^".properties".Length] : name;
                    propertySets.Add(Properties(set, text, artifact, secrets));
                    text = null;
                }
                else
                {
                    text = secrets.Script(text, artifact, null);
                }
            }
        }
        else
        {
            Hash(content, path, Encoding.UTF8.GetBytes(size.ToString(CultureInfo.InvariantCulture)));
        }

        resources.Add(new ResourceFile(type, name, text, size, new SourceLocation(artifact)));
    }

    private static PropertySet Properties(string name, string text, string artifact, SecretPlaces secrets)
    {
        var entries = ImmutableSortedDictionary.CreateBuilder<string, ConfigurationValue>(StringComparer.Ordinal);
        foreach (var entry in PropertiesFile.Read(text))
        {
            entries[entry.Key] = secrets.Entry(
                entry.Key,
                entry.Value,
                new SourceLocation(artifact, entry.Line, entry.Column),
                $"property '{entry.Key}' of set '{name}'",
                keepByDefault: true
            );
        }

        return new PropertySet(name, entries.ToImmutable(), new SourceLocation(artifact, 1, 1));
    }

    // Property files are ISO-8859-1 by Java's definition and UTF-8 by habit: what is valid UTF-8 is read as that.
    private static string TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return HardenedXml.Decode(bytes);
        }
        catch (UnreadableXmlException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static void Hash(IncrementalHash content, string path, ReadOnlySpan<byte> bytes)
    {
        content.AppendData(Encoding.UTF8.GetBytes(path + "\n"));
        content.AppendData(SHA256.HashData(bytes));
    }

    private static void Suppressions(XmlFile document, ImmutableArray<SuppressionComment>.Builder suppressions)
    {
        foreach (var comment in document.Comments)
        {
            var text = comment.Text;
            if (!text.StartsWith("ignore", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            text = text["ignore".Length..].Trim();
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var rules = (colon < 0 ? text : text[..colon]).Split(
                [' ', ','],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            );
            suppressions.Add(
                new SuppressionComment(
                    [.. rules],
                    colon < 0 ? "" : text[(colon + 1)..].Trim(),
                    comment.Location,
                    comment.FirstLine,
                    comment.LastLine
                )
            );
        }
    }
}
