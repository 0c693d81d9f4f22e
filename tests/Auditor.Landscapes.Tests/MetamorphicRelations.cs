using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Auditor.Landscapes.Tests.Mutations;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>
/// The same estate written in another way gets the same answers: over Meridian, where the answer is silence, and over some of its mutations, where it is not. The relation
/// between sources (M11) has a class of its own: it needs a server.
/// </summary>
public sealed class MetamorphicRelations
{
    private static readonly Estate Meridian = Estate.Load("meridian");

    // A defect of each kind: a value, a policy, a scope, an Okta rule, a flow.
    private static readonly string[] Probes = ["", "1E", "3E", "16E", "44E", "36E"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var rewriting in Rewritings.All.Keys)
            {
                foreach (var probe in Probes.Where(probe => Applies(rewriting, probe)))
                {
                    data.Add(rewriting, probe);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Another_way_to_write_it_changes_no_answer(string rewriting, string probe)
    {
        var estate = With(probe);
        var expected = Answers(probe);
        Rewritings.All[rewriting](estate);
        Assert.Equal(expected, Outcome.Keys(estate.AuditAsDeclared()));
    }

    [Fact]
    public void M09_the_order_of_access_rules_changes_answers()
    {
        var first = With("76E");
        var last = first
            .Copy()
            .Json(
                StaffRules,
                rules =>
                {
                    foreach (var rule in rules.AsArray())
                    {
                        rule!["priority"] = 4 - (int)rule["priority"]!;
                    }
                }
            );
        Assert.NotEqual(Outcome.Keys(first.AuditAsDeclared()), Outcome.Keys(last.AuditAsDeclared()));
    }

    [Fact]
    public void M12_two_runs_say_the_same()
    {
        var estate = With("76E");
        Assert.Equal(Everything(estate), Everything(estate));
    }

    private static IEnumerable<string> Everything(Estate estate) =>
        estate
            .AuditAsDeclared()
            .Findings.Select(finding =>
                $"{finding.Fingerprint} {finding.Rule.Id} {finding.Place} {finding.Message} {string.Join(';', finding.Subjects)} {string.Join(';', finding.Related.Select(place => $"{place.Place} {place.Text}"))}"
            );

    private static Estate With(string probe)
    {
        var estate = Meridian.Copy();
        if (probe.Length > 0)
        {
            MutationTable.All.Single(mutation => mutation.Name == probe).Apply(estate);
        }

        return estate;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string[]> Known = new(StringComparer.Ordinal);

    private static string[] Answers(string probe) => Known.GetOrAdd(probe, name => [.. Outcome.Keys(With(name).AuditAsDeclared())]);

    // The verification that a hook or the proxy takes over is in PreFlow, and the map and the variable are for the values that a probe leaves alone.
    private static bool Applies(string rewriting, string probe) =>
        (rewriting[..3], probe) switch
        {
            ("M01" or "M02", "36E") => false,
            ("M06", "1E" or "3E") => false,
            ("M05", "36E") => false,
            _ => probe.Length == 0 || rewriting[..3] is not ("M08" or "M09") || probe is "44E" or "1E",
        };
}
