using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Answers;

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

    /// <summary>Records how much of one thing was read, however often that is noticed.</summary>
    public void CoverOnce(string part, Coverage state)
    {
        lock (gate)
        {
            coverage[part] = coverage.TryGetValue(part, out var other)
                ? other with
                {
                    Coverage = Coverage.Worst(other.Coverage, state),
                }
                : new CoverageEntry(part, state, 1);
        }
    }

    /// <summary>Records the bundles that are not whole, one line each.</summary>
    public void Cover(IEnumerable<Bundle> bundles)
    {
        foreach (var bundle in bundles)
        {
            if (bundle.IsReadable)
            {
                continue;
            }

            var first = bundle.Unreadable[0];
            var more = bundle.Unreadable.Length - 1;
            Cover(
                "bundles/" + bundle.Path,
                new Coverage.Partial(
                    $"{first.Location}: {first.Reason}" + (more == 0 ? "" : $" (and {more.ToString(CultureInfo.InvariantCulture)} more)")
                ),
                bundle.Policies.Count
            );
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
