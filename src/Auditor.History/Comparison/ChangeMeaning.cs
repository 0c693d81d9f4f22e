using Auditor.History.Snapshots;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>
/// What a change means: how much it matters and which way it goes. A table over kinds of entities and fields; the first entry that fits decides. Where direction shows in the values,
/// the entry reads it there; where it does not, the change is unclear and counts as much as its field does.
/// </summary>
internal static class ChangeMeaning
{
    private static readonly string[] WeakGrants = ["implicit", "password"];

    // The policies that decide who gets in.
    private static readonly string[] Verifying =
    [
        "VerifyJWT policy",
        "VerifyJWS policy",
        "OAuthV2 policy",
        "VerifyAPIKey policy",
        "ValidateSAMLAssertion policy",
        "BasicAuthentication policy",
        "HMAC policy",
        "AccessControl policy",
    ];

    /// <summary>Weighs the change of a field.</summary>
    /// <param name="kind">The kind of entity.</param>
    /// <param name="difference">The change.</param>
    /// <param name="kindOfPolicy">The kind of the policy that a step names; null when there is none of that name.</param>
    public static (ChangeImpact Impact, ChangeDirection Direction) Of(
        string kind,
        FieldDifference difference,
        Func<string, string?> kindOfPolicy
    )
    {
        var path = difference.Path;
        return kind switch
        {
            _ when path is "Name" or "Label" => (ChangeImpact.Cosmetic, ChangeDirection.Unclear),
            "authorization server" => OfServer(difference),
            "access policy" => path switch
            {
                "Clients" => Grows(difference, "ALL_CLIENTS"),
                "Status" => OfStatus(difference, ChangeImpact.High),
                _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
            },
            "access rule" => OfAccessRule(difference),
            "client" => OfClient(difference),
            "scope" => path is "Consent" && Is(difference.Before, "REQUIRED")
                ? (ChangeImpact.Medium, ChangeDirection.Weakens)
                : (ChangeImpact.Medium, ChangeDirection.Unclear),
            "claim" => (ChangeImpact.High, ChangeDirection.Unclear),
            "group rule" or "inline hook" or "trusted origin" or "network zone" => (ChangeImpact.High, ChangeDirection.Unclear),
            "AI agent" => (ChangeImpact.Medium, ChangeDirection.Unclear),
            "flow hook" => path is "ContinueOnError"
                ? (ChangeImpact.Critical, Is(difference.After, "false") ? ChangeDirection.Strengthens : ChangeDirection.Weakens)
                : (
                    ChangeImpact.Critical,
                    difference.After is null ? ChangeDirection.Weakens
                    : difference.Before is null ? ChangeDirection.Strengthens
                    : ChangeDirection.Unclear
                ),
            "API product" => OfProduct(difference),
            "app" => path.EndsWith("/Products", StringComparison.Ordinal) ? Grows(difference, null)
            : path.EndsWith("/Secret", StringComparison.Ordinal) ? (ChangeImpact.Low, ChangeDirection.Unclear)
            : (ChangeImpact.Medium, ChangeDirection.Unclear),
            "key value map" when path is "Encrypted" => (
                ChangeImpact.High,
                Is(difference.After, "true") ? ChangeDirection.Strengthens : ChangeDirection.Weakens
            ),
            "target server" or "target endpoint" when Tls(difference) is { } meaning => meaning,
            "target server" => (ChangeImpact.High, ChangeDirection.Unclear),
            "target endpoint" when path.StartsWith("Connection", StringComparison.Ordinal) => (ChangeImpact.High, ChangeDirection.Unclear),
            "proxy endpoint" or "target endpoint" or "shared flow" => OfFlow(difference, kindOfPolicy),
            "resource" => (ChangeImpact.High, ChangeDirection.Unclear),
            "operation access" or "token grant" => OfAccess(difference),
            _ when kind.EndsWith(" policy", StringComparison.Ordinal) => OfPolicy(kind, difference),
            _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
        };
    }

