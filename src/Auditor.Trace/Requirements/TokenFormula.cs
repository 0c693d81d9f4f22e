namespace Auditor.Trace;

/// <summary>What a token must have, as a formula over questions about its claims: one of several cases, in each of which all of some answers are demanded.</summary>
/// <param name="Cases">The cases, fewest demands first. None: no token will do. One without demands: every token will.</param>
public sealed record TokenFormula(ImmutableArray<TokenCase> Cases)
{
    /// <summary>Every token will do.</summary>
    public static TokenFormula Anything { get; } = new([new TokenCase([])]);

    /// <summary>No token will do.</summary>
    public static TokenFormula Nothing { get; } = new([]);

    /// <summary>Whether every token will do.</summary>
    public bool IsAnything => Cases is [{ Demands.IsEmpty: true }];

    /// <summary>Whether no token will do.</summary>
    public bool IsNothing => Cases.IsEmpty;

    /// <summary>The formula in words: <c>scp has 'a', or groups has 'b' and not scp has 'c'</c>.</summary>
    public string Words =>
        IsNothing ? "no token will do"
        : IsAnything ? "any token will do"
        : string.Join(", or ", Cases.Select(one => one.Words));

    /// <summary>Whether a token satisfies it. Null when that depends on what is not known of the token, or on the order of its members.</summary>
    public bool? Holds(TokenContents token)
    {
        ArgumentNullException.ThrowIfNull(token);
        bool? result = false;
        foreach (var one in Cases)
        {
            switch (one.Holds(token))
            {
                case true:
                    return true;
                case null:
                    result = null;
                    break;
                default:
                    break;
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public bool Equals(TokenFormula? other) => other is not null && Cases.SequenceEqual(other.Cases);

    /// <inheritdoc/>
    public override int GetHashCode() => Cases.Length;
}

/// <summary>Demands that are all made.</summary>
/// <param name="Demands">The demands.</param>
public sealed record TokenCase(ImmutableArray<TokenDemand> Demands)
{
    /// <summary>In words.</summary>
    public string Words => Demands.IsEmpty ? "any token" : string.Join(" and ", Demands.Select(demand => demand.Words));

    /// <summary>Whether a token satisfies it; null when that is not known.</summary>
    public bool? Holds(TokenContents token)
    {
        ArgumentNullException.ThrowIfNull(token);
        bool? result = true;
        foreach (var demand in Demands)
        {
            var answer = token.Answers(demand.Atom);
            if (answer is TokenAnswer.AsLiked)
            {
                continue;
            }

            if (answer is TokenAnswer.Unknown)
            {
                result = null;
            }
            else if (answer is TokenAnswer.Yes != demand.IsPositive)
            {
                return false;
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public bool Equals(TokenCase? other) => other is not null && Demands.SequenceEqual(other.Demands);

    /// <inheritdoc/>
    public override int GetHashCode() => Demands.Length;
}

/// <summary>A question with the answer that is demanded.</summary>
/// <param name="Atom">The question.</param>
/// <param name="IsPositive">Whether yes is demanded.</param>
public sealed record TokenDemand(TokenAtom Atom, bool IsPositive)
{
    /// <summary>In words.</summary>
    public string Words => IsPositive ? Atom.Words : "not " + Atom.Words;
}
