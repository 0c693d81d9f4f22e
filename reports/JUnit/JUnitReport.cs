using System.Xml;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.JUnit;

/// <summary>
/// JUnit XML (testmoapp/junitxml): a suite per environment, a case per rule and subject. What is in order passes, what is wrong fails, what could not be looked at is an
/// error, and what is accepted or cannot be said from configuration is skipped, with the reason.
/// </summary>
public static class JUnitReport
{
    private static readonly XmlWriterSettings Settings = new()
    {
        Indent = true,
        NewLineChars = "\n",
        Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var findings = run
            .Findings.GroupBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var suites = run
            .Evaluations.Where(evaluation => evaluation.Verdict != "notApplicable")
            .GroupBy(evaluation => evaluation.Environment ?? "all environments", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, Cases: group.Select(evaluation => CaseOf(evaluation, findings)).ToList()))
            .ToList();
        if (run.Gaps.Length > 0)
        {
            suites.Insert(0, ("coverage", [.. run.Gaps.Select(gap => new Case("coverage", gap, "error", "incomplete", gap, ""))]));
        }

        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "auditor");
            Totals(xml, [.. suites.SelectMany(suite => suite.Cases)]);
            foreach (var (name, cases) in suites)
            {
                xml.WriteStartElement("testsuite");
                xml.WriteAttributeString("name", Text($"{name}: {Headline.Systems(run)}"));
                Totals(xml, cases);
                if (run.Time is { } time)
                {
                    xml.WriteAttributeString("timestamp", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
                }

                foreach (var item in cases)
                {
                    Write(xml, item);
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return [.. stream.ToArray(), (byte)'\n'];
    }

    private static Case CaseOf(Evaluation evaluation, Dictionary<string, Finding> findings)
    {
        var name = $"{evaluation.Rule.Id} {evaluation.Rule.Name}";
        if (evaluation.Finding is null || !findings.TryGetValue(evaluation.Finding, out var finding))
        {
            return new Case(name, evaluation.Title, null, "", "", "");
        }

        var details = $"{finding.Place}\n{finding.Remedy}";
        return evaluation.Verdict switch
        {
            "notAssessed" => new Case(name, evaluation.Title, "error", "notAssessed", finding.Message, details),
            "open" => new Case(name, evaluation.Title, "skipped", "", "Open: " + finding.Message, details),
            _ when finding.Accepted is { } accepted => new Case(
                name,
                evaluation.Title,
                "skipped",
                "",
                $"Accepted: {accepted.Reason}",
                details
            ),
            _ => new Case(name, evaluation.Title, "failure", JsonReport.Word(finding.Level ?? Level.Error), finding.Message, details),
        };
    }

    private static void Write(XmlWriter xml, Case item)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Text(item.Class));
        xml.WriteAttributeString("name", Text(item.Name));
        if (item.Outcome is { } outcome)
        {
            xml.WriteStartElement(outcome);
            xml.WriteAttributeString("message", Text(item.Message));
            if (item.Type.Length > 0)
            {
                xml.WriteAttributeString("type", item.Type);
            }

            xml.WriteString(string.Join('\n', item.Details.Split('\n').Select(Text)).Trim());
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Totals(XmlWriter xml, List<Case> cases)
    {
        xml.WriteAttributeString("tests", Number(cases.Count));
        xml.WriteAttributeString("failures", Number(cases.Count(item => item.Outcome == "failure")));
        xml.WriteAttributeString("errors", Number(cases.Count(item => item.Outcome == "error")));
        xml.WriteAttributeString("skipped", Number(cases.Count(item => item.Outcome == "skipped")));
    }

    // XML knows no escape for the characters that it does not allow.
    private static string Text(string text) => Neutral.Line(text).Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Case(string Class, string Name, string? Outcome, string Type, string Message, string Details);
}
