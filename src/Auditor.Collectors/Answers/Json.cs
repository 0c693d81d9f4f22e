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

/// <summary>What the collectors notice on the way. Thread-safe; read out ordered.</summary>
internal sealed class CollectorLog
{
    private readonly Lock gate = new();
    private readonly List<CollectorNotice> notices = [];
    private readonly SortedDictionary<string, CoverageEntry> coverage = new(StringComparer.Ordinal);

    /// <summary>A word of an enum that is not known here: kept as text, and an early warning that an API has grown.</summary>
    public void UnknownValue(string member, string value, SourceLocation location) =>
        Notice(
            "unknown-value",
            $"'{member}' has the value '{(value.Length > 60 ? value[..60] + "…" : value)}', which this version does not know.",
            location
        );

    /// <summary>Records a notice.</summary>
    public void Notice(string code, string text, SourceLocation location)
    {
        lock (gate)
        {
            notices.Add(new CollectorNotice(code, text, location));
        }
    }

    /// <summary>Records how much of a part was read.</summary>
    public void Cover(string part, Coverage state, int count)
    {
        lock (gate)
        {
            coverage[part] = coverage.TryGetValue(part, out var other)
                ? new CoverageEntry(part, Coverage.Worst(other.Coverage, state), other.Count + count)
                : new CoverageEntry(part, state, count);
        }
    }

    /// <summary>The coverage table, ordered by part.</summary>
    public ImmutableArray<CoverageEntry> CoverageEntries
    {
        get
        {
            lock (gate)
            {
                return [.. coverage.Values];
            }
        }
    }

    /// <summary>The notices, ordered by place; equal ones once.</summary>
    public ImmutableArray<CollectorNotice> Notices
    {
        get
        {
            lock (gate)
            {
                return
                [
                    .. notices
                        .Distinct()
                        .OrderBy(notice => notice.Location.Artifact, StringComparer.Ordinal)
                        .ThenBy(notice => notice.Location.Pointer, StringComparer.Ordinal)
                        .ThenBy(notice => notice.Text, StringComparer.Ordinal),
                ];
            }
        }
    }
}
