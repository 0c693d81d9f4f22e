using System.CommandLine;
using System.Text;
using Auditor.Cli.Evidence;
using Auditor.Cli.Output;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.Reports;
using Auditor.Reports.Csv;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor evidence sample FOLDER --seed TEXT</c>: which days a tester looks at, and which objects and judgements of each.</summary>
internal static class EvidenceSampleCommand
{
    private sealed record Line(string Day, string Pack, string Kind, string Type, string Id, string Name, string Verdict);

    private sealed record Wishes(string Seed, int Days, int Items, DateOnly? From, DateOnly? To);

    public static Command Create(ConsoleEnvironment environment)
    {
        var packs = new Argument<string>("FOLDER") { Description = "The folder of the packs of a period.", HelpName = "FOLDER" };
        var seed = new Option<string>("--seed")
        {
            Description = "The tester's own text: with the same one, anybody draws the same sample.",
            HelpName = "TEXT",
            Required = true,
        };
        var days = Number("--days", "How many days.", 25);
        var items = Number("--items", "How many objects, and how many judgements, of each day.", 5);
        var from = new Option<string?>("--from")
        {
            Description = "The first day of the period. Default: that of the first pack.",
            HelpName = "DAY",
        };
        var to = new Option<string?>("--to")
        {
            Description = "The last day of the period. Default: that of the last pack.",
            HelpName = "DAY",
        };
        var format = Choice.Option("--format", "How the sample is printed.", "text", "text", "csv");
        var command = new Command("sample", "Draw days, and objects and judgements of each, for a tester.")
        {
            packs,
            seed,
            days,
            items,
            from,
            to,
            format,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var folder = Path.GetFullPath(result.GetValue(packs)!, environment.WorkingFolder);
                if (!Directory.Exists(folder))
                {
                    throw new UsageException($"There is no folder '{result.GetValue(packs)}'.");
                }

                var wishes = new Wishes(
                    result.GetValue(seed)!,
                    result.GetValue(days),
                    result.GetValue(items),
                    Day(result.GetValue(from), "--from"),
                    Day(result.GetValue(to), "--to")
                );
                var lines = await DrawAsync(folder, wishes, cancellationToken);
                await environment.PrintAsync(
                    result.GetValue(format) == "csv" ? Csv(lines) : Encoding.UTF8.GetBytes(Text(lines, wishes)),
                    cancellationToken
                );
                return ExitCode.Clean;
            }
        );
        return command;
    }

    private static Option<int> Number(string name, string description, int initial)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => initial,
        };
        option.Validators.Add(result =>
        {
            if (
                result.Tokens is [{ Value: var text }]
                && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000)
            )
            {
                result.AddError($"{name}: '{text}' is no number from 0 to 100000.");
            }
        });
        return option;
    }

    private static DateOnly? Day(string? text, string option) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new UsageException($"{option}: give a day like 2026-11-20.");

    private static async Task<List<Line>> DrawAsync(string folder, Wishes wishes, CancellationToken cancellationToken)
    {
        var packs = new List<(string Folder, PackIdentity Identity, DateOnly Day)>();
        foreach (var path in PackFolder.IsOne(folder) ? [folder] : PackFolder.Below(folder))
        {
            var identity = await PackFolder.IdentityAsync(path, cancellationToken);
            packs.Add((path, identity, DateOnly.FromDateTime(identity.Started.UtcDateTime)));
        }

        if (packs.Count == 0)
        {
            throw new UsageException($"'{PackFolder.Shown(folder)}' holds no packs.");
        }

        var first = wishes.From ?? packs.Min(pack => pack.Day);
        var last = wishes.To ?? packs.Max(pack => pack.Day);
        if (last < first)
        {
            throw new UsageException("--to is before --from.");
        }

        var byDay = packs.ToLookup(pack => pack.Day);

        // Days without a pack are part of the population: a night that is missing is what a tester looks for.
        var days = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays);
        var lines = new List<Line>();
        foreach (var day in EvidenceSample.Draw(days, Words, wishes.Seed, wishes.Days).Order())
        {
            if (!byDay.Contains(day))
            {
                lines.Add(new Line(Words(day), "", "missing", "", "", "no pack was made on this day", ""));
                continue;
            }

            foreach (var pack in byDay[day].OrderBy(pack => pack.Identity.Sequence))
            {
                var files = await PackFolder.ReadAsync(pack.Folder, cancellationToken);
                // A day may have several packs, and what is tested of one of them need not be tested again of the next.
                var seed = $"{wishes.Seed}\n{Words(day)}\n{pack.Identity.RunId}";
                lines.AddRange(Objects(files, day, seed, wishes.Items));
                lines.AddRange(Judgements(files, day, seed, wishes.Items));
            }
        }

        return lines;
    }

    private static IEnumerable<Line> Objects(PackFiles pack, DateOnly day, string seed, int items) =>
        EvidenceSample
            .Draw(
                PackPopulation.Read(pack.Files.GetValueOrDefault(EvidencePack.PopulationName) ?? throw Damaged(pack)),
                row => row.Key,
                seed,
                items
            )
            .Select(row => new Line(Words(day), pack.Name, "object", row.Type, row.Id, row.Name, ""));

    private static IEnumerable<Line> Judgements(PackFiles pack, DateOnly day, string seed, int items)
    {
        AuditRun run;
        try
        {
            run = RunDocument.Read(pack.Files.GetValueOrDefault(EvidencePack.RunDocumentName) ?? throw Damaged(pack));
        }
        catch (RunDocumentException)
        {
            throw Damaged(pack);
        }

        return EvidenceSample
            .Draw(
                run.Evaluations.Where(evaluation => evaluation.Verdict != "notApplicable"),
                evaluation => $"{evaluation.Rule.Id}\n{evaluation.Subject}",
                seed,
                items
            )
            .Select(evaluation => new Line(
                Words(day),
                pack.Name,
                "judgement",
                evaluation.Rule.Id,
                evaluation.Subject,
                evaluation.Title,
                evaluation.Verdict
            ));
    }

    private static UsageException Damaged(PackFiles pack) =>
        new($"'{pack.Name}' is damaged; 'auditor evidence verify' says what is wrong with it.");

    private static byte[] Csv(List<Line> lines)
    {
        var table = new CsvTable("day", "pack", "kind", "type", "id", "name", "verdict", "tested_by", "result");
        foreach (var line in lines)
        {
            table.Row(line.Day, line.Pack, line.Kind, line.Type, line.Id, line.Name, line.Verdict, "", "");
        }

        return table.ToArray();
    }

    private static string Text(List<Line> lines, Wishes wishes)
    {
        var text = new StringBuilder();
        text.Append(
                Neutral.Line(
                    $"Sample with the seed '{wishes.Seed}': what comes first in the order of SHA-256 over the seed, the day and the run of the pack, and the key."
                )
            )
            .Append('\n');
        foreach (var day in lines.GroupBy(line => (line.Day, line.Pack)))
        {
            text.Append(Neutral.Line($"{day.Key.Day}  {(day.Key.Pack.Length > 0 ? day.Key.Pack : "no pack")}")).Append('\n');
            foreach (var line in day.Where(line => line.Kind != "missing"))
            {
                text.Append(
                        Neutral.Line($"  {line.Kind, -9} {line.Type}: {line.Name}{(line.Verdict.Length > 0 ? $": {line.Verdict}" : "")}")
                    )
                    .Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Words(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
