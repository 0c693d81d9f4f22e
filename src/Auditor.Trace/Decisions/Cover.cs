namespace Auditor.Trace.Decisions;

/// <summary>
/// Writes a function of two-valued variables as a short sum of products: an irredundant cover of everything that must hold and nothing that must not (S. Minato,
/// <i>Fast generation of irredundant sum-of-products forms from binary decision diagrams</i>, 1992).
/// </summary>
/// <param name="diagram">The diagram.</param>
/// <param name="budget">How many products at most.</param>
internal sealed class Cover(Diagram diagram, int budget)
{
    private readonly Dictionary<(int Lower, int Upper), (ImmutableArray<ImmutableArray<Literal>> Products, int Function)> memo = [];

    /// <summary>A variable with a value.</summary>
    public readonly record struct Literal(int Variable, bool Value);

    /// <summary>Products that hold wherever the lower function does and only where the upper one does; null when there are too many.</summary>
    public ImmutableArray<ImmutableArray<Literal>>? Of(int lower, int upper)
    {
        var (products, _) = Find(lower, upper);
        return products.Length > budget ? null : products;
    }

    private (ImmutableArray<ImmutableArray<Literal>> Products, int Function) Find(int lower, int upper)
    {
        if (lower == Diagram.False)
        {
            return ([], Diagram.False);
        }

        if (upper == Diagram.True)
        {
            return (
                [
                    [],
                ],
                Diagram.True
            );
        }

        if (memo.TryGetValue((lower, upper), out var known))
        {
            return known;
        }

        var variable = Math.Min(diagram.TopOf(lower) ?? int.MaxValue, diagram.TopOf(upper) ?? int.MaxValue);
        var (lowerNo, lowerYes) = Split(lower, variable);
        var (upperNo, upperYes) = Split(upper, variable);
        var (no, noFunction) = Find(diagram.Without(lowerNo, upperYes), upperNo);
        var (yes, yesFunction) = Find(diagram.Without(lowerYes, upperNo), upperYes);
        var left = diagram.Or(diagram.Without(lowerNo, noFunction), diagram.Without(lowerYes, yesFunction));
        var (both, bothFunction) = Find(left, diagram.And(upperNo, upperYes));
        if (no.Length + yes.Length + both.Length > budget)
        {
            return ([.. Enumerable.Repeat(ImmutableArray<Literal>.Empty, budget + 1)], Diagram.True);
        }

        ImmutableArray<ImmutableArray<Literal>> products =
        [
            .. no.Select(product => product.Insert(0, new Literal(variable, false))),
            .. yes.Select(product => product.Insert(0, new Literal(variable, true))),
            .. both,
        ];
        var holds = diagram.Test(variable, value => value == 1);
        var function = diagram.Or(bothFunction, diagram.Or(diagram.And(holds, yesFunction), diagram.Without(noFunction, holds)));
        memo[(lower, upper)] = (products, function);
        return (products, function);
    }

    private (int No, int Yes) Split(int function, int variable)
    {
        if (diagram.TopOf(function) != variable)
        {
            return (function, function);
        }

        var children = diagram.ChildrenOf(function);
        return (children[0], children[1]);
    }
}
