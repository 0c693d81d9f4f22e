using Auditor.Model.Drift;
using Auditor.Testing;

namespace Auditor.History.Tests;

/// <summary>Which way a change goes, where several of its fields say different things.</summary>
public sealed class Directions
{
    /// <summary>The bad day adds an algorithm and an element that VerifyJWT ignores: the first weakens, and the second must not pass for an improvement.</summary>
    [Fact]
    public void One_more_algorithm_weakens_a_check_whatever_else_was_written_into_it()
    {
        var check = Changes("meridian", "meridian-bad-day").First(IsCheck);
        Assert.Equal(ChangeDirection.Weakens, check.Direction);
        Assert.Equal(ChangeDirection.Weakens, check.Fields.Single(field => field.Path == "VerifyJWT/Algorithm").Direction);
        Assert.Equal(ChangeDirection.Unclear, check.Fields.Single(field => field.Path == "VerifyJWT/Scope").Direction);
    }

    [Fact]
    public void One_algorithm_less_strengthens_it()
    {
        var check = Changes("meridian-bad-day", "meridian").First(IsCheck);
        Assert.Equal(ChangeDirection.Strengthens, check.Fields.Single(field => field.Path == "VerifyJWT/Algorithm").Direction);
    }

    private static IEnumerable<EntityChange> Changes(string before, string after) =>
        Estates.Compare(Landscape(before), Landscape(after)).Changes;

    private static Model.Landscape Landscape(string name) => Estate.Load(name).Read(input => input.Landscape);

    private static bool IsCheck(EntityChange change) =>
        change.EntityKind == "VerifyJWT policy" && change.Title.Contains("payments-v1", StringComparison.Ordinal);
}
