using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports;

/// <summary>How a finding counts, in one word.</summary>
public static class FindingLevel
{
    /// <summary>error, warning or note; or why it has no level: accepted, open, notAssessed.</summary>
    public static string Of(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return finding.Accepted is not null ? "accepted"
            : finding.Level is { } level ? JsonReport.Word(level)
            : finding.Verdict;
    }
}
