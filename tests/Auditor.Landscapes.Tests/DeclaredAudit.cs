using Auditor.Cli.Configuration;
using Auditor.Engine;
using Auditor.Rules;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests;

/// <summary>Audits test estates the way their owners do: with what their <c>auditor.yaml</c> declares.</summary>
internal static class DeclaredAudit
{
    private const string File = "auditor.yaml";

    /// <summary>Audits the estate by all rules, or those given.</summary>
    public static AuditRun AuditAsDeclared(this Estate estate, params string[] rules)
    {
        var configuration = Configuration(estate);
        return estate.Audit(
            new AuditOptions
            {
                Settings = configuration.Settings,
                Exceptions = configuration.Accepted.Findings,
                AcceptedChanges = configuration.Accepted.Changes,
                Levels = configuration.Levels,
                Rules = [.. rules],
            }
        );
    }

    private static AuditorConfiguration Configuration(Estate estate)
    {
        using var folder = new TemporaryFolder();
        foreach (var path in estate.Paths.Where(path => path.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            System.IO.File.WriteAllText(Path.Combine(folder.Path, path), estate.Text(path));
        }

        return AuditorConfiguration.Read(
            estate.Has(File) ? Path.Combine(folder.Path, File) : null,
            null,
            folder.Path,
            [.. RuleCatalog.All.Select(rule => rule.Info)]
        );
    }
}