    /// <summary>Weighs an entity that came or went.</summary>
    public static (ChangeImpact Impact, ChangeDirection Direction) Of(Entity entity, bool isAdded)
    {
        var (impact, direction) = entity.Kind switch
        {
            // An entry that widens when it comes.
            "access rule" when Holds(entity, "GrantTypes", WeakGrants) => (ChangeImpact.Critical, ChangeDirection.Weakens),
            "access rule" or "API product" or "trusted origin" or "API token" or "proxy endpoint" or "token grant" => (
                ChangeImpact.High,
                ChangeDirection.Weakens
            ),
            "access policy" or "client" or "scope" or "authorization server" or "app" or "AI agent" or "operation access" => (
                ChangeImpact.Medium,
                ChangeDirection.Weakens
            ),
            // A control that strengthens when it comes.
            "flow hook" when Field(entity, "SharedFlow") is not null => (ChangeImpact.Critical, ChangeDirection.Strengthens),
            "log stream" => (ChangeImpact.High, ChangeDirection.Strengthens),
            // A policy does nothing by being there: the step that runs it counts, and is told by its flow.
            _ when Verifying.Contains(entity.Kind, StringComparer.Ordinal) => (ChangeImpact.High, ChangeDirection.Strengthens),
            "flow hook" => (ChangeImpact.Low, ChangeDirection.Unclear),
            "group" or "developer" or "deployment" => (ChangeImpact.Low, ChangeDirection.Unclear),
            _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
        };
        return isAdded ? (Added(impact, direction), direction) : (Removed(impact, direction), Reverse(direction));
    }

    private static ChangeImpact Added(ChangeImpact impact, ChangeDirection direction) =>
        direction == ChangeDirection.Strengthens && impact > ChangeImpact.Medium ? ChangeImpact.Medium : impact;

    private static ChangeImpact Removed(ChangeImpact impact, ChangeDirection direction) =>
        direction == ChangeDirection.Weakens && impact > ChangeImpact.Medium ? ChangeImpact.Medium : impact;

    private static ChangeDirection Reverse(ChangeDirection direction) =>
        direction switch
        {
            ChangeDirection.Weakens => ChangeDirection.Strengthens,
            ChangeDirection.Strengthens => ChangeDirection.Weakens,
            _ => ChangeDirection.Unclear,
        };

    private static (ChangeImpact, ChangeDirection) OfServer(FieldDifference difference) =>
        difference.Path switch
        {
            "Audiences" or "Issuer" or "IssuerMode" or "Status" => (ChangeImpact.Critical, ChangeDirection.Unclear),
            "Signing/RotationMode" => Is(difference.After, "MANUAL")
                ? (ChangeImpact.High, ChangeDirection.Weakens)
                : (ChangeImpact.Low, ChangeDirection.Strengthens),
            "TrustedServers" => Grows(difference, null),
            _ => (ChangeImpact.High, ChangeDirection.Unclear),
        };

    private static (ChangeImpact, ChangeDirection) OfAccessRule(FieldDifference difference) =>
        difference.Path switch
        {
            "Status" => OfStatus(difference, ChangeImpact.High),
            "GrantTypes" when difference.Gained.Any(item => WeakGrants.Contains(item.Text, StringComparer.Ordinal)) => (
                ChangeImpact.Critical,
                ChangeDirection.Weakens
            ),
            "GrantTypes" => Grows(difference, null),
            "Scopes" => Grows(difference, "*"),
            "Groups" => Grows(difference, "EVERYONE"),
            "Users" => Grows(difference, null),
            "ExcludedGroups" or "ExcludedUsers" => (
                ChangeImpact.High,
                difference.Lost.IsEmpty ? ChangeDirection.Strengthens : ChangeDirection.Weakens
            ),
            "AccessTokenMinutes" => Lifetime(difference, unlimited: null),
            // Zero is no end.
            "RefreshTokenMinutes" => Lifetime(difference, unlimited: 0),
            "RefreshTokenWindowMinutes" => Lifetime(difference, unlimited: null),
            _ => (ChangeImpact.High, ChangeDirection.Unclear),
        };

