using Auditor.Engine;
using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Reports;

/// <summary>How reports for programs spell what is an enumeration or a time in the program.</summary>
public static class Words
{
    /// <summary>A kind of waiver.</summary>
    public static string Of(WaiverKind kind) =>
        kind switch
        {
            WaiverKind.Exception => "exception",
            WaiverKind.Change => "change",
            WaiverKind.PublicOperation => "public",
            _ => "comment",
        };

    /// <summary>How a waiver stands.</summary>
    public static string Of(WaiverState state) =>
        state switch
        {
            WaiverState.InForce => "inForce",
            WaiverState.Expired => "expired",
            WaiverState.Unmatched => "unmatched",
            WaiverState.Void => "void",
            _ => "unknown",
        };

    /// <summary>An effect on access as one word.</summary>
    public static string Of(AccessEffect effect) =>
        effect switch
        {
            AccessEffect.Wider => "wider",
            AccessEffect.Narrower => "narrower",
            AccessEffect.Different => "different",
            AccessEffect.Unknown => "unknown",
            _ => "none",
        };

    /// <summary>A weight as one word.</summary>
    public static string Of(ChangeImpact impact) =>
        impact switch
        {
            ChangeImpact.Critical => "critical",
            ChangeImpact.High => "high",
            ChangeImpact.Medium => "medium",
            ChangeImpact.Low => "low",
            _ => "cosmetic",
        };

    /// <summary>What happened to a field.</summary>
    public static string Of(FieldChangeKind kind) =>
        kind switch
        {
            FieldChangeKind.Added => "added",
            FieldChangeKind.Removed => "removed",
            FieldChangeKind.Reordered => "reordered",
            _ => "changed",
        };

    /// <summary>A direction as one word.</summary>
    public static string Of(ChangeDirection direction) =>
        direction switch
        {
            ChangeDirection.Weakens => "weakens",
            ChangeDirection.Strengthens => "strengthens",
            _ => "unclear",
        };

    /// <summary>What happened to an entity as one word.</summary>
    public static string Of(EntityStatus status) =>
        status switch
        {
            EntityStatus.Added => "added",
            EntityStatus.Removed => "removed",
            EntityStatus.Modified => "modified",
            EntityStatus.Ignored => "ignored",
            EntityStatus.NotAssessed => "notAssessed",
            EntityStatus.Incomparable => "incomparable",
            _ => "inSync",
        };

    /// <summary>How sure it is who made a change, as one word.</summary>
    public static string Of(AttributionConfidence confidence) =>
        confidence switch
        {
            AttributionConfidence.Exact => "exact",
            AttributionConfidence.Candidates => "candidates",
            _ => "none",
        };

    /// <summary>A time: UTC, to the second.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time to the millisecond, where the order of things that follow each other quickly matters.</summary>
    public static string Precisely(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A day.</summary>
    public static string Of(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
