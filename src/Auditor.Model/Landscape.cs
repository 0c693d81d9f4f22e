using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Model;

/// <summary>Everything that was collected, at one moment, in the vendors' own terms. Immutable; two audits of the same landscape give the same answer.</summary>
public sealed record Landscape
{
    /// <summary>The Okta orgs, ordered by host.</summary>
    public ImmutableArray<OktaOrg> Okta { get; init; } = [];

    /// <summary>The Apigee organizations, ordered by name. Bundles that belong to no organization are held by one with <see cref="ApigeeOrganization.IsBundlesOnly"/>.</summary>
    public ImmutableArray<ApigeeOrganization> Apigee { get; init; } = [];

    /// <summary>When the landscape was captured; "now" for every rule that compares dates. Null when the input does not say.</summary>
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>
    /// The name of the key by which its redacted values were fingerprinted; null when the input does not say. Fingerprints of different keys say nothing about each other.
    /// </summary>
    public string? RedactionKey { get; init; }

    /// <summary>How much of every part was read, ordered by part.</summary>
    public ImmutableArray<CoverageEntry> Coverage { get; init; } = [];

    /// <summary>What the collectors noticed that is neither a finding nor a gap: unknown enum values, ignored files. Ordered.</summary>
    public ImmutableArray<CollectorNotice> Notices { get; init; } = [];
}

/// <summary>Something a collector noticed that a reader of the report may want to know.</summary>
/// <param name="Code">A stable word: <c>unknown-value</c>, <c>ignored-file</c>, <c>assumed-latest-revision</c>.</param>
/// <param name="Text">One sentence.</param>
/// <param name="Location">Where.</param>
public sealed record CollectorNotice(string Code, string Text, SourceLocation Location);
