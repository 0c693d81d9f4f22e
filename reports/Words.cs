using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Reports;

/// <summary>How reports for programs spell what is an enumeration in the program.</summary>
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
}
