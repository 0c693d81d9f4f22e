using Auditor.Engine;

namespace Auditor.Cli;

/// <summary>The exit codes. Pipelines are written against them.</summary>
internal static class ExitCode
{
    public const int Clean = 0;
    public const int Findings = 1;
    public const int Usage = 2;
    public const int Internal = 3;
    public const int Incomplete = 4;
    public const int Nothing = 5;
    public const int Cancelled = 130;

    /// <summary>The code of an outcome. An incomplete audit may be allowed; then what was found decides.</summary>
    public static int Of(AuditRun run, bool allowIncomplete) =>
        run.Outcome switch
        {
            AuditOutcome.Nothing => Nothing,
            AuditOutcome.Incomplete when !allowIncomplete => Incomplete,
            AuditOutcome.Incomplete => Of(run with { Gaps = [] }, allowIncomplete: false),
            AuditOutcome.Findings => Findings,
            _ => Clean,
        };
}
