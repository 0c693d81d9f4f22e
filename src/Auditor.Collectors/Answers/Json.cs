using System.Text.Json;
using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>
/// A JSON value of an API's answer together with its place. Reading is tolerant by construction: a member may be missing, null or of another type, a list may be
/// null, an enum may have grown; none of these stops the rest. What is read as a word outside its known set is counted.
/// </summary>
internal readonly struct Json(JsonElement element, SourceLocation location, CollectorLog log)
{
    /// <summary>Where the value is.</summary>
    public SourceLocation Location { get; } = location;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether it is missing or null.</summary>
    public bool IsMissing => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>Whether there is a member of that name, be it null.</summary>
    public bool Has(string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out _);

    /// <summary>The value as text, or null when it is none. Numbers and booleans are text, too: int64 comes as a string from Apigee and as a number from people.</summary>
    public string? AsText =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };

    /// <summary>The value as a name: a text that is not empty; null when it is none.</summary>
    public string? AsName => element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } name ? name : null;

    /// <summary>A member; a missing one when there is none.</summary>
    public Json this[string name] =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member)
            ? new Json(member, Location.At(name), log)
            : new Json(default, Location.At(name), log);

    /// <summary>A member as text; null when missing, null or empty of meaning.</summary>
    public string? Text(string name) => this[name].AsText;

    /// <summary>A member as text; the given default when missing.</summary>
    public string Text(string name, string otherwise) => this[name].AsText ?? otherwise;

    /// <summary>A member that is one of a set of words; another word is kept and counted.</summary>
    public string? Word(string name, params ReadOnlySpan<string> known)
    {
        var text = this[name].AsText;
        if (text is not null && !known.Contains(text))
        {
            log.UnknownValue(name, text, Location.At(name));
        }

        return text;
    }

    /// <summary>A member as a flag; null when missing. Text counts, too: the configuration plug-in of Maven writes "true".</summary>
    public bool? Flag(string name) =>
        this[name].AsText switch
        {
            null => null,
            var text => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase),
        };

    /// <summary>A member as a whole number; null when missing or none.</summary>
    public int? Number(string name) =>
        int.TryParse(this[name].AsText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A member as an ISO-8601 time; null when missing or none.</summary>
    public DateTimeOffset? Time(string name) =>
        DateTimeOffset.TryParse(
            this[name].AsText,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;

    /// <summary>A member as milliseconds since 1970; null when missing, and for -1 and 0, which mean never.</summary>
    public DateTimeOffset? Milliseconds(string name) =>
        long.TryParse(this[name].AsText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is > 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    /// <summary>A member as a list of texts: an array, null, or one text. What is no text is left out.</summary>
    public ImmutableArray<string> Texts(string name)
    {
        var member = this[name];
        if (member.AsText is { } single)
        {
            return [single];
        }

        return [.. member.Items().Select(item => item.AsText).OfType<string>()];
    }

    /// <summary>A member as a list of words of a set; other words are kept and counted.</summary>
    public ImmutableArray<string> Words(string name, params ReadOnlySpan<string> known)
    {
        var words = Texts(name);
        foreach (var word in words)
        {
            if (!known.Contains(word))
            {
                log.UnknownValue(name, word, Location.At(name));
            }
        }

        return words;
    }

    /// <summary>The items of an array; none for anything else.</summary>
    public IEnumerable<Json> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            yield return new Json(item, Location.At(index), log);
            index++;
        }
    }

    /// <summary>The items of a member that are objects.</summary>
    public IEnumerable<Json> Objects(string name) => this[name].Items().Where(item => item.IsObject);

    /// <summary>The members of an object, in the order of the document.</summary>
    public IEnumerable<(string Name, Json Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var member in element.EnumerateObject())
        {
            yield return (member.Name, new Json(member.Value, Location.At(member.Name), log));
        }
    }
}
