using Auditor.Trace.Conditions;

namespace Auditor.Trace;

/// <summary>
/// The points on which the vendors' documents are silent or contradict each other. Each is a switch that an analysis computes both ways: an answer that depends on it is
/// open, and names it. A point that a live test settles becomes a constant here and nowhere else.
/// </summary>
/// <param name="Name">A stable name.</param>
/// <param name="Question">The point as a clause that begins with <c>whether</c>.</param>
/// <param name="Source">What the documents say, with their date.</param>
public sealed record Reading(string Name, string Question, string Source)
{
    /// <summary>Whether <c>~~</c> matches the whole string, like Pattern.matches, or a part of it.</summary>
    public static Reading RegexMatchesWhole { get; } =
        new(
            "regex-matches-whole",
            "whether JavaRegex (~~) matches the whole value or a part of it",
            "conditions reference, 2026-04-10: silent"
        );

    /// <summary>Whether a final <c>*</c> of a path pattern also stands for an empty segment.</summary>
    public static Reading EmptyLastSegment { get; } =
        new(
            "empty-last-segment",
            "whether MatchesPath \"/x/*\" covers \"/x/\"",
            "conditions reference: '*' is exactly one segment; a public condition example: it does"
        );

    /// <summary>Whether a final <c>/**</c> also stands for nothing.</summary>
    public static Reading DoubleStarCoversParent { get; } =
        new(
            "double-star-covers-parent",
            "whether MatchesPath \"/x/**\" covers \"/x\"",
            "conditions reference: '**' is one or more levels; calibrated by nobody"
        );

    /// <summary>Whether a VerifyJWT that failed and continued has set the claim variables.</summary>
    public static Reading FailedVerifySetsClaims { get; } =
        new("failed-verify-sets-claims", "whether a VerifyJWT that failed and continued sets its claim variables", "no source");

    /// <summary>Whether an audience with a comma is one string or a list.</summary>
    public static Reading AudienceIsList { get; } =
        new("audience-is-list", "whether a comma in <Audience> makes it a list", "XSD 2024: list type; SAP copy: one string");

    /// <summary>Whether a claim test with array="true" means equality or containment.</summary>
    public static Reading ClaimArrayContains { get; } =
        new("claim-array-contains", "whether <Claim array=\"true\"> compares whole arrays or looks for members", "no source");

    /// <summary>Whether several scopes in the Scope of an OAuthV2 verification are alternatives.</summary>
    public static Reading ScopesAreAlternatives { get; } =
        new(
            "scopes-are-alternatives",
            "whether one of several scopes in <Scope> of VerifyAccessToken suffices",
            "public policy digest: any one suffices; SAP copy: 'must be present'"
        );

    /// <summary>Whether the legacy <c>jwt.*.claim.*</c> variables carry arrays as JSON text.</summary>
    public static Reading LegacyClaimIsJson { get; } =
        new(
            "legacy-claim-is-json",
            "whether jwt.<policy>.claim.* variables carry arrays as JSON text",
            "documented for decoded.claim.* only"
        );

    /// <summary>Whether a fault in a flow hook is handled by the fault rules of the endpoint it belongs to.</summary>
    public static Reading HookFaultsMeetFaultRules { get; } =
        new(
            "hook-faults-meet-fault-rules",
            "whether a fault in a flow hook is handled by the fault rules of the endpoint",
            "fault handling page, 2026-04-10: fault rules are those of the endpoint where the error occurred; silent about hooks"
        );

    /// <summary>Whether the CORS policy also answers an OPTIONS request that no browser sends: one without an origin.</summary>
    public static Reading PreflightWithoutOrigin { get; } =
        new(
            "preflight-without-origin",
            "whether the CORS policy also answers OPTIONS requests without an Origin header",
            "Fetch standard: a preflight has an origin; CORS policy page, 2026-04: silent"
        );

    /// <summary>Whether the people condition of a rule counts for client credentials, where there is no user.</summary>
    public static Reading ServicesIgnorePeople { get; } =
        new(
            "services-ignore-people",
            "does a rule's people condition count for client_credentials",
            "Okta, configure an access policy, 2026-08: people conditions belong to grants with a user; not measured"
        );

    /// <summary>Whether naming the group Everyone by its id switches the exclusions of a rule off, as the word EVERYONE does.</summary>
    public static Reading EveryoneByIdVoidsExclusion { get; } =
        new(
            "everyone-by-id-voids-exclusion",
            "do a rule's exclusions count when it names the group Everyone by its id",
            "Okta, create a custom authorization server with Terraform, 2026-08: documented for the word EVERYONE only"
        );

    /// <summary>Whether a rule that names no users and no groups matches any assigned user, or nobody.</summary>
    public static Reading NoPeopleIsAnybody { get; } =
        new(
            "no-people-is-anybody",
            "does a rule without users and groups match any assigned user",
            "Okta, create a custom authorization server with Terraform, 2026-08: any assigned user, loosely worded"
        );

    /// <summary>Whether a rule with an empty list of scopes grants no custom scope, or all.</summary>
    public static Reading NoScopesIsNone { get; } =
        new("no-scopes-is-none", "does a rule with an empty list of scopes grant none of them", "no source; recorded rules have the list");

    /// <summary>The pattern reading that the documents support best.</summary>
    public static PatternReading BestPatterns { get; } =
        new(RegexMatchesWhole: true, EmptyLastSegment: true, DoubleStarCoversParent: false);
}
