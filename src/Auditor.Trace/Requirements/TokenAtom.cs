using Auditor.Model;
using Auditor.Trace.Conditions;

namespace Auditor.Trace;

/// <summary>What is asked of one claim.</summary>
public abstract record TokenTest
{
    private TokenTest() { }

    /// <summary>In words that follow the claim: <c>has 'orders.read'</c>.</summary>
    public abstract string Words { get; }

    /// <summary>The list has a member.</summary>
    /// <param name="Member">The member.</param>
    public sealed record Has(string Member) : TokenTest
    {
        /// <inheritdoc/>
        public override string Words => $"has '{Member}'";
    }

    /// <summary>The text of the list satisfies a test.</summary>
    /// <param name="Test">The test.</param>
    public sealed record Text(ClaimText Test) : TokenTest
    {
        /// <inheritdoc/>
        public override string Words => Test.Words;
    }

    /// <summary>The claim is not there.</summary>
    public sealed record Absent : TokenTest
    {
        /// <inheritdoc/>
        public override string Words => "is absent";
    }

    /// <summary>The text of a claim with one value satisfies a relation.</summary>
    /// <param name="Operator">The operator.</param>
    /// <param name="Prefix">A known text that stands before the claim's; mostly empty.</param>
    /// <param name="Constant">The right-hand side.</param>
    public sealed record Value(ConditionOperator Operator, string Prefix, string Constant) : TokenTest
    {
        /// <summary>How the operator's unclear points are read.</summary>
        internal PatternReading Reading { get; init; } = Auditor.Trace.Reading.BestPatterns;

        /// <inheritdoc/>
        public override string Words =>
            (Prefix.Length > 0 ? $"(after '{Prefix}') " : "") + $"{ConditionPrinter.SymbolOf(Operator)} \"{Constant}\"";
    }

    /// <summary>Something that is only known in words.</summary>
    /// <param name="What">The words.</param>
    public sealed record Other(string What) : TokenTest
    {
        /// <inheritdoc/>
        public override string Words => What;
    }
}

/// <summary>One question about one claim, with the places that ask it.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Test">What is asked.</param>
/// <param name="Places">The places that ask, in the order of the flow.</param>
public sealed record TokenAtom(TokenClaim Claim, TokenTest Test, ImmutableArray<SourceLocation> Places)
{
    /// <summary>The question in words: <c>scp has 'orders.read'</c>.</summary>
    public string Words => $"{Claim.Words} {Test.Words}";
}

/// <summary>A question about a claim that is decided by itself.</summary>
internal sealed record TokenQuestion(TokenClaim Claim, TokenTest Test, SourceLocation? Location);
