using Auditor.Trace.Conditions;
using Auditor.Trace.Languages;

namespace Auditor.Trace;

/// <summary>How claims that nothing is said about are taken.</summary>
public enum OtherClaims
{
    /// <summary>They are not there.</summary>
    Absent,

    /// <summary>They may be whatever suits the request: the question is whether some such token gets through.</summary>
    AsLiked,

    /// <summary>They are not known.</summary>
    Unknown,
}

/// <summary>The answer of a token to a question about a claim.</summary>
public enum TokenAnswer
{
    /// <summary>No.</summary>
    No,

    /// <summary>Yes.</summary>
    Yes,

    /// <summary>It depends on the order of the members, or on what is not known.</summary>
    Unknown,

    /// <summary>Whichever suits.</summary>
    AsLiked,
}

/// <summary>What a token holds.</summary>
public sealed record TokenContents
{
    /// <summary>The claims that are lists: <c>scp</c>, <c>groups</c>. Exactly these members.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Lists { get; init; } =
        ImmutableDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);

    /// <summary>The claims with one value, as text; null: the claim is not there.</summary>
    public ImmutableDictionary<string, string?> Texts { get; init; } = ImmutableDictionary.Create<string, string?>(StringComparer.Ordinal);

    /// <summary>What holds for all other claims.</summary>
    public OtherClaims Others { get; init; } = OtherClaims.AsLiked;

    /// <summary>A token with exactly these scopes. Introspection and Apigee have them in <c>scope</c>, Okta's tokens in <c>scp</c>.</summary>
    public static TokenContents WithScopes(IEnumerable<string> scopes)
    {
        var list = scopes.ToImmutableArray();
        var contents = new TokenContents();
        return contents with { Lists = contents.Lists.Add("scp", list).Add("scope", list) };
    }

    /// <summary>The same token with exactly these groups.</summary>
    public TokenContents WithGroups(IEnumerable<string> groups) => this with { Lists = Lists.SetItem("groups", [.. groups]) };

    /// <summary>The answer to a question about a claim.</summary>
    public TokenAnswer Answers(TokenAtom atom)
    {
        ArgumentNullException.ThrowIfNull(atom);
        var name = atom.Claim.Kind == TokenCheckKind.ApiKey ? "app:" + atom.Claim.Name : atom.Claim.Name;
        if (Lists.TryGetValue(name, out var members))
        {
            return atom.Test switch
            {
                TokenTest.Has has => Of(members.Contains(has.Member, StringComparer.Ordinal)),
                TokenTest.Text text => Of(text.Test.Accepts(members, KnownLanguages.Current)),
                TokenTest.Absent => TokenAnswer.No,
                TokenTest.Value value => Of(
                    new ClaimText(ClaimForm.Json, value.Operator, value.Constant).Accepts(members, KnownLanguages.Current)
                ),
                _ => TokenAnswer.Unknown,
            };
        }

        if (Texts.TryGetValue(name, out var known))
        {
            return atom.Test switch
            {
                TokenTest.Other => TokenAnswer.Unknown,
                _ => Of(OfText(atom.Test, known)),
            };
        }

        return Others switch
        {
            OtherClaims.AsLiked => TokenAnswer.AsLiked,
            OtherClaims.Unknown => TokenAnswer.Unknown,
            _ => atom.Test is TokenTest.Other ? TokenAnswer.Unknown : Of(OfText(atom.Test, null)),
        };
    }

    private static bool? OfText(TokenTest test, string? text) =>
        test switch
        {
            TokenTest.Absent => text is null,
            TokenTest.Value value when text is null && value.Prefix.Length == 0 => ConditionSemantics.WithNull(value.Operator, true, false),
            TokenTest.Value value => ConditionSemantics.Evaluate(
                value.Operator,
                value.Prefix + text,
                value.Constant,
                KnownLanguages.Current,
                value.Reading
            ),
            _ when text is null => false,
            TokenTest.Has has => text.Split(' ').Contains(has.Member, StringComparer.Ordinal),
            TokenTest.Text list => ConditionSemantics.Evaluate(
                list.Test.Operator,
                text,
                list.Test.Pattern,
                KnownLanguages.Current,
                Reading.BestPatterns
            ),
            _ => null,
        };

    private static TokenAnswer Of(bool? answer) =>
        answer switch
        {
            true => TokenAnswer.Yes,
            false => TokenAnswer.No,
            null => TokenAnswer.Unknown,
        };
}