    private static (ChangeImpact, ChangeDirection) OfClient(FieldDifference difference) =>
        difference.Path switch
        {
            "Status" => OfStatus(difference, ChangeImpact.Medium),
            "TokenEndpointAuthMethod" => Is(difference.After, "none")
                ? (ChangeImpact.Critical, ChangeDirection.Weakens)
                : (ChangeImpact.High, Is(difference.Before, "none") ? ChangeDirection.Strengthens : ChangeDirection.Unclear),
            "GrantTypes" when difference.Gained.Any(item => WeakGrants.Contains(item.Text, StringComparer.Ordinal)) => (
                ChangeImpact.High,
                ChangeDirection.Weakens
            ),
            "GrantTypes" or "ResponseTypes" or "Groups" => Grows(difference, null),
            "RedirectUris" or "Grants" => difference.Gained.IsEmpty
                ? (ChangeImpact.Medium, difference.Lost.IsEmpty ? ChangeDirection.Unclear : ChangeDirection.Strengthens)
                : (ChangeImpact.High, ChangeDirection.Weakens),
            "PkceRequired" or "DpopBound" or "ZoneBound" => Is(difference.After, "true")
                ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
                : (ChangeImpact.High, ChangeDirection.Weakens),
            "ImplicitAssignment" => Is(difference.After, "true")
                ? (ChangeImpact.High, ChangeDirection.Weakens)
                : (ChangeImpact.Medium, ChangeDirection.Strengthens),
            "RefreshTokenRotation" => Is(difference.After, "STATIC")
                ? (ChangeImpact.Medium, ChangeDirection.Weakens)
                : (ChangeImpact.Medium, ChangeDirection.Unclear),
            _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
        };

    private static (ChangeImpact, ChangeDirection) OfProduct(FieldDifference difference) =>
        difference.Path switch
        {
            "Proxies" or "Operations" or "Scopes" or "ApiResources" => difference.Gained.IsEmpty
                ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
                : (ChangeImpact.High, difference.Lost.IsEmpty ? ChangeDirection.Weakens : ChangeDirection.Unclear),
            // No environment means all of them.
            "Environments" => difference.After is null ? (ChangeImpact.High, ChangeDirection.Weakens)
            : difference.Before is null ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
            : Grows(difference, null),
            "ApprovalType" => Is(difference.After, "auto")
                ? (ChangeImpact.High, ChangeDirection.Weakens)
                : (ChangeImpact.Medium, ChangeDirection.Strengthens),
            "Quota" => (ChangeImpact.Medium, difference.After is null ? ChangeDirection.Weakens : ChangeDirection.Unclear),
            _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
        };

    private static (ChangeImpact, ChangeDirection) OfFlow(FieldDifference difference, Func<string, string?> kindOfPolicy)
    {
        var path = difference.Path;
        if (path.EndsWith("/Condition", StringComparison.Ordinal))
        {
            // A condition that comes makes its step, flow or route apply to less.
            return (ChangeImpact.High, ChangeDirection.Unclear);
        }

        if (difference.Before?.Semantics == FieldSemantics.Sequence || difference.After?.Semantics == FieldSemantics.Sequence)
        {
            var lost = difference.Lost.Any(step => IsVerifying(step.Text, kindOfPolicy));
            var gained = difference.Gained.Any(step => IsVerifying(step.Text, kindOfPolicy));
            return (lost, gained) switch
            {
                (true, false) => (ChangeImpact.Critical, ChangeDirection.Weakens),
                (true, true) => (ChangeImpact.Critical, ChangeDirection.Unclear),
                (false, true) => (ChangeImpact.High, ChangeDirection.Strengthens),
                _ => (ChangeImpact.Medium, ChangeDirection.Unclear),
            };
        }

        return
            path.StartsWith("RouteRules", StringComparison.Ordinal)
            || path.StartsWith("Flows", StringComparison.Ordinal)
            || path is "BasePath"
            ? (ChangeImpact.High, ChangeDirection.Unclear)
            : (ChangeImpact.Medium, ChangeDirection.Unclear);
    }

