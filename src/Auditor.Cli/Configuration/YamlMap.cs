using Auditor.Model;
using YamlDotNet.RepresentationModel;

namespace Auditor.Cli.Configuration;

/// <summary>A mapping whose keys are all accounted for: what nobody asked for is refused, with what was probably meant.</summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode node;
    private readonly string file;
    private readonly string where;
    private readonly Dictionary<string, (YamlNode Key, YamlNode Value)> members = new(StringComparer.Ordinal);

    /// <summary>Opens a mapping that may have the given keys and no others.</summary>
    public YamlMap(YamlMappingNode node, string file, string where, params string[] keys)
    {
        this.node = node;
        this.file = file;
        this.where = where;
        foreach (var (key, value) in node.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw new UsageException($"{YamlFile.At(file, key)}: a key must be a word.");
            if (keys.Length > 0 && !keys.Contains(name, StringComparer.Ordinal))
            {
                throw new UsageException(
                    IsCredential(name)
                        ? $"{YamlFile.At(file, key)}: '{name}' in {where}: credentials come from the environment and are never written into a file like this."
                        : $"{YamlFile.At(file, key)}: "
                            + CommandLine.Meant($"unknown key '{name}' in {where}", name, keys, $"known are {string.Join(", ", keys)}")
                );
            }

            members[name] = (key, value);
        }
    }

    /// <summary>The place of the mapping.</summary>
    public SourceLocation Location => new(file, (int)node.Start.Line, (int)node.Start.Column);

    /// <summary>The keys in order of the file.</summary>
    public IEnumerable<string> Keys => members.Keys;

    /// <summary>Whether the key is given.</summary>
    public bool Has(string key) => members.ContainsKey(key);

    /// <summary>The place of a key.</summary>
    public string At(string key) => members.TryGetValue(key, out var member) ? YamlFile.At(file, member.Key) : YamlFile.At(file, node);

    /// <summary>A text; null when the key is not given.</summary>
    public string? Text(string key) =>
        !members.TryGetValue(key, out var member) ? null
        : member.Value is YamlScalarNode scalar ? scalar.Value ?? ""
        : throw new UsageException($"{YamlFile.At(file, member.Value)}: '{key}' in {where} must be a text.");

    /// <summary>A text that must be given.</summary>
    public string Required(string key) =>
        Text(key) is { Length: > 0 } text ? text : throw new UsageException($"{YamlFile.At(file, node)}: '{key}' is missing in {where}.");

    /// <summary>One of several words; null when the key is not given.</summary>
    public string? Word(string key, params string[] words)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        throw NotAmong(At(key), key, text, words);
    }

    /// <summary>A list of such words, or one, in any case of letters; empty when the key is not given.</summary>
    public ImmutableArray<string> Words(string key, params string[] words) =>
        [
            .. Texts(key)
                .Select(text =>
                    words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
                    ?? throw NotAmong(At(key), key, text, words)
                ),
        ];

    /// <summary>A path that must be given and begins with a slash.</summary>
    public string Path(string key) =>
        Required(key) is ['/', ..] path ? path : throw new UsageException($"{At(key)}: '{key}' must begin with '/'.");

    /// <summary>The address of a server that must be given: https, a host, no path and no credentials.</summary>
    public string Origin(string key) =>
        Uri.TryCreate(Required(key), UriKind.Absolute, out var url)
        && url is { PathAndQuery: "/", Fragment: "", UserInfo: "", Host.Length: > 0 }
        // Plain http is for tests on this machine, and is refused later unless the environment allows it.
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.Host is "127.0.0.1" or "[::1]"))
            ? url.GetLeftPart(UriPartial.Authority)
            : throw new UsageException($"{At(key)}: '{key}' must be an address like https://acme.okta.com.");

    /// <summary>A day; null when the key is not given.</summary>
    public DateOnly? Day(string key) =>
        Text(key) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new UsageException($"{At(key)}: '{key}' must be a day like 2027-06-30.");

    /// <summary>A list of texts, or one text; empty when the key is not given.</summary>
    public ImmutableArray<string> Texts(string key)
    {
        if (!members.TryGetValue(key, out var member))
        {
            return [];
        }

        return member.Value switch
        {
            YamlScalarNode scalar => [scalar.Value ?? ""],
            YamlSequenceNode sequence =>
            [
                .. sequence.Children.Select(item =>
                    item is YamlScalarNode text
                        ? text.Value ?? ""
                        : throw new UsageException($"{YamlFile.At(file, item)}: a text is expected in '{key}'.")
                ),
            ],
            _ => throw new UsageException($"{YamlFile.At(file, member.Value)}: '{key}' must be a list of texts."),
        };
    }

    /// <summary>A list of mappings; empty when the key is not given.</summary>
    public IEnumerable<YamlMap> Maps(string key, params string[] keys)
    {
        if (!members.TryGetValue(key, out var member))
        {
            return [];
        }

        return member.Value is YamlSequenceNode sequence
            ? sequence.Children.Select(item =>
                item is YamlMappingNode map
                    ? new YamlMap(map, file, $"'{key}'", keys)
                    : throw new UsageException($"{YamlFile.At(file, item)}: a mapping is expected in '{key}'.")
            )
            : throw new UsageException($"{YamlFile.At(file, member.Value)}: '{key}' must be a list.");
    }

    /// <summary>A mapping; null when the key is not given. Without keys, any key is allowed.</summary>
    public YamlMap? Map(string key, params string[] keys) =>
        !members.TryGetValue(key, out var member) ? null
        : member.Value is YamlMappingNode map ? new YamlMap(map, file, $"'{key}'", keys)
        : throw new UsageException($"{YamlFile.At(file, member.Value)}: '{key}' must be a mapping.");

    private static bool IsCredential(string name) =>
        SecretNames.IsSecret(name) || name.Contains("token", StringComparison.OrdinalIgnoreCase);

    private static UsageException NotAmong(string at, string key, string text, string[] words) =>
        new($"{at}: " + CommandLine.Meant($"'{text}' is no '{key}'", text, words, $"there are {string.Join(", ", words)}"));
}
