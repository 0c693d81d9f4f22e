namespace Auditor.Collectors.Live;

/// <summary>How a live source is read so that nobody else notices. The defaults leave most of every limit to the people and systems that live on it.</summary>
public sealed record Manners
{
    /// <summary>The greatest part of a rate limit's bucket that is used in any minute, above 0 and at most 1.</summary>
    public double Share { get; init; } = 0.4;

    /// <summary>The part of a bucket at which reading stops until the bucket is refilled, whoever has used the rest.</summary>
    public double Reserve { get; init; } = 0.1;

    /// <summary>The greatest number of requests under way at once.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>How long one attempt may take, from the first byte sent to the last byte of the body.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How often a request is tried before it counts as failed.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>The pause before the second attempt, about: pauses double from attempt to attempt and vary by chance.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest time waited for one refusal by a rate limit, whatever the answer asks for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long all waiting for refusals of one source may take together before the source is given up.</summary>
    public TimeSpan WaitingBudget { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The number of requests in a row that may fail, each after all its attempts, before the source is given up.</summary>
    public int FailuresInARow { get; init; } = 3;

    /// <summary>The greatest size of one body in bytes, decompressed.</summary>
    public int MaxBody { get; init; } = 64 * 1024 * 1024;

    /// <summary>The greatest number of rows that a list may have.</summary>
    public int MaxRows { get; init; } = 1_000_000;
}
