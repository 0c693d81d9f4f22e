using System.Globalization;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>Verification sits in conditional flows, and what matches none of them falls through to the backend.</summary>
public sealed class NoDefaultDeny : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-006",
        Name = "no-default-deny",
        Title = "Requests that match no conditional flow reach the backend unverified",
        Level = Level.Error,
        SecuritySeverity = 8.8,
        Cwe = 1220,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.NoDefaultDeny, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var endpoint = subject.Endpoint.Program.Endpoint!;
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(BypassRule.Of(subject)[0])}{BypassRule.Of(subject)[1..]} verifies credentials in its conditional flows only, and nothing answers what matches none of them: "
                + $"{BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches}.",
            Location = endpoint.Flows.IsEmpty ? endpoint.Location : endpoint.Flows[^1].Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = "Add a last flow without a condition that raises a 404, or verify in the PreFlow.",
            Edits = endpoint.Flows.IsEmpty ? [] : CatchAll(subject.Endpoint.Program.Bundle, endpoint),
        };
    }

    /// <summary>A last flow that refuses the rest, with a fault that the bundle already has or with a new one.</summary>
    private static ImmutableArray<Edit> CatchAll(Bundle bundle, ProxyEndpoint endpoint)
    {
        var fault = bundle
            .Policies.Values.OfType<RaiseFaultPolicy>()
            .FirstOrDefault(policy => policy is { Enabled: true, ContinueOnError: false, StatusCode: "404" });
        var name = fault?.Name ?? Free("RF-NotFound", bundle.Policies.ContainsKey);
        var flow = Free("otherwise", taken => endpoint.Flows.Any(other => other.Name == taken));
        var last = new Edit(
            EditKind.InsertAfter,
            endpoint.Flows[^1].Location,
            null,
            $"<Flow name=\"{flow}\">\n  <Request>\n    <Step><Name>{XmlText.Of(name)}</Name></Step>\n  </Request>\n</Flow>"
        );
        if (fault is not null)
        {
            return [last];
        }

        var sibling = bundle.Policies.Values.FirstOrDefault()?.Location.Artifact;
        if (sibling is null)
        {
            return [];
        }

        var file = new SourceLocation($"{sibling[..(sibling.LastIndexOf('/') + 1)]}{name}.xml");
        return [last, new Edit(EditKind.CreateFile, file, null, NotFound(name))];
    }

    private static string Free(string wanted, Func<string, bool> isTaken)
    {
        var name = wanted;
        for (var i = 2; isTaken(name); i++)
        {
            name = $"{wanted}-{i.ToString(CultureInfo.InvariantCulture)}";
        }

        return name;
    }

    private static string NotFound(string name) =>
        $"""
            <RaiseFault name="{name}">
              <FaultResponse>
                <Set>
                  <StatusCode>404</StatusCode>
                  <ReasonPhrase>Not Found</ReasonPhrase>
                </Set>
              </FaultResponse>
            </RaiseFault>

            """.ReplaceLineEndings("\n");
}
