using Auditor.Model.Drift;
using CsCheck;

namespace Auditor.History.Tests;

/// <summary>What a comparison promises: no change where nothing changed, every change where something did, and the same from either side.</summary>
public sealed class ComparisonProperties
{
    [Fact]
    public void A_state_compared_with_itself_has_not_changed()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var comparison = Estates.Compare(state, state);
        Assert.Empty(comparison.Changes);
        Assert.Empty(comparison.NotAssessed);
        Assert.Equal(state.Entities.Length, comparison.Unchanged.Length);
        Assert.True(state.Entities.Length > 100, $"{state.Entities.Length} entities are too few to show anything");
    }

    [Fact]
    public void What_is_only_written_differently_is_no_change()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        Estates
            .Rewritten(Estates.Meridian)
            .Sample(
                after =>
                    Assert.Empty(
                        Estates
                            .Compare(before, Estates.Snapshot(after))
                            .Changes.Select(change => $"{change.Title}: {string.Join("; ", change.Fields)}")
                    ),
                iter: 10_000,
                seed: "0000000000000"
            );
    }

    [Fact]
    public void A_change_of_one_field_is_found_where_it_is_with_its_weight()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var found = new Dictionary<Mutation, int>();
        Gen.Select(Gen.Int[0, Mutation.All.Length - 1], Gen.Int)
            .Sample(
                (index, seed) =>
                {
                    var mutation = Mutation.All[index];
                    if (mutation.Apply(Estates.Meridian, new Random(seed)) is not { } after)
                    {
                        return;
                    }

                    var changes = Estates.Compare(before, Estates.Snapshot(after)).Changes;
                    Assert.NotEmpty(changes);
                    Assert.All(
                        changes,
                        change =>
                        {
                            Assert.Equal(mutation.Kind, change.EntityKind);
                            Assert.Equal(EntityStatus.Modified, change.Status);
                            var field = Assert.Single(change.Fields);
                            Assert.Equal(mutation.Path, field.Path);
                            Assert.Equal(mutation.Direction, field.Direction);
                            Assert.Equal(mutation.Impact, field.Impact);
                            Assert.Equal(mutation.Impact, change.Impact);
                            Assert.Equal(mutation.Direction, change.Direction);
                        }
                    );
                    lock (found)
                    {
                        found[mutation] = found.GetValueOrDefault(mutation) + 1;
                    }
                },
                iter: 6_000,
                seed: "0000000000000"
            );
        Assert.True(found.Values.Sum() >= 5_000, $"only {found.Values.Sum()} changes could be made");
        Assert.Empty(
            Mutation.All.Except(found.Keys).Select(mutation => $"{mutation.Kind} {mutation.Path} {mutation.Direction} was never tried")
        );
    }

    [Fact]
    public void Every_kind_of_entity_is_tried() =>
        Assert.Empty(
            Estates
                .Snapshot(Estates.Meridian)
                .Entities.Select(entity => entity.Kind)
                .Distinct(StringComparer.Ordinal)
                // A policy of a bundle is written field by field from its XML, whatever its kind.
                .Where(kind => !kind.EndsWith(" policy", StringComparison.Ordinal) || kind is "VerifyJWT policy" or "access policy")
                .Except(Mutation.All.Select(mutation => mutation.Kind), StringComparer.Ordinal)
        );

    [Fact]
    public void Seen_from_the_other_side_a_comparison_is_its_mirror_image()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        Gen.Select(Gen.Int[0, Mutation.All.Length - 1], Gen.Int[0, Mutation.All.Length - 1], Gen.Int)
            .Sample(
                (first, second, seed) =>
                {
                    var random = new Random(seed);
                    var once = Mutation.All[first].Apply(Estates.Meridian, random) ?? Estates.Meridian;
                    var after = Estates.Snapshot(Mutation.All[second].Apply(once, random) ?? once);
                    var forth = Estates.Compare(before, after).Changes;
                    var back = Estates.Compare(after, before).Changes.ToDictionary(change => change.Key, StringComparer.Ordinal);
                    Assert.Equal(forth.Length, back.Count);
                    Assert.All(
                        forth,
                        change =>
                        {
                            var other = back[change.Key];
                            Assert.Equal(
                                change.Fields.Select(field => (field.Path, field.Before, field.After)),
                                other.Fields.Select(field => (field.Path, field.After, field.Before))
                            );
                            Assert.Equal(Mirrored(change.Status), other.Status);
                        }
                    );
                },
                iter: 1_000,
                seed: "0000000000000"
            );
    }

    private static EntityStatus Mirrored(EntityStatus status) =>
        status switch
        {
            EntityStatus.Added => EntityStatus.Removed,
            EntityStatus.Removed => EntityStatus.Added,
            _ => status,
        };
}