    private static bool IsVerifying(string step, Func<string, string?> kindOfPolicy) =>
        kindOfPolicy(step) is { } kind && (Verifying.Contains(kind, StringComparer.Ordinal) || kind == "FlowCallout policy");

    private static (ChangeImpact, ChangeDirection) OfPolicy(string kind, FieldDifference difference)
    {
        var verifies = Verifying.Contains(kind, StringComparer.Ordinal);
        if (difference.Path is "enabled")
        {
            var stops = verifies || kind is "RaiseFault policy" or "FlowCallout policy";
            return Is(difference.After, "false")
                ? (stops ? ChangeImpact.Critical : ChangeImpact.High, stops ? ChangeDirection.Weakens : ChangeDirection.Unclear)
                : (ChangeImpact.Medium, stops ? ChangeDirection.Strengthens : ChangeDirection.Unclear);
        }

        if (difference.Path is "continueOnError")
        {
            return Is(difference.After, "true")
                ? (verifies ? ChangeImpact.Critical : ChangeImpact.Medium, verifies ? ChangeDirection.Weakens : ChangeDirection.Unclear)
                : (ChangeImpact.Medium, verifies ? ChangeDirection.Strengthens : ChangeDirection.Unclear);
        }

        if (!verifies)
        {
            return (ChangeImpact.Medium, ChangeDirection.Unclear);
        }

        var setting = difference.Path.Split('/').ElementAtOrDefault(1) ?? "";
        if (setting is "Algorithm")
        {
            return (ChangeImpact.Critical, OfAlgorithms(difference));
        }

        // Apigee ignores elements that a kind of policy does not know: a scope that a token check demands in vain strengthens nothing.
        if (setting is "Scope" && kind is not "OAuthV2 policy")
        {
            return (ChangeImpact.High, ChangeDirection.Unclear);
        }

        return setting is "Audience" or "Issuer" or "PublicKey" or "Scope" or "AdditionalClaims" or "Source"
            ? (
                ChangeImpact.Critical,
                difference.Kind switch
                {
                    FieldChangeKind.Removed => ChangeDirection.Weakens,
                    FieldChangeKind.Added => ChangeDirection.Strengthens,
                    _ => ChangeDirection.Unclear,
                }
            )
            : (ChangeImpact.High, ChangeDirection.Unclear);
    }

