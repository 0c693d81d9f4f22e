using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Int;

/// <summary>Two tokens can share an entry of the cache that saves introspection.</summary>
public sealed class IntrospectionCacheKeyWeak : IRule<TokenLookup>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "INT-003",
        Name = "introspection-cache-key-weak",
        Title = "Two tokens can share an entry of the cache of introspection answers",
        Level = Level.Error,
        SecuritySeverity = 9.2,
        Cwe = 694,
        Fix = FixKind.SemiAutomatic,
        IsCore = true,
        Subjects = "introspection callouts",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenLookup subject, AuditContext context)
    {
        Verdict result = subject.Caches.IsEmpty ? Verdict.NotApplicable : Verdict.Pass;
        foreach (var cache in subject.Caches)
        {
            switch (Judge(subject, cache))
            {
                case Verdict.Fail fail:
                    return fail;
                case Verdict.Open open:
                    result = open;
                    break;
                default:
                    break;
            }
        }

        return result;
    }

    private static Verdict Judge(TokenLookup subject, LookupCache cache)
    {
        var fragments = cache.Policy.Key?.Fragments ?? [];
        var sent = TokenVariables(subject.Policy).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < fragments.Length; i++)
        {
            var variable = VariableName.Canonical(fragments[i].Reference ?? "");
            if (!sent.Contains(variable) && ByCode(cache, i) is { } code)
            {
                return new Verdict.Open(
                    $"whether the key of LookupCache '{cache.Policy.Name}' is made of the whole token is not known: '{variable}' is what {code.Source.Split(", which may set", 2)[0]} sets",
                    code.Closes,
                    fragments[i].Location
                )
                {
                    DependsOn = code.Origin is { } place ? [new RelatedPlace(place, $"may set '{variable}'")] : [],
                };
            }

            if (sent.Contains(variable) || (variable.Length > 0 && CredentialNames.IsWholeCredential(variable, cache.Owner)))
            {
                // The whole token, or a digest of it, is part of the key.
                return Verdict.Pass;
            }

            if (
                i < cache.Fragments.Length
                && cache.Fragments[i] is Resolution.Tainted { Source: var source }
                && CredentialNames.IsCredential(source)
            )
            {
                return Verdict.Pass;
            }
        }

        for (var i = 0; i < Math.Min(fragments.Length, cache.Fragments.Length); i++)
        {
            if (cache.Fragments[i] is Resolution.Opaque opaque)
            {
                return Trust.NotKnown($"what the key of LookupCache '{cache.Policy.Name}' holds", opaque, fragments[i].Location);
            }
        }

        return Fail(subject, cache);
    }

    // What is set by code that is not read, whatever policies of that name there are besides.
    private static Resolution.Opaque? ByCode(LookupCache cache, int fragment) =>
        fragment < cache.Fragments.Length
        && cache.Fragments[fragment] is Resolution.Opaque opaque
        && opaque.Source.Contains(", which may set '", StringComparison.Ordinal)
            ? opaque
            : null;

    private static Verdict.Fail Fail(TokenLookup subject, LookupCache cache)
    {
        var fragments = cache.Policy.Key?.Fragments ?? [];
        var named = fragments.FirstOrDefault(fragment => fragment.Reference is not null);
        var forged =
            named?.Reference is { } reference
            && cache
                .Owner.Policies.Values.Concat(subject.Endpoint.Program.Bundle.Policies.Values)
                .OfType<DecodeJwtPolicy>()
                .Any(decode => reference.StartsWith($"jwt.{decode.Name}.", StringComparison.Ordinal));
        var (what, who) = named is null
            ? ("is always the same", "the first answer decides for every token after it")
            : (
                $"is made of '{named.Reference}', not of the token",
                forged
                    ? "a forged token that carries the same value inherits the answer to a real one"
                    : "two tokens with the same value share one answer, and a revoked or narrower one inherits the other's"
            );
        var place = named?.Location ?? cache.Policy.Key?.Location ?? cache.Policy.Location;
        return new Verdict.Fail
        {
            Message = $"The key of LookupCache '{cache.Policy.Name}' of {cache.Owner.Description} {what}: {who}.",
            Location = place,
            Cause = Names.Of(cache.Owner, subject.Endpoint.Program.Organization) + "/" + cache.Policy.Name,
            Code =
                named is null ? "constant"
                : forged ? "unverified-claim"
                : "not-the-token",
            SecuritySeverity = forged ? 9.2 : 8.7,
            Related = [new RelatedPlace(subject.Location, "the call that the cache saves")],
            Remedy =
                "Make the key of a SHA-256 of the whole token: assign {sha256Hex(request.header.authorization)} to a variable and refer to it, in LookupCache and in PopulateCache.",
            Edits = named?.Reference is null ? [] : Repair(subject, cache, named.Reference),
        };
    }

    // Both sides of the cache change together, or nothing is ever found again.
    private static ImmutableArray<Edit> Repair(TokenLookup subject, LookupCache cache, string reference)
    {
        var token = TokenVariables(subject.Policy).FirstOrDefault() ?? "request.header.authorization";
        return
        [
            .. cache
                .Owner.Policies.Values.OfType<CachePolicy>()
                .Where(policy => string.Equals(policy.CacheResource, cache.Policy.CacheResource, StringComparison.Ordinal))
                .SelectMany(policy => policy.Key?.Fragments ?? [])
                .Where(fragment => string.Equals(fragment.Reference, reference, StringComparison.Ordinal))
                .Select(fragment => new Edit(EditKind.SetAttribute, fragment.Location, "ref", token)),
        ];
    }

    // The variables in which the callout sends the token it asks about.
    private static IEnumerable<string> TokenVariables(ServiceCalloutPolicy policy) =>
        policy
            .Request.SelectMany(edit => edit.FormParams.Where(field => field.Name == "token"))
            .SelectMany(field => MessageTemplate.Variables(field.Value.Text).Append(field.Value.Reference ?? ""))
            .Where(variable => variable.Length > 0)
            .Select(VariableName.Canonical);
}
