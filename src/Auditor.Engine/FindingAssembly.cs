using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>Turns judgements into findings: one per root cause, with places worked out, levels overridden, exceptions applied, in a fixed order.</summary>
internal sealed class FindingAssembly(Excerpts excerpts, AuditOptions options, Acceptances acceptances)
{
    private const int MaxSubjects = 200;

    private readonly FixPlanner fixes = new(excerpts);
    private readonly Dictionary<Judgement, string> told = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, string> yielded = new(StringComparer.Ordinal);

    /// <summary>The fingerprint of the finding that tells of a judgement; null when nothing needs to be told.</summary>
    public string? FingerprintOf(Judgement judgement)
    {
        if (!told.TryGetValue(judgement, out var fingerprint))
        {
            return null;
        }

        while (yielded.TryGetValue(fingerprint, out var winner))
        {
            fingerprint = winner;
        }

        return fingerprint;
    }

    /// <summary>The findings of judgements, in their order.</summary>
    public ImmutableArray<Finding> Assemble(Judgement[][] judgements)
    {
        Prepare(judgements);
        var findings = new List<Finding>();
        foreach (
            var group in judgements
                .SelectMany(rule => rule)
                .Where(judgement => judgement.Verdict is Verdict.Fail)
                .GroupBy(FailKey, StringComparer.Ordinal)
        )
        {
            findings.Add(Failure([.. group]));
        }

        foreach (
            var group in judgements
                .SelectMany(rule => rule)
                .Where(judgement => judgement.Verdict is Verdict.Open)
                .GroupBy(judgement => OpenKey(judgement), StringComparer.Ordinal)
        )
        {
            findings.Add(Opened([.. group]));
        }

        foreach (
            var group in judgements
                .SelectMany(rule => rule)
                .Where(judgement => judgement.Verdict is Verdict.NotAssessed)
                .GroupBy(judgement => $"{judgement.Rule.Id}\n{((Verdict.NotAssessed)judgement.Verdict).Reason}", StringComparer.Ordinal)
        )
        {
            var notAssessed = (Verdict.NotAssessed)group.First().Verdict;
            findings.Add(Unsettled([.. group], "notAssessed", notAssessed.Reason, null, notAssessed.Location));
        }

        return Ordered(Yield(findings, judgements));
    }

    // Reading and masking the texts is most of the work, and none of it depends on another.
    private void Prepare(Judgement[][] judgements) =>
        Parallel.ForEach(
            judgements
                .SelectMany(rule => rule)
                .Select(judgement =>
                    judgement.Verdict switch
                    {
                        Verdict.Fail fail => fail.Location,
                        Verdict.Open open => open.Location ?? judgement.Subject.Location,
                        _ => null,
                    }
                )
                .OfType<SourceLocation>()
                .Select(location => location.Artifact)
                .Distinct(StringComparer.Ordinal),
            artifact => excerpts.Find(artifact)
        );

    /// <summary>Findings in their order: failures by severity, then what is open, then what could not be assessed.</summary>
    public static ImmutableArray<Finding> Ordered(IEnumerable<Finding> findings) =>
        [
            .. findings
                .OrderBy(Rank)
                .ThenByDescending(finding => finding.SecuritySeverity ?? 0)
                .ThenBy(finding => finding.Rule.Id, StringComparer.Ordinal)
                .ThenBy(finding => finding.Place.Artifact, StringComparer.Ordinal)
                .ThenBy(finding => finding.Place.Line)
                .ThenBy(finding => finding.Place.Column)
                .ThenBy(finding => finding.Fingerprint, StringComparer.Ordinal),
        ];

    private static int Rank(Finding finding) =>
        finding.Verdict switch
        {
            "fail" when finding.Accepted is not null => 3,
            "fail" => 2 - (int)finding.Level!.Value,
            "open" => 4,
            _ => 5,
        };

    private static string FailKey(Judgement judgement)
    {
        var fail = (Verdict.Fail)judgement.Verdict;
        return $"{judgement.Rule.Id}\n{fail.Cause}\n{fail.Code}";
    }

    private static string OpenKey(Judgement judgement)
    {
        var open = (Verdict.Open)judgement.Verdict;
        return open.Cause is { } cause ? $"{judgement.Rule.Id}\n{cause}" : $"{judgement.Rule.Id}\n{open.Reason}\n{open.Location}";
    }

    private Finding Failure(List<Judgement> group)
    {
        // The worst of equal causes speaks for all of them; the first in order among equals.
        var worst = group.OrderByDescending(judgement => LevelOf(judgement)).ThenByDescending(judgement => SeverityOf(judgement)).First();
        var fail = (Verdict.Fail)worst.Verdict;
        var level = options.Levels.FirstOrDefault(item => RuleSelector.Selects(item.Rule, worst.Rule))?.Level ?? LevelOf(worst);
        var place = excerpts.Resolve(fail.Location);
        place = place with { LineHash = excerpts.Find(place.Artifact)?.LineHash(place.Line) };
        var related = fail
            .Related.Select(item => new RelatedPlaceText(excerpts.Resolve(item.Location), item.Text))
            .Concat(
                group
                    .Select(judgement => (((Verdict.Fail)judgement.Verdict).Location, judgement.Subject.Title))
                    .Where(other => other.Location != fail.Location)
                    .DistinctBy(other => other.Location)
                    .Select(other => new RelatedPlaceText(excerpts.Resolve(other.Location), $"the same cause: {other.Title}"))
            )
            .ToImmutableArray();
        var finding = new Finding
        {
            Rule = worst.Rule,
            Verdict = "fail",
            Level = level,
            SecuritySeverity = SeverityOf(worst),
            Message = fail.Message,
            Subjects = Titles(group),
            Environments = Environments(group),
            Place = place,
            Related = related,
            Facts = fail.Facts,
            Witness = fail.Witness,
            Remedy = fail.Remedy,
            Fixes = fixes.Plan(fail.Edits),
            Code = fail.Code,
            Fingerprint = Fingerprint(worst.Rule.Id, fail.Cause, fail.Code ?? ""),
        };
        Remember(group, finding);
        return acceptances.Apply(finding);
    }

