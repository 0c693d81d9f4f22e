namespace Auditor.Model.Apigee;

/// <summary>What kind of bundle it is.</summary>
public enum BundleKind
{
    /// <summary>An API proxy: a folder <c>apiproxy</c>.</summary>
    Proxy,

    /// <summary>A shared flow: a folder <c>sharedflowbundle</c>.</summary>
    SharedFlow,
}

/// <summary>
/// One revision of an API proxy or of a shared flow, as its files say. The manifest (<c>&lt;name&gt;.xml</c>) lists policies and endpoints, but the files are the
/// truth (Apigee configuration reference, 2026-04-10), so nothing is taken from it but name, revision and descriptions.
/// </summary>
public sealed record Bundle
{
    /// <summary>Proxy or shared flow.</summary>
    public required BundleKind Kind { get; init; }

    /// <summary>The name: from the organization that holds it, else the manifest, else the folder or file name.</summary>
    public required string Name { get; init; }

    /// <summary>The revision; null when the input does not say.</summary>
    public int? Revision { get; init; }

    /// <summary>The path of the bundle within the input: prefix of all its artifacts.</summary>
    public required string Path { get; init; }

    /// <summary>When this revision's proxy was created, where an organization says so; part of the cache key of bundles.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The policies by name. Steps name policies by the <c>name</c> attribute, not by file name.</summary>
    public required ImmutableSortedDictionary<string, Policy> Policies { get; init; }

    /// <summary>The proxy endpoints, ordered by file name. Empty in a shared flow.</summary>
    public ImmutableArray<ProxyEndpoint> ProxyEndpoints { get; init; } = [];

    /// <summary>The target endpoints, ordered by file name. Empty in a shared flow.</summary>
    public ImmutableArray<TargetEndpoint> TargetEndpoints { get; init; } = [];

    /// <summary>The flows of a shared flow bundle, ordered by file name; in practice one, called <c>default</c>. Empty in a proxy.</summary>
    public ImmutableArray<SharedFlow> SharedFlows { get; init; } = [];

    /// <summary>The resource files, ordered by type and name.</summary>
    public ImmutableArray<ResourceFile> Resources { get; init; } = [];

    /// <summary>The property sets of <c>resources/properties</c>, by name.</summary>
    public ImmutableArray<PropertySet> PropertySets { get; init; } = [];

    /// <summary>Credentials found in the bundle's files by their place or shape. Their values are not carried.</summary>
    public ImmutableArray<EmbeddedCredential> Credentials { get; init; } = [];

    /// <summary>Files that could not be read; whatever depends on them is not assessed. Ordered.</summary>
    public ImmutableArray<UnreadableFile> Unreadable { get; init; } = [];

    /// <summary>Suppression comments, ordered by place.</summary>
    public ImmutableArray<SuppressionComment> Suppressions { get; init; } = [];

    /// <summary>The digest of the normalised content: sorted paths and the SHA-256 of each file, without manifests. Hexadecimal.</summary>
    public string? ContentHash { get; init; }

    /// <summary>What a build makes of it for an environment, by the environment's name; empty when it is deployed as it is.</summary>
    public ImmutableSortedDictionary<string, Bundle> Builds { get; init; } = ImmutableSortedDictionary<string, Bundle>.Empty;

    /// <summary>The environments for which it is not known what a build makes of it, and why.</summary>
    public ImmutableSortedDictionary<string, string> UnknownBuilds { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Why it is not known what any build makes of it: what configures them cannot be read. Null when it is known.</summary>
    public string? UnreadableBuilds { get; init; }

    /// <summary>The manifest, or the place where it should be.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether every file could be read.</summary>
    public bool IsReadable => Unreadable.IsEmpty;

    /// <summary>The policy of that name, or null. Apigee's names are case-sensitive.</summary>
    public Policy? FindPolicy(string name) => Policies.GetValueOrDefault(name);

    /// <summary>The resource a URL such as <c>jsc://x.js</c> names, or null when the bundle does not hold it.</summary>
    public ResourceFile? FindResource(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var separator = url.IndexOf("://", StringComparison.Ordinal);
        if (separator < 0)
        {
            return null;
        }

        var type = url[..separator];
        var name = url[(separator + 3)..];
        foreach (var resource in Resources)
        {
            if (
                string.Equals(resource.Type, type, StringComparison.Ordinal) && string.Equals(resource.Name, name, StringComparison.Ordinal)
            )
            {
                return resource;
            }
        }

        return null;
    }

    /// <summary>The form used in messages: <c>proxy 'orders-v1' revision 14</c>.</summary>
    public string Description => (Kind == BundleKind.Proxy ? "proxy" : "shared flow") + $" '{Name}'";
}

/// <summary>A file of a bundle that could not be read.</summary>
/// <param name="Location">The file, with line and column where the reader stopped.</param>
/// <param name="Reason">One clause.</param>
public sealed record UnreadableFile(SourceLocation Location, string Reason);

/// <summary>
/// A comment that accepts a finding in the bundle itself: <c>&lt;!-- auditor: ignore AUD-002: reason --&gt;</c>. It covers the element that follows it,
/// or the whole file when it stands before the root element.
/// </summary>
/// <param name="Rules">The ids, names or families it names.</param>
/// <param name="Reason">The reason; empty when it is missing, which makes the comment void and reported.</param>
/// <param name="Location">The comment.</param>
/// <param name="FirstLine">The first line it covers.</param>
/// <param name="LastLine">The last line it covers.</param>
public sealed record SuppressionComment(ImmutableArray<string> Rules, string Reason, SourceLocation Location, int FirstLine, int LastLine);

/// <summary>A resource file of a bundle.</summary>
/// <param name="Type">The folder below <c>resources</c>: <c>jsc</c>, <c>py</c>, <c>java</c>, <c>oas</c>, <c>properties</c>, ...</param>
/// <param name="Name">The path below that folder.</param>
/// <param name="Text">The text of a script, property set or specification with credentials masked; null when it is binary or too large.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Location">The file.</param>
public sealed record ResourceFile(string Type, string Name, string? Text, long Size, SourceLocation Location);

/// <summary>A property set: a file in Java-properties syntax, of a bundle or of an environment.</summary>
/// <param name="Name">The set's name: the file name without <c>.properties</c>.</param>
/// <param name="Entries">The entries by key.</param>
/// <param name="Location">The file.</param>
public sealed record PropertySet(string Name, ImmutableSortedDictionary<string, ConfigurationValue> Entries, SourceLocation Location);

/// <summary>A credential written into a file.</summary>
/// <param name="Kind">What it is: <c>password</c>, <c>client-secret</c>, <c>private-key</c>, <c>api-token</c>, <c>hmac-key</c>, <c>authorization-header</c>.</param>
/// <param name="Place">What holds it, in words: <c>&lt;Password&gt; of policy 'BA-Backend'</c>.</param>
/// <param name="Value">What is left of it.</param>
/// <param name="IsPlaceholder">Whether the text only stands for a value to be filled in ("ADD SECRET HERE").</param>
/// <param name="Location">Where.</param>
/// <param name="Policy">The policy it belongs to; null when it stands elsewhere.</param>
/// <param name="ByPlace">Whether the place makes it a credential (an element that holds nothing else); false when only its shape does.</param>
public sealed record EmbeddedCredential(
    string Kind,
    string Place,
    Redacted Value,
    bool IsPlaceholder,
    SourceLocation Location,
    string? Policy,
    bool ByPlace
);
