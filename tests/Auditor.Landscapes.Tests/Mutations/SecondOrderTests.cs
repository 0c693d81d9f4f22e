using System.Collections.Concurrent;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Two defects in different files are two findings: neither hides the other, and together they bring nothing new. Pairs that hide each other are named.</summary>
public sealed class SecondOrderTests
{
    private const int Pairs = 24;

    // The rows that are paired. A row is added here once it is known what it hides; those that take the verification away hide whatever is wrong with it.
    private static readonly int[] Rows = [1, 2, 3, 5, 6, 7, 9, 16, 19, 23, 25, 29, 32, 34, 35, 36, 38, 40, 44, 48, 51, 64, 65, 67, 77];

    // Without the trust in its server there is nothing to say about what the server issues.
    private const int TakesTrustAway = 9;
    private static readonly int[] NeedsTrust = [16, 19, 23, 44, 48, 65];

    // What one defect takes away of another, and what is said about both.
    private static readonly (string First, string Second, string[] Said, string Why)[] Masks =
    [
        ("3E", "31E", ["POL-001 error no-verification"], "nothing calls the verification any more"),
        ("5E", "6E", ["AUD-003 warning "], "no issuer is demanded any more"),
        ("6E", "31E", ["POL-001 error no-verification"], "nothing calls the verification any more"),
        ("6E", "33E", ["POL-003 error outage"], "the verification does not run"),
        ("10E", "29E", ["KEY-006 error hmac-for-okta"], "a shared secret needs no key set"),
        ("9E", "19E", ["AUD-006 error "], "nothing trusts the server any more"),
        ("39E", "40E", ["POL-009 error "], "nothing is verified, early or late"),
    ];

    private static readonly Estate Meridian = Estate.Load("meridian");

    public static TheoryData<string, string> Sample
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (first, second) in Chosen())
            {
                data.Add(first.Name, second.Name);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sample))]
    public void Two_defects_are_the_findings_of_both(string first, string second)
    {
        var (left, right) = (Named(first), Named(second));
        var estate = Meridian.Copy();
        left.Apply(estate);
        right.Apply(estate);
        var expected = Said(left).Concat(Said(right)).Order(StringComparer.Ordinal);
        Assert.Equal(expected, Outcome.Keys(estate.AuditAsDeclared()));
    }

    public static TheoryData<string, string> Hidden
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var mask in Masks)
            {
                data.Add(mask.First, mask.Second);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Hidden))]
    public void A_defect_that_takes_away_what_another_is_about_hides_it(string first, string second)
    {
        var mask = Array.Find(Masks, mask => mask.First == first && mask.Second == second);
        var estate = Meridian.Copy();
        Named(first).Apply(estate);
        Named(second).Apply(estate);
        var said = Outcome.Keys(estate.AuditAsDeclared());
        Assert.True(mask.Said.SequenceEqual(said, StringComparer.Ordinal), $"{mask.Why}: {string.Join(", ", said)}");
    }

    private static Mutation Named(string name) => MutationTable.All.Single(mutation => mutation.Name == name);

    private static readonly ConcurrentDictionary<string, ImmutableArray<string>> Known = new(StringComparer.Ordinal);

    private static ImmutableArray<string> Said(Mutation mutation) =>
        Known.GetOrAdd(
            mutation.Name,
            _ =>
            {
                var estate = Meridian.Copy();
                mutation.Apply(estate);
                return Outcome.Keys(estate.AuditAsDeclared());
            }
        );

    // The same sample on every machine: a linear congruential generator instead of the library's, whose numbers may change.
    private static IEnumerable<(Mutation First, Mutation Second)> Chosen()
    {
        var defects = MutationTable.All.Where(mutation => mutation.Kind == Kind.Defect && Rows.Contains(mutation.Row)).ToList();
        var changes = defects.ToDictionary(mutation => mutation.Name, Changed, StringComparer.Ordinal);
        var pairs = new SortedSet<(int, int)>();
        var state = 20261120u;
        for (var tries = 0; pairs.Count < Pairs && tries < 10_000; tries++)
        {
            state = unchecked((state * 1664525u) + 1013904223u);
            var first = (int)(state >> 8) % defects.Count;
            state = unchecked((state * 1664525u) + 1013904223u);
            var second = (int)(state >> 8) % defects.Count;
            var (left, right) = (defects[Math.Min(first, second)], defects[Math.Max(first, second)]);
            if (
                first != second
                && !changes[left.Name].Overlaps(changes[right.Name])
                && !Hides(left.Row, right.Row)
                && !Hides(right.Row, left.Row)
            )
            {
                pairs.Add((Math.Min(first, second), Math.Max(first, second)));
            }
        }

        return pairs.Select(pair => (defects[pair.Item1], defects[pair.Item2]));
    }

    private static bool Hides(int first, int second) =>
        (first == TakesTrustAway && NeedsTrust.Contains(second))
        || Array.Exists(Masks, mask => mask.First == $"{first}E" && mask.Second == $"{second}E");

    private static HashSet<string> Changed(Mutation mutation)
    {
        var estate = Meridian.Copy();
        mutation.Apply(estate);
        return
        [
            .. estate.Paths.Where(path => !Meridian.Has(path) || estate.Text(path) != Meridian.Text(path)),
            .. Meridian.Paths.Where(path => !estate.Has(path)),
        ];
    }
}
