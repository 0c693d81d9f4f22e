using Auditor.Testing;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>All mutations, in the order of their rows.</summary>
internal static class MutationTable
{
    public static ImmutableArray<Mutation> All { get; } =
    [
        .. Named([
            .. TokenMutations.All,
            .. ScopeMutations.All,
            .. KeyMutations.All,
            .. PathMutations.All,
            .. LifetimeMutations.All,
            .. SecretMutations.All,
            .. IntrospectionMutations.All,
            .. ClientMutations.All,
            .. EnvironmentMutations.All,
        ]),
    ];

    /// <summary>A defect.</summary>
    public static Mutation E(int row, string rule, string edit, Action<Estate> apply) => new(row, Kind.Defect, rule, edit, apply);

    /// <summary>A near miss.</summary>
    public static Mutation T(int row, string rule, string edit, Action<Estate> apply) => new(row, Kind.Twin, rule, edit, apply);

    /// <summary>The same with something that cannot be known.</summary>
    public static Mutation U(int row, string rule, string edit, Action<Estate> apply) => new(row, Kind.Unknown, rule, edit, apply);

    // Rows of one kind are told apart by a letter.
    private static IEnumerable<Mutation> Named(IEnumerable<Mutation> mutations) =>
        mutations
            .GroupBy(mutation => (mutation.Row, mutation.Kind))
            .OrderBy(group => group.Key.Row)
            .ThenBy(group => group.Key.Kind)
            .SelectMany(group =>
                group.Count() == 1 ? group : group.Select((mutation, i) => mutation with { Suffix = ((char)('a' + i)).ToString() })
            );
}
