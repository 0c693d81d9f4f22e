namespace Auditor.Model.Apigee;

/// <summary>What the cache policies have in common.</summary>
public abstract record CachePolicy : Policy
{
    /// <summary>The key; null when none is given.</summary>
    public CacheKey? Key { get; init; }

    /// <summary>Global, Application, Proxy, Target or Exclusive; null when not given.</summary>
    public string? Scope { get; init; }

    /// <summary>The cache; null for the shared default.</summary>
    public string? CacheResource { get; init; }

    /// <summary>The time to live in seconds as written; null when not given.</summary>
    public Setting? TimeToLive { get; init; }
}

/// <summary>The key of a cache entry.</summary>
/// <param name="Prefix">The literal prefix; null when it comes from the scope.</param>
/// <param name="Fragments">The fragments, literal or from variables.</param>
/// <param name="Location">The CacheKey element.</param>
public sealed record CacheKey(string? Prefix, ImmutableArray<Setting> Fragments, SourceLocation Location);

/// <summary>Looks a value up. Sets <c>lookupcache.{policy}.cachehit</c>.</summary>
public sealed record LookupCachePolicy : CachePolicy
{
    /// <summary>The variable that gets the value.</summary>
    public string? AssignTo { get; init; }
}

/// <summary>Stores a value.</summary>
public sealed record PopulateCachePolicy : CachePolicy
{
    /// <summary>The variable that is stored.</summary>
    public string? Source { get; init; }
}

/// <summary>Removes a value.</summary>
public sealed record InvalidateCachePolicy : CachePolicy;

/// <summary>Caches whole responses; a hit on the request path answers at once.</summary>
public sealed record ResponseCachePolicy : CachePolicy
{
    /// <summary>The condition under which the lookup is skipped; null: never.</summary>
    public ConditionText? SkipLookup { get; init; }
}
