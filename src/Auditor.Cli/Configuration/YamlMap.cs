using Auditor.Engine;
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
                var meant = Spelling.Nearest(name, keys);
                throw new UsageException(
                    $"{YamlFile.At(file, key)}: unknown key '{name}' in {where}"
                        + (meant is null ? $"; known are {string.Join(", ", keys)}." : $"; did you mean '{meant}'?")
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

        var meant = Spelling.Nearest(text, words);
        throw new UsageException(
            $"{At(key)}: '{key}' must be one of {string.Join(", ", words)}" + (meant is null ? "." : $"; did you mean '{meant}'?")
        );
    }

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
}
