using System.Text;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>
/// The oracle of the rules: every defect is found at its place and level and nothing else is said, every near miss is passed over in silence, and what cannot be known
/// is answered with open. A row of a rule that does not exist yet is skipped, and starts to count as soon as the rule is in the catalogue.
/// </summary>
public sealed class MutationTests
{
    private static readonly Lazy<Outcome[]> Outcomes = new(() =>
    {
        var meridian = Estate.Load("meridian");
        var outcomes = new Outcome[MutationTable.All.Length];
        Parallel.For(
            0,
            outcomes.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => outcomes[i] = Outcome.Of(MutationTable.All[i], meridian)
        );
        return outcomes;
    });

    public static TheoryData<string> Names => [.. MutationTable.All.Select(mutation => mutation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rules_say_what_follows_from_the_edit(string mutation)
    {
        var outcome = Outcomes.Value.Single(outcome => outcome.Mutation.Name == mutation);
        Assert.SkipUnless(outcome.IsBuilt, $"{outcome.Mutation.Rule} is not built");
        Assert.True(outcome.IsRight, outcome.Explanation());
    }

    [Fact]
    public void The_table_of_results_is_printed()
    {
        var outcomes = Outcomes.Value;
        var text = new StringBuilder("\nMutations of Meridian\n");
        foreach (var outcome in outcomes)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{outcome.Mutation.Name, -5} {outcome.Mutation.Rule, -8} {outcome.Word, -15} {outcome.Mutation.Edit}\n"
            );
        }

        var built = outcomes.Where(outcome => outcome.IsBuilt).ToList();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{"", -5} {"", -8} defects found {Share(built, Kind.Defect)}, twins silent {Share(built, Kind.Twin)}, unknowns open {Share(built, Kind.Unknown)}; "
        );
        var defects = built.Where(outcome => outcome.Mutation.Kind == Kind.Defect).ToList();
        text.Append(
            CultureInfo.InvariantCulture,
            $"failures per defect {(defects.Count == 0 ? 0 : defects.Average(outcome => outcome.Failures - outcome.Mutation.OfSecondEdits)):0.00}; "
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"answers open on defects and twins {built.Where(outcome => outcome.Mutation.Kind != Kind.Unknown).Sum(outcome => outcome.Opens)}; "
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"{outcomes.Count(outcome => !outcome.IsBuilt)} of {outcomes.Length} rows wait for their rule\n"
        );
        Console.Out.Write(text.ToString());
        Assert.Equal(outcomes.Length, outcomes.Select(outcome => outcome.Mutation.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.True(
            defects.Count == 0 || defects.Average(outcome => outcome.Failures - outcome.Mutation.OfSecondEdits) <= 1.2,
            "A defect brings more than 1.2 failures on average: one root cause is one finding."
        );
    }

    private static string Share(List<Outcome> outcomes, Kind kind)
    {
        var all = outcomes.Where(outcome => outcome.Mutation.Kind == kind).ToList();
        return $"{all.Count(outcome => outcome.IsRight)}/{all.Count}";
    }
}
