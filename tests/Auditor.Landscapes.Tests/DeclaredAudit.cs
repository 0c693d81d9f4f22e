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
    public static AuditRun AuditAsDeclared(this Estate estate, params string[] rules) => estate.Audit(OptionsOf(estate, rules));

    /// <summary>Audits the estate by all rules, or those given, compared with an earlier state of it, or with what is declared.</summary>
    public static AuditRun AuditAsDeclaredAfter(this Estate estate, Estate before, bool isDeclared, params string[] rules) =>
        estate.AuditAfter(before, OptionsOf(estate, rules), isDeclared);

    /// <summary>What the owner of an estate declares, for all rules or those given.</summary>
    public static AuditOptions OptionsOf(Estate estate, string[] rules)
    {
        var configuration = Configuration(estate);
        return new AuditOptions
        {
            Settings = configuration.Settings,
            Exceptions = configuration.Accepted.Findings,
            AcceptedChanges = configuration.Accepted.Changes,
            Levels = configuration.Levels,
            Rules = [.. rules],
        };
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
