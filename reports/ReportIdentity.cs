namespace Auditor.Reports;

/// <summary>How reports name the program.</summary>
public static class ReportIdentity
{
    /// <summary>The program.</summary>
    public const string Name = "auditor";

    /// <summary>Where a reader finds out more. Formats that demand an address carry this one.</summary>
    public const string Address = "https://auditor.example/";
}
