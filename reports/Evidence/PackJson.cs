using System.Buffers;
using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.Evidence;

/// <summary>The documents of a pack for programs.</summary>
internal static class PackJson
{
    /// <summary>What identifies the run, who ran it and which pack was before; the signed statement repeats it.</summary>
    public static byte[] Run(AuditRun run, PackFacts facts, string runId) =>
        JsonMembers.Document(json =>
        {
            json.WriteNumber("evidencePack", 1);
            json.WriteString("runId", runId);
            json.WriteNumber("sequence", facts.Sequence);
            if (facts.Previous is { } previous)
            {
                json.WriteStartObject("previous");
                json.WriteString("pack", previous.Name);
                json.WriteNumber("sequence", previous.Sequence);
                json.WriteString("sha256", previous.Sha256);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("previous");
            }

            json.WriteString("started", Words.Of(facts.Started));
            json.WriteString("finished", Words.Of(facts.Finished));
            json.Optional("captured", run.TimeIsCaptured ? run.Time : null);
            json.WriteStartObject("tool");
            json.WriteString("name", ReportIdentity.Name);
            json.WriteString("version", run.ToolVersion);
            json.Optional("sha256", facts.ToolSha256);
            json.WriteEndObject();
            json.WriteStartObject("operator");
            json.WriteString("name", facts.Operator);
            json.WriteString("saidBy", facts.OperatorKind);
            json.WriteEndObject();
            json.Objects(
                "configuration",
                facts.Configuration,
                file =>
                {
                    json.WriteString("file", file.Name);
                    json.WriteString("sha256", file.Sha256);
                }
            );
            json.WriteString(
                "queries",
                facts.QueriesWereLogged
                    ? "written down as they were sent: every page and every attempt"
                    : "worked out from the recording, which does not say when each was sent, in how many pages, or by which id the source knows it"
            );
            json.WriteString("outcome", Headline.Word(run));
            json.WriteNumber("exitCode", facts.ExitCode);
            json.WriteStartObject("counts");
            json.WriteNumber("objects", facts.Population.Length);
            json.WriteNumber("judgements", run.Evaluations.Length);
            json.Counts(run);
            json.WriteEndObject();
        });

    /// <summary>The systems, and what the run was limited to.</summary>
    public static byte[] Scope(AuditRun run) =>
        JsonMembers.Document(json =>
        {
            json.Objects(
                "systems",
                run.Systems,
                system =>
                {
                    json.WriteString("kind", system.Kind);
                    json.WriteString("name", system.Name);
                    json.Strings("environments", system.Environments);
                }
            );
            json.Objects(
                "inputs",
                run.Inputs,
                input =>
                {
                    json.WriteString("path", input.Path);
                    json.WriteString("kind", input.Kind);
                    json.Optional("revision", input.Checkout?.Revision);
                }
            );
            json.WriteStartObject("filters");
            json.Strings("environments", run.Selection.Environments);
            json.Strings("rules", run.Selection.Rules);
            json.Strings("excludedRules", run.Selection.ExcludedRules);
            json.WriteEndObject();
            json.Strings("assumptions", run.Assumptions);
        });

    /// <summary>
    /// The numbers that have to agree: for every list, how many the source says there are (where it says), how many were read, and whether the list was read to its end; for every type,
    /// how many objects; for every rule, how many judgements.
    /// </summary>
    public static byte[] Summary(AuditRun run, PackFacts facts) =>
        JsonMembers.Document(json =>
        {
            json.Objects(
                "lists",
                run.Coverage,
                entry =>
                {
                    json.Coverage(entry, "collected");

                    // Neither API states totals: what proves completeness is that the list has no further page.
                    json.WriteNull("reportedBySource");
                    if (facts.QueriesWereLogged && Pages(entry.Part, facts) is { Count: > 0 } pages)
                    {
                        json.WriteNumber("pages", pages.Count);
                        json.WriteNumber("rowsReceived", pages.Sum(page => page.Items!.Value));
                    }

                    json.WriteString("completeness", entry.Coverage.IsComplete ? "read to the end of the list" : "not complete");
                }
            );
            json.Objects(
                "objects",
                facts.Population.GroupBy(item => item.Type, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal),
                group =>
                {
                    json.WriteString("type", group.Key);
                    json.WriteNumber("count", group.Count());
                }
            );
            json.Objects(
                "judgements",
                run.Populations,
                population =>
                {
                    json.WriteString("rule", population.Rule.Id);
                    json.WriteString("subjectKind", population.Rule.Subjects);
                    json.Counts(population);
                }
            );
            json.Strings("gaps", run.Gaps);
        });

    /// <summary>Every request, one a line.</summary>
    public static byte[] Queries(PackFacts facts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var query in facts.Queries)
        {
            JsonMembers.Line(
                buffer,
                json =>
                {
                    json.WriteString("method", query.Method);
                    json.WriteString("address", query.Address);
                    json.Optional("time", query.Time is { } time ? Words.Precisely(time) : null);
                    json.Optional("status", query.Status);
                    json.Optional("items", query.Items);
                    json.Optional("bytes", query.Bytes);
                    json.Optional("etag", query.ETag);
                    json.Optional("requestId", query.RequestId);
                    json.Optional("answer", query.Answer);
                    json.Optional("sha256", query.Sha256);
                    json.Optional("note", query.Note);
                }
            );
        }

        return buffer.WrittenSpan.ToArray();
    }

    // The pages that a part was read from. A part may be many lists: of each environment, of each proxy.
    private static List<QueryEntry> Pages(string part, PackFacts facts)
    {
        var wanted = part.Split('/');
        return
        [
            .. facts.Queries.Where(query =>
                query is { Items: not null, Answer: { } answer }
                && answer.EndsWith(".json", StringComparison.Ordinal)
                && Fits(wanted, answer[..^5].Split('/'))
            ),
        ];
    }

    // Parts of an org are named without the prefix that all of its paths have.
    private static bool Fits(string[] wanted, string[] path)
    {
        if (path is ["okta", var host, "api", "v1", .. var rest])
        {
            path = ["okta", host, .. rest];
        }

        return wanted.Length == path.Length
            && wanted.Zip(path).All(pair => pair.First == "*" || string.Equals(pair.First, pair.Second, StringComparison.Ordinal));
    }

    /// <summary>The rules that ran: the tests that were performed.</summary>
    public static byte[] Rules(AuditRun run) =>
        JsonMembers.Document(json =>
            json.Objects(
                "rules",
                run.Rules,
                rule =>
                {
                    json.WriteString("id", rule.Info.Id);
                    json.WriteString("name", rule.Info.Name);
                    json.WriteString("title", rule.Info.Title);
                    json.WriteString("level", JsonReport.Word(rule.Info.Level));
                    json.WriteNumber("securitySeverity", rule.Info.SecuritySeverity);
                    json.WriteString("judges", rule.Info.Subjects);
                    json.WriteString("pageSha256", ChecksumList.Digest(Encoding.UTF8.GetBytes(rule.Page)));
                    json.Objects(
                        "controls",
                        rule.Controls,
                        control =>
                        {
                            json.WriteString("framework", control.Framework);
                            json.WriteString("id", control.Id);
                            json.WriteBoolean("confirmed", control.Confirmed);
                        }
                    );
                }
            )
        );
}
