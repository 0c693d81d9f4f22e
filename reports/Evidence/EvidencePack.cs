using System.Text;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.Reports.Csv;
using Auditor.Reports.Html;
using Auditor.Reports.Ndjson;
using Auditor.Reports.Sarif;

namespace Auditor.Reports.Evidence;

/// <summary>The files of an evidence pack: a run, what it was made of and how that was obtained, for somebody who has to judge in March what was true in November.</summary>
public static class EvidencePack
{
    /// <summary>The name of the run's document in a pack.</summary>
    public const string RunDocumentName = "audit-run.json";

    /// <summary>The name of what identifies the run.</summary>
    public const string RunName = "run.json";

    /// <summary>The name of the objects with their settings, one a line.</summary>
    public const string EntitiesName = "snapshots/entities.ndjson";

    /// <summary>The name of the table of objects.</summary>
    public const string PopulationName = "population.csv";

    /// <summary>The name of the numbers of objects and judgements.</summary>
    public const string SummaryName = "population-summary.json";

    /// <summary>The name of the judgements, one a line.</summary>
    public const string ResultsName = "results.ndjson";

    /// <summary>The folder of what was read.</summary>
    public const string RecordingFolder = "recording/";

    /// <summary>The files that every pack has, besides its list of checksums.</summary>
    public static ImmutableArray<string> Required { get; } =
    [
        "README.txt",
        "artifacts.csv",
        RunDocumentName,
        "changes.json",
        "controls.csv",
        "exceptions.csv",
        "findings.sarif",
        PopulationName,
        SummaryName,
        "queries.ndjson",
        "report.html",
        ResultsName,
        "rules.json",
        RunName,
        "scope.json",
        EntitiesName,
    ];

    /// <summary>The name of a pack: the systems, when the run began, and which run it is.</summary>
    public static string NameOf(AuditRun run, PackFacts facts)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(facts);
        var systems = string.Join('-', run.Systems.Select(system => system.Name).Where(name => name.Length > 0).Take(2));
        var plain = string.Concat(systems.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"evidence-{(plain.Trim('.').Length == 0 ? "estate" : plain.Length > 80 ? plain[..80] : plain)}-{facts.Started.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{RunId(run, facts)[..12]}"
        );
    }

    /// <summary>What identifies a run: a digest of all that it found and of when it began.</summary>
    public static string RunId(AuditRun run, PackFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return ChecksumList.Digest([
            .. RunDocument.Write(run),
            .. Encoding.UTF8.GetBytes(facts.Started.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
        ]);
    }

    /// <summary>Makes the files by their paths; the list of checksums is one of them, the signature is not.</summary>
    public static SortedDictionary<string, byte[]> Build(AuditRun run, PackFacts facts)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(facts);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [RunDocumentName] = RunDocument.Write(run),
            [RunName] = PackJson.Run(run, facts, RunId(run, facts)),
            ["scope.json"] = PackJson.Scope(run),
            [PopulationName] = PackTables.Population(run, facts),
            [SummaryName] = PackJson.Summary(run, facts),
            ["queries.ndjson"] = PackJson.Queries(facts),
            [EntitiesName] = Lines(facts.Population.Select(item => item.Line)),
            ["artifacts.csv"] = PackTables.Artifacts(facts),
            ["rules.json"] = PackJson.Rules(run),
            [ResultsName] = NdjsonReport.Render(run),
            ["findings.sarif"] = SarifReport.Render(run, new SarifOptions(SarifProfile.Full, NotApplicable: true)),
            ["exceptions.csv"] = PackTables.Exceptions(run),
            ["changes.json"] = PackChanges.Write(run, facts),
            ["controls.csv"] = PackTables.Controls(run),
            ["report.html"] = HtmlReport.Render(run),
            ["README.txt"] = Encoding.UTF8.GetBytes(PackReadme.Text(run, facts)),
        };
        foreach (var artifact in facts.Artifacts.Where(artifact => artifact.Omitted is null))
        {
            files[RecordingFolder + PathOf(artifact.Artifact)] = artifact.Content.ToArray();
        }

        files[ChecksumList.FileName] = ChecksumList.Write(files);
        return files;
    }

    /// <summary>
    /// The path of an artifact in a pack. Its parts are names of an audited system: what is not a letter, a digit or harmless is percent-encoded, as in recordings.
    /// </summary>
    public static string PathOf(string artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        return string.Join('/', artifact.Split('/').Select(Part));
    }

    private static string Part(string name)
    {
        if (name is "" or "." or "..")
        {
            return name.Length == 0 ? "%" : name.Replace(".", "%2E", StringComparison.Ordinal);
        }

        var part = new StringBuilder(name.Length);
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '=' or '~' or '%')
            {
                part.Append(c);
            }
            else
            {
                part.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return part.ToString();
    }

    private static byte[] Lines(IEnumerable<ImmutableArray<byte>> lines)
    {
        using var stream = new MemoryStream();
        foreach (var line in lines)
        {
            stream.Write(line.AsSpan());
            stream.WriteByte((byte)'\n');
        }

        return stream.ToArray();
    }
}