    private void Remember(List<Judgement> group, Finding finding)
    {
        foreach (var judgement in group)
        {
            told[judgement] = finding.Fingerprint;
        }
    }

    private Finding Opened(List<Judgement> group)
    {
        var opens = group.ConvertAll(judgement => (Verdict.Open)judgement.Verdict);
        var first = opens[0];
        var closes = opens.Select(open => open.Closes).SelectMany(text => text.Split("; ")).Distinct(StringComparer.Ordinal);
        var finding = Unsettled(group, "open", first.Reason, string.Join("; ", closes), first.Location);
        finding = finding with
        {
            Related =
            [
                .. opens
                    .SelectMany(open => open.DependsOn)
                    .Concat(
                        group
                            .Where(judgement =>
                                ((Verdict.Open)judgement.Verdict) is var open
                                && (open.Location != first.Location || open.Reason != first.Reason)
                            )
                            .Select(judgement => new RelatedPlace(
                                ((Verdict.Open)judgement.Verdict).Location ?? judgement.Subject.Location,
                                $"{judgement.Subject.Title} waits for it, too"
                            ))
                    )
                    .Distinct()
                    .Select(place => new RelatedPlaceText(excerpts.Resolve(place.Location), place.Text)),
            ],
            Fingerprint = first.Cause is { } cause ? Fingerprint(group[0].Rule.Id, "open", cause) : finding.Fingerprint,
        };
        Remember(group, finding);
        return finding;
    }

    private Finding Unsettled(List<Judgement> group, string verdict, string reason, string? closes, SourceLocation? location)
    {
        var first = group[0];
        var finding = new Finding
        {
            Rule = first.Rule,
            Verdict = verdict,
            Level = null,
            Message = reason,
            Subjects = Titles(group),
            Environments = Environments(group),
            Place = excerpts.Resolve(location ?? first.Subject.Location),
            Remedy = closes,
            Fingerprint = Fingerprint(first.Rule.Id, verdict, reason, first.Subject.Key),
        };
        Remember(group, finding);
        return finding;
    }

    private static Level LevelOf(Judgement judgement) => ((Verdict.Fail)judgement.Verdict).Level ?? judgement.Rule.Level;

    private static double SeverityOf(Judgement judgement) =>
        ((Verdict.Fail)judgement.Verdict).SecuritySeverity ?? judgement.Rule.SecuritySeverity;

    private static ImmutableArray<string> Titles(List<Judgement> group)
    {
        var titles = group
            .Select(judgement => judgement.Subject.Title)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return titles.Count <= MaxSubjects
            ? [.. titles]
            : [.. titles.Take(MaxSubjects), $"… and {(titles.Count - MaxSubjects).ToString(CultureInfo.InvariantCulture)} more"];
    }

    private static ImmutableArray<string> Environments(List<Judgement> group) =>
        [
            .. group
                .Select(judgement => judgement.Subject.Environment)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>A digest of length-prefixed parts, so that no two lists of parts are written alike.</summary>
    internal static string Fingerprint(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("auditorFinding/v1"u8);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // A rule that explains more takes the findings of those that yield to it, where the culprit is the same.
    private List<Finding> Yield(List<Finding> findings, Judgement[][] judgements)
    {
        var fails = judgements
            .SelectMany(rule => rule)
            .Where(judgement => judgement.Verdict is Verdict.Fail)
            .ToLookup(judgement => told[judgement], judgement => (Verdict.Fail)judgement.Verdict, StringComparer.Ordinal);
        var result = findings.ConvertAll(finding => (Finding?)finding);
        var byCause = Enumerable
            .Range(0, findings.Count)
            .Where(i => findings[i].Verdict == "fail")
            .ToLookup(i => fails[findings[i].Fingerprint].First().Cause, StringComparer.Ordinal);
        for (var i = 0; i < findings.Count; i++)
        {
            var finding = findings[i];
            if (finding.Verdict != "fail" || finding.Rule.YieldsTo.IsEmpty)
            {
                continue;
            }

            // Every judgement of the finding must be explained; the first of those that explain one takes it.
            var winner = int.MaxValue;
            foreach (var fail in fails[finding.Fingerprint])
            {
                var first = fail
                    .FollowsFrom.Prepend(fail.Cause)
                    .SelectMany(cause => byCause[cause])
                    .Where(other =>
                        result[other] is { } candidate && finding.Rule.YieldsTo.Contains(candidate.Rule.Id, StringComparer.Ordinal)
                    )
                    .DefaultIfEmpty(-1)
                    .Min();
                winner = Math.Min(winner, first);
            }

            if (winner < 0)
            {
                continue;
            }

            // What it was told by others in its turn goes with it.
            var taker = result[winner]!;
            result[winner] = taker with
            {
                Also =
                [
                    .. taker
                        .Also.Concat(result[i]!.Also)
                        .Append($"{finding.Rule.Id} {finding.Rule.Name}")
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal),
                ],
            };
            yielded[finding.Fingerprint] = taker.Fingerprint;
            result[i] = null;
        }

        return [.. result.OfType<Finding>()];
    }
}
