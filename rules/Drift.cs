using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Rules;

/// <summary>How changes are said in messages.</summary>
internal static class Drift
{
    private const int ShownFields = 3;
    private const int ShownText = 160;

    /// <summary>The weightiest changed fields with both values: <c>Scopes was 'a', is 'a, b'</c>.</summary>
    public static string Changes(EntityChange change)
    {
        var fields = change
            .Fields.OrderByDescending(field => field.Impact)
            .ThenBy(field => field.Path, StringComparer.Ordinal)
            .Select(Change)
            .ToList();
        return fields.Count > ShownFields + 1
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{string.Join("; ", fields.Take(ShownFields))}; and {fields.Count - ShownFields} more fields"
            )
            : string.Join("; ", fields);
    }

    /// <summary>Both sides, for a comparison.</summary>
    public static ImmutableArray<Fact> Facts(EntityChange change) =>
        [
            .. change.Fields.SelectMany(field =>
                (Fact[])
                    [
                        new Fact("before", field.Path, Short(field.Before ?? "(nothing)"), change.Location),
                        new Fact("after", field.Path, Short(field.After ?? "(nothing)"), change.Location),
                    ]
            ),
        ];

    /// <summary>The bundle as deployed that an entity is a part of; null when it is part of none.</summary>
    public static string? BundleOf(string key)
    {
        foreach (var kind in (ReadOnlySpan<string>)["/apis/", "/sharedflows/"])
        {
            var at = key.IndexOf(kind, StringComparison.Ordinal);
            var end = at < 0 ? -1 : key.IndexOf('/', at + kind.Length);
            if (end > 0 && key.AsSpan(end + 1).IndexOf('/') > 0 && !key.AsSpan(end).StartsWith("/keyvaluemaps/"))
            {
                return key[..end];
            }
        }

        return null;
    }

    /// <summary>Who made a change, as the end of a sentence; empty when nobody is known.</summary>
    public static string By(Attribution attribution) =>
        attribution.Confidence switch
        {
            AttributionConfidence.Exact => string.Create(
                CultureInfo.InvariantCulture,
                $", changed by {attribution.Actors[^1].Name} at {attribution.Actors[^1].At.UtcDateTime:yyyy-MM-dd HH:mm} UTC ({attribution.Actors[^1].Event})"
            ),
            AttributionConfidence.Candidates =>
                $", possibly changed by {string.Join(" or ", attribution.Actors.Select(actor => actor.Name).Distinct(StringComparer.Ordinal))}",
            _ => "",
        };

    private static string Change(FieldChange field) =>
        field switch
        {
            { Kind: FieldChangeKind.Reordered } => $"the order of {field.Path} was {Quoted(field.Before)}, is {Quoted(field.After)}",
            { Before: null } => $"{field.Path} is {Quoted(field.After)}, was not set",
            { After: null } => $"{field.Path} was {Quoted(field.Before)}, is not set any more",
            _ => $"{field.Path} was {Quoted(field.Before)}, is {Quoted(field.After)}",
        };

    private static string Quoted(string? text) => $"'{Short(text ?? "")}'";

    private static string Short(string text) => text.Length > ShownText ? text[..ShownText] + "…" : text;
}