    // The algorithms stand in one text, with commas: one more lets more tokens in, one less fewer.
    private static ChangeDirection OfAlgorithms(FieldDifference difference)
    {
        var before = Names(difference.Before);
        var after = Names(difference.After);
        return before.Count == 0 || after.Count == 0 ? ChangeDirection.Unclear
            : before.IsProperSubsetOf(after) ? ChangeDirection.Weakens
            : after.IsProperSubsetOf(before) ? ChangeDirection.Strengthens
            : ChangeDirection.Unclear;

        static HashSet<string> Names(EntityField? field) =>
            (field?.Items ?? [])
                .SelectMany(item => item.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .ToHashSet(StringComparer.Ordinal);
    }

    // What Trace worked out: who reaches an operation, and which tokens are issued.
    private static (ChangeImpact, ChangeDirection) OfAccess(FieldDifference difference) =>
        difference.Path switch
        {
            AccessFact.WithoutToken => Is(difference.After, "yes") ? (ChangeImpact.Critical, ChangeDirection.Weakens)
            : Is(difference.Before, "yes") ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
            : (ChangeImpact.Medium, ChangeDirection.Unclear),
            // Each alternative is enough: more of them let more in. Where no token is asked for, there are none.
            AccessFact.Contents => difference.Before is null ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
            : difference.After is null ? (ChangeImpact.Critical, ChangeDirection.Weakens)
            : OfAlternatives(difference),
            // What a token must have: less of it lets more in.
            AccessFact.Demands => difference.Lost.IsEmpty ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
            : difference.Gained.IsEmpty ? (ChangeImpact.Critical, ChangeDirection.Weakens)
            : (ChangeImpact.Critical, ChangeDirection.Unclear),
            _ => Grows(difference, null) is var (_, direction) && direction == ChangeDirection.Weakens
                ? (ChangeImpact.High, direction)
                : Grows(difference, null),
        };

    // Whether every alternative of one side asks at least for what some alternative of the other asks for.
    private static (ChangeImpact, ChangeDirection) OfAlternatives(FieldDifference difference)
    {
        var before = difference.Before!.Items.Select(Demands).ToList();
        var after = difference.After!.Items.Select(Demands).ToList();
        var narrower = after.TrueForAll(one => before.Exists(other => other.IsSubsetOf(one)));
        var wider = before.TrueForAll(one => after.Exists(other => other.IsSubsetOf(one)));
        return (wider, narrower) switch
        {
            (true, false) => (ChangeImpact.Critical, ChangeDirection.Weakens),
            (false, true) => (ChangeImpact.Medium, ChangeDirection.Strengthens),
            _ => (ChangeImpact.Critical, ChangeDirection.Unclear),
        };

        static HashSet<string> Demands(FieldItem item) =>
            item.Text == "any token" ? [] : item.Text.Split(" and ").ToHashSet(StringComparer.Ordinal);
    }

    private static (ChangeImpact, ChangeDirection)? Tls(FieldDifference difference)
    {
        var setting = difference.Path[(difference.Path.LastIndexOf('/') + 1)..];
        return setting switch
        {
            "Enabled" or "Enforce" when difference.Path.Contains('S', StringComparison.Ordinal) => Is(difference.After, "true")
                ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
                : (ChangeImpact.Critical, ChangeDirection.Weakens),
            "IgnoreValidationErrors" => Is(difference.After, "true")
                ? (ChangeImpact.Critical, ChangeDirection.Weakens)
                : (ChangeImpact.Medium, ChangeDirection.Strengthens),
            _ => null,
        };
    }

    private static (ChangeImpact, ChangeDirection) OfStatus(FieldDifference difference, ChangeImpact activated) =>
        Is(difference.After, "ACTIVE") ? (activated, ChangeDirection.Weakens) : (ChangeImpact.Medium, ChangeDirection.Strengthens);

    // A list that lets in whatever it names.
    private static (ChangeImpact, ChangeDirection) Grows(FieldDifference difference, string? everything) =>
        difference.Gained.Any(item => item.Text == everything || item.Id == everything && everything is not null)
            ? (ChangeImpact.High, ChangeDirection.Weakens)
        : difference.Gained.IsEmpty ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
        : difference.Lost.IsEmpty ? (ChangeImpact.Medium, ChangeDirection.Weakens)
        : difference.Lost.Any(item => item.Text == everything) ? (ChangeImpact.Medium, ChangeDirection.Strengthens)
        : (ChangeImpact.Medium, ChangeDirection.Unclear);

    private static (ChangeImpact, ChangeDirection) Lifetime(FieldDifference difference, int? unlimited)
    {
        if (Number(difference.Before) is not { } before || Number(difference.After) is not { } after)
        {
            return (ChangeImpact.High, ChangeDirection.Unclear);
        }

        var longer = after == unlimited || (before != unlimited && after > before);
        return longer ? (ChangeImpact.High, ChangeDirection.Weakens) : (ChangeImpact.Low, ChangeDirection.Strengthens);
    }

    private static int? Number(EntityField? field) =>
        field is { Items: [var item] } && int.TryParse(item.Text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Is(EntityField? field, string value) => field is { Items: [var item] } && item.Text == value;

    private static EntityField? Field(Entity entity, string path) => entity.Fields.FirstOrDefault(field => field.Path == path);

    private static bool Holds(Entity entity, string path, string[] values) =>
        Field(entity, path)?.Items.Any(item => values.Contains(item.Text, StringComparer.Ordinal)) == true;
}
