using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Key;

/// <summary>A key set is cached by hand for longer than a rotation allows.</summary>
public sealed class JwksCacheOutlivesRotation : IRule<TokenCheck>
{
    // What Apigee itself caches a key set for, in seconds (discuss.google.dev/t/158938): nobody can complain about as much.
    private const int BuiltIn = 300;

    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-003",
        Name = "jwks-cache-outlives-rotation",
        Title = "A key set is cached by hand for longer than a rotation allows",
        Level = Level.Warning,
        SecuritySeverity = 6.7,
        Cwe = 672,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Keys.FirstOrDefault(key => key.Form == JwtKeyForm.Jwks) is not { Setting.Reference: { } variable })
        {
            return subject.Keys.Any(key => key.Form == JwtKeyForm.JwksUri) ? Verdict.Pass : Verdict.NotApplicable;
        }

        if (StoreOf(subject, variable) is not { } store)
        {
            return Verdict.NotApplicable;
        }

        if (RefetchesUnknownKeys(subject))
        {
            return Verdict.Pass;
        }

        if (Seconds(store) is not { } seconds)
        {
            return new Verdict.Open(
                $"how long PopulateCache '{store.Name}' keeps the key set of {subject.Policy.Kind} '{subject.Policy.Name}' is not known",
                "a literal TimeoutInSeconds",
                store.TimeToLive?.Location ?? store.Location
            );
        }

        return seconds <= BuiltIn ? Verdict.Pass : Fail(subject, store, seconds);
    }

    private static Verdict.Fail Fail(TokenCheck subject, PopulateCachePolicy store, int seconds)
    {
        var manual = string.Equals(subject.Server?.Signing?.RotationMode, "MANUAL", StringComparison.Ordinal);
        var span = Span(seconds);
        return new Verdict.Fail
        {
            Message =
                $"PopulateCache '{store.Name}' keeps the key set of {subject.Policy.Kind} '{subject.Policy.Name}' for {span}, and nothing fetches it anew for a key id that is not in it: after "
                + (manual ? "a manual or emergency rotation" : "an emergency rotation")
                + $" good tokens are refused, and tokens of a withdrawn key accepted, for up to {span}.",
            Location = store.TimeToLive?.Location ?? store.Location,
            Cause = Names.Of(subject.Owner, subject.Endpoint.Program.Organization) + "/" + store.Name,
            Level = manual ? Level.Error : Level.Warning,
            SecuritySeverity = manual ? 6.7 : 5.9,
            Facts = [new Fact("gateway", "time to live", span, store.TimeToLive?.Location ?? store.Location)],
            Related = [new RelatedPlace(subject.Location, "the policy that verifies with it")],
            Remedy =
                "Give VerifyJWT the address of the key set (<JWKS uri=\"…\"/>): Apigee then caches it for 300 seconds. Or fetch again when the token's kid is not in the cached set.",
        };
    }

    // The policy that puts the key set into a cache, in the bundle of the check or of the proxy.
    private static PopulateCachePolicy? StoreOf(TokenCheck subject, string variable)
    {
        var policies = subject.Owner.Policies.Values.Concat(subject.Endpoint.Program.Bundle.Policies.Values).ToList();
        var names = new HashSet<string>(StringComparer.Ordinal) { VariableName.Canonical(variable) };
        names.UnionWith(
            policies
                .OfType<ServiceCalloutPolicy>()
                .Where(callout => callout.ResponseVariable is not null && CalloutRecogniser.Recognise(callout) == CalloutKind.Keys)
                .Select(callout => callout.ResponseVariable! + ".content")
        );
        var cache = policies
            .OfType<LookupCachePolicy>()
            .FirstOrDefault(lookup => lookup.AssignTo is { } assigned && names.Contains(VariableName.Canonical(assigned)));
        return policies
            .OfType<PopulateCachePolicy>()
            .FirstOrDefault(populate =>
                populate.Enabled
                && (
                    (populate.Source is { } source && names.Contains(VariableName.Canonical(source)))
                    || (cache is not null && SameEntry(populate, cache))
                )
            );
    }

    private static bool SameEntry(PopulateCachePolicy populate, LookupCachePolicy lookup) =>
        string.Equals(populate.CacheResource, lookup.CacheResource, StringComparison.Ordinal)
        && populate.Key is { } left
        && lookup.Key is { } right
        && left.Fragments.Select(fragment => (fragment.Text, fragment.Reference))
            .SequenceEqual(right.Fragments.Select(fragment => (fragment.Text, fragment.Reference)));

    // A step that fetches or forgets the set is decided by something about a key id.
    private static bool RefetchesUnknownKeys(TokenCheck subject) =>
        subject
            .Endpoint.Program.Bundle.ProxyEndpoints.SelectMany(endpoint =>
                endpoint.Flows.Append(endpoint.PreFlow).Append(endpoint.PostFlow).SelectMany(flow => flow.Request)
            )
            .Concat(subject.Owner.SharedFlows.SelectMany(flow => flow.Steps))
            .Any(step =>
                step.Condition is { } condition
                && VariableUses.Of(condition).Any(use => use.Variable.Contains("kid", StringComparison.OrdinalIgnoreCase))
                && (subject.Owner.FindPolicy(step.Policy) ?? subject.Endpoint.Program.Bundle.FindPolicy(step.Policy))
                    is ServiceCalloutPolicy
                        or InvalidateCachePolicy
            );

    private static int? Seconds(PopulateCachePolicy store) =>
        store.TimeToLive is { Reference: null, Text: var text }
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : null;

    private static string Span(int seconds) =>
        seconds % 86400 == 0 ? Plural(seconds / 86400, "day")
        : seconds % 3600 == 0 ? Plural(seconds / 3600, "hour")
        : seconds % 60 == 0 ? Plural(seconds / 60, "minute")
        : Plural(seconds, "second");

    private static string Plural(int count, string unit) =>
        $"{count.ToString(CultureInfo.InvariantCulture)} {unit}{(count == 1 ? "" : "s")}";
}
