namespace Auditor.Collectors.Live;

/// <summary>How something is that a reading depends on.</summary>
public enum Health
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Works, and should be looked at: more rights than needed, a credential that lives long, a list that may hide rows.</summary>
    Doubtful,

    /// <summary>Something will be missing.</summary>
    Bad,
}

/// <summary>One thing that was looked at before a reading.</summary>
/// <param name="Topic">What it is about: host, clock, credential, rights, limits.</param>
/// <param name="Health">How it is.</param>
/// <param name="Text">One sentence without a final period.</param>
/// <param name="Scope">The scope or permission whose parts will be missing; null where that is not what is wrong.</param>
public sealed record Symptom(string Topic, Health Health, string Text, string? Scope = null);
