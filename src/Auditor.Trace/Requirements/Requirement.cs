using Auditor.Model;

namespace Auditor.Trace;

/// <summary>Whether a token gets through.</summary>
/// <param name="Answer">Yes, no, or not known.</param>
/// <param name="Unknowns">What would have to be known, when it is not.</param>
public readonly record struct TokenAccess(bool? Answer, ImmutableArray<TraceUnknown> Unknowns);

/// <summary>
/// What a token that is in order (signature, issuer, audience, lifetime) must have so that some request with it reaches the backend through an operation: scopes,
/// groups, further claims, attributes of the app behind a key. Two bounds, because scripts and withheld values may decide too: what suffices whatever they do, and what
/// is necessary whatever they do. Mostly both are the same.
/// </summary>
public sealed record Requirement
{
    /// <summary>With this, a request gets through whatever is not known.</summary>
    public required TokenFormula Sufficient { get; init; }

    /// <summary>Without this, no request gets through whatever is not known.</summary>
    public required TokenFormula Necessary { get; init; }

    /// <summary>What makes the difference between the two; empty when they are the same.</summary>
    public ImmutableArray<TraceUnknown> Unknowns { get; init; } = [];

    /// <summary>Nothing is demanded.</summary>
    public static Requirement None { get; } = new() { Sufficient = TokenFormula.Anything, Necessary = TokenFormula.Anything };

    /// <summary>Whether what is demanded is known exactly.</summary>
    public bool IsExact => Unknowns.IsEmpty;

    /// <summary>The questions about claims, in the order of their words.</summary>
    public IEnumerable<TokenAtom> Atoms =>
        Necessary
            .Cases.Concat(Sufficient.Cases)
            .SelectMany(one => one.Demands)
            .Select(demand => demand.Atom)
            .DistinctBy(atom => atom.Words, StringComparer.Ordinal)
            .OrderBy(atom => atom.Words, StringComparer.Ordinal);

    /// <summary>Whether any scope is asked about.</summary>
    public bool AsksForScopes => Atoms.Any(atom => atom.Claim.IsScope);

    /// <summary>The scopes without which no token gets through, ordered.</summary>
    public ImmutableArray<string> RequiredScopes => Members(claim => claim.IsScope);

    /// <summary>The groups without which no token gets through, ordered.</summary>
    public ImmutableArray<string> RequiredGroups => Members(claim => claim.Name == "groups");

    /// <summary>What is demanded, in words.</summary>
    public string Words =>
        IsExact ? Necessary.Words
        : Sufficient.IsNothing ? $"at least {Necessary.Words}, and what {Unknowns[0].What} asks for"
        : $"{Sufficient.Words}; what is not known may ask for less, but not for less than {Necessary.Words}";

    /// <summary>Whether a token gets through.</summary>
    public TokenAccess Allows(TokenContents token)
    {
        if (Sufficient.Holds(token) == true)
        {
            return new TokenAccess(true, []);
        }

        if (Necessary.Holds(token) == false)
        {
            return new TokenAccess(false, []);
        }

        return new TokenAccess(
            null,
            IsExact
                ? [new TraceUnknown("the text that a list of several members has", "the order of the members in the claim", null)]
                : Unknowns
        );
    }

    /// <summary>
    /// The smallest sets of scopes with which a token may get through, if its other claims suit. Scopes that a pattern accepts come from the known ones.
    /// </summary>
    /// <param name="known">The scopes that exist.</param>
    public ImmutableArray<ImmutableArray<string>> ScopeSets(IEnumerable<string> known)
    {
        const int MaxCandidates = 14;
        var all = known.ToImmutableArray();
        var candidates = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var atom in Atoms.Where(atom => atom.Claim.IsScope))
        {
            switch (atom.Test)
            {
                case TokenTest.Has has:
                    candidates.Add(has.Member);
                    break;
                case TokenTest.Text text:
                    candidates.UnionWith(all.Where(scope => text.Test.Accepts([scope]) != false));
                    break;
                default:
                    break;
            }
        }

        var result = new List<ImmutableArray<string>>();
        var names = candidates.Take(MaxCandidates).ToArray();
        foreach (
            var subset in Enumerable
                .Range(0, 1 << names.Length)
                .Select(bits => (uint)bits)
                .OrderBy(System.Numerics.BitOperations.PopCount)
                .ThenBy(bits => bits)
        )
        {
            var scopes = names.Where((_, i) => (subset & (1u << i)) != 0).ToImmutableArray();
            if (
                !result.Exists(smaller => smaller.All(scope => scopes.Contains(scope, StringComparer.Ordinal)))
                && Necessary.Holds(TokenContents.WithScopes(scopes)) != false
            )
            {
                result.Add(scopes);
            }
        }

        return [.. result];
    }

    private ImmutableArray<string> Members(Func<TokenClaim, bool> claims)
    {
        SortedSet<string>? result = null;
        foreach (var one in Necessary.Cases)
        {
            var own = one
                .Demands.Where(demand => demand.IsPositive && claims(demand.Atom.Claim))
                .Select(demand => demand.Atom.Test)
                .OfType<TokenTest.Has>()
                .Select(has => has.Member);
            if (result is null)
            {
                result = new SortedSet<string>(own, StringComparer.Ordinal);
            }
            else
            {
                result.IntersectWith(own);
            }
        }

        return result is null ? [] : [.. result];
    }
}
