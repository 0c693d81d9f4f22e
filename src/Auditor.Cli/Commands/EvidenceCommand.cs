using System.CommandLine;
using Auditor.Cli.Output;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor evidence pack|verify|sample</c>: what an auditor of the organisation is handed, and how they check it.</summary>
internal static class EvidenceCommand
{
    public static Command Create(ConsoleEnvironment environment) =>
        new("evidence", "Pack the evidence of an audit, verify packs, and draw samples from them.")
        {
            EvidencePackCommand.Create(environment),
            EvidenceVerifyCommand.Create(environment),
            EvidenceSampleCommand.Create(environment),
        };
}
