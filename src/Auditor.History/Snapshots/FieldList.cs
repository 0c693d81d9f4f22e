using Auditor.Model;

namespace Auditor.History.Snapshots;

/// <summary>Collects the fields of an entity. A value that is null is no field, so that a default that a source begins to say is a change only when it says something else.</summary>
internal sealed class FieldList
{
    private readonly SortedDictionary<string, EntityField> fields = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, UnknownField> unknown = new(StringComparer.Ordinal);

    public FieldList Scalar(string path, string? value)
    {
        if (value is not null)
        {
            Add(path, FieldSemantics.Scalar, [new FieldItem(value)]);
        }

        return this;
    }

    public FieldList Flag(string path, bool? value) => Scalar(path, value is { } known ? (known ? "true" : "false") : null);

    public FieldList Number(string path, int? value) => Scalar(path, value?.ToString(CultureInfo.InvariantCulture));

    public FieldList Day(string path, DateTimeOffset? value) =>
        Scalar(path, value?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public FieldList Reference(string path, FieldItem? value)
    {
        if (value is { } known)
        {
            Add(path, FieldSemantics.Scalar, [known]);
        }

        return this;
    }

    public FieldList Secret(string path, Redacted? value)
    {
        if (value is not null)
        {
            Add(path, FieldSemantics.Scalar, [OfSecret(value)]);
        }

        return this;
    }

    public FieldList Value(string path, ConfigurationValue value)
    {
        Add(
            path,
            FieldSemantics.Scalar,
            [
                value.Text is { } text ? new FieldItem(text)
                : value.Secret is { } secret ? OfSecret(secret)
                : new FieldItem("", null, true),
            ]
        );
        return this;
    }

    public FieldList Set(string path, IEnumerable<string> values) => Set(path, values.Select(value => new FieldItem(value)));

    public FieldList Set(string path, IEnumerable<FieldItem> values) =>
        Add(
            path,
            FieldSemantics.Set,
            [.. values.Distinct().OrderBy(item => item.Text, StringComparer.Ordinal).ThenBy(item => item.Id, StringComparer.Ordinal)]
        );

    /// <summary>Values that are a list of their own, which may not have been read to its end: then it is not known what the field holds.</summary>
    public FieldList Set<T>(string path, Collected<T> values, Func<T, FieldItem> item) =>
        IsKnown(path, values.Coverage) ? Set(path, values.Items.Select(item)) : this;

    /// <summary>Whether a list that an entity's fields come from was read to its end. Where not, it is noted that they are not known.</summary>
    /// <param name="path">The field; ending in a slash: all below it.</param>
    /// <param name="coverage">How completely the list was read.</param>
    public bool IsKnown(string path, Coverage coverage)
    {
        if (!coverage.IsComplete)
        {
            unknown[path] = new UnknownField(path, coverage.Reason is { } why ? $"{coverage.State} ({why})" : coverage.State);
        }

        return coverage.IsComplete;
    }

    public FieldList Sequence(string path, IEnumerable<string> values) =>
        Add(path, FieldSemantics.Sequence, [.. values.Select(value => new FieldItem(value))]);

    public FieldList Rank(string path, IEnumerable<FieldItem> values) => Add(path, FieldSemantics.Rank, [.. values]);

    public ImmutableArray<EntityField> Build() => [.. fields.Values];

    public ImmutableArray<UnknownField> Unknown() => [.. unknown.Values];

    private FieldList Add(string path, FieldSemantics semantics, ImmutableArray<FieldItem> items)
    {
        // An empty list and no list say the same: nothing is in it.
        if (items.Length > 0)
        {
            fields[path] = new EntityField(path, semantics, items);
        }

        return this;
    }

    // A secret without a fingerprint was withheld from us: that it is there is all that can be compared.
    private static FieldItem OfSecret(Redacted secret) => new(secret.Fingerprint ?? "withheld", null, true);
}
