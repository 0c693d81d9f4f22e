using System.Text.Json;
using Auditor.Engine;
using Auditor.Engine.Runs;

namespace Auditor.Reports.Evidence;

/// <summary>Whether the numbers of a pack agree with each other: a pack can be signed and still not say the same thing everywhere.</summary>
/// <param name="pack">The pack.</param>
/// <param name="fault">Told what is wrong: a code, the file and a sentence.</param>
internal sealed class PackConsistency(PackFiles pack, Action<string, string, string> fault)
{
    /// <summary>Compares them.</summary>
    public void Check()
    {
        Objects();
        if (Run() is { } run)
        {
            Collected(run);
            Judgements(run);
            Identity(run);
        }
    }

    private AuditRun? Run()
    {
        if (!pack.Files.TryGetValue(EvidencePack.RunDocumentName, out var document))
        {
            return null;
        }

        try
        {
            return RunDocument.Read(document);
        }
        catch (RunDocumentException e)
        {
            fault("form", EvidencePack.RunDocumentName, $"cannot be read: {e.Message}.");
            return null;
        }
    }

    private void Objects()
    {
        if (
            !pack.Files.TryGetValue(EvidencePack.PopulationName, out var table)
            || !pack.Files.TryGetValue(EvidencePack.EntitiesName, out var entities)
        )
        {
            return;
        }

        var rows = PackPopulation.Read(table);
        var lines = Lines(entities);
        Same(rows.Length, EvidencePack.PopulationName, "objects", lines.Count, EvidencePack.EntitiesName);
        for (var i = 0; i < Math.Min(rows.Length, lines.Count); i++)
        {
            if (rows[i].Sha256 != ChecksumList.Digest(lines[i].Span))
            {
                fault(
                    "count-differs",
                    EvidencePack.PopulationName,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"lists '{Neutral.Visible(rows[i].Id)}' with another digest than line {i + 1} of {EvidencePack.EntitiesName} has."
                    )
                );
                break;
            }
        }

        var types = rows.GroupBy(row => row.Type, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        Summary(
            "objects",
            "type",
            "count",
            (type, count) =>
                Same(
                    types.GetValueOrDefault(type),
                    EvidencePack.PopulationName,
                    $"objects of type '{Neutral.Visible(type)}'",
                    count,
                    EvidencePack.SummaryName
                )
        );
    }

    private void Collected(AuditRun run)
    {
        var counts = run
            .Coverage.GroupBy(entry => entry.Part, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Count, StringComparer.Ordinal);
        Summary(
            "lists",
            "part",
            "collected",
            (part, count) =>
                Same(
                    count,
                    EvidencePack.SummaryName,
                    $"rows of '{Neutral.Visible(part)}'",
                    counts.GetValueOrDefault(part),
                    EvidencePack.RunDocumentName
                )
        );
    }

    private void Judgements(AuditRun run)
    {
        if (!pack.Files.TryGetValue(EvidencePack.ResultsName, out var results))
        {
            return;
        }

        var byRule = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in Lines(results))
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                if (document.RootElement.GetProperty("type").GetString() == "judgement")
                {
                    var rule = document.RootElement.GetProperty("rule").GetString() ?? "";
                    byRule[rule] = byRule.GetValueOrDefault(rule) + 1;
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                fault("form", EvidencePack.ResultsName, "holds a line that is no judgement.");
                return;
            }
        }

        foreach (var population in run.Populations)
        {
            Same(
                byRule.GetValueOrDefault(population.Rule.Id),
                EvidencePack.ResultsName,
                $"judgements of {population.Rule.Id}",
                population.Subjects,
                EvidencePack.RunDocumentName
            );
        }

        Summary(
            "judgements",
            "rule",
            "subjects",
            (rule, count) =>
                Same(
                    byRule.GetValueOrDefault(rule),
                    EvidencePack.ResultsName,
                    $"judgements of {Neutral.Visible(rule)}",
                    count,
                    EvidencePack.SummaryName
                )
        );
    }

    private void Identity(AuditRun run)
    {
        if (!pack.Files.TryGetValue(EvidencePack.RunName, out var bytes))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var counts = document.RootElement.GetProperty("counts");
            foreach (
                var (name, number) in new[]
                {
                    ("judgements", run.Evaluations.Length),
                    ("error", run.Count(Model.Findings.Level.Error)),
                    ("warning", run.Count(Model.Findings.Level.Warning)),
                    ("note", run.Count(Model.Findings.Level.Note)),
                    ("open", run.OpenCount),
                    ("notAssessed", run.NotAssessedCount),
                    ("accepted", run.AcceptedCount),
                }
            )
            {
                Same(counts.GetProperty(name).GetInt32(), EvidencePack.RunName, $"'{name}'", number, EvidencePack.RunDocumentName);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            fault("form", EvidencePack.RunName, "has no counts.");
        }
    }

    private void Summary(string list, string name, string number, Action<string, int> compare)
    {
        if (!pack.Files.TryGetValue(EvidencePack.SummaryName, out var bytes))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            foreach (var entry in document.RootElement.GetProperty(list).EnumerateArray())
            {
                compare(entry.GetProperty(name).GetString() ?? "", entry.GetProperty(number).GetInt32());
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            fault("form", EvidencePack.SummaryName, "does not have the numbers that every summary has.");
        }
    }

    private void Same(int here, string file, string what, int there, string other)
    {
        if (here != there)
        {
            fault("count-differs", file, string.Create(CultureInfo.InvariantCulture, $"says {here} {what}, and {other} says {there}."));
        }
    }

    private static List<ReadOnlyMemory<byte>> Lines(byte[] content)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        var start = 0;
        while (start < content.Length)
        {
            var end = Array.IndexOf(content, (byte)'\n', start);
            end = end < 0 ? content.Length : end;
            lines.Add(content.AsMemory(start, end - start));
            start = end + 1;
        }

        return lines;
    }
}
