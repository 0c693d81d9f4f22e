using System.Collections;

namespace Auditor.Model;

/// <summary>
/// How much of a part of the landscape was read. An absent list and an unread list are different things: a rule may only conclude from absence
/// where the part is <see cref="Complete"/>.
/// </summary>
public abstract record Coverage
{
    private Coverage() { }

    /// <summary>Everything that the source holds was read.</summary>
    public sealed record Complete : Coverage
    {
        /// <summary>The one value.</summary>
        public static Complete Instance { get; } = new();
    }

    /// <summary>A part of it was read, and the rest could not be.</summary>
    /// <param name="Why">One clause: what is missing, and because of what.</param>
    public sealed record Partial(string Why) : Coverage;

    /// <summary>The source refused.</summary>
    /// <param name="Permission">The refusal in the source's terms: the status and, where it says so, the missing permission or scope.</param>
    public sealed record Denied(string Permission) : Coverage;

    /// <summary>The source answered with something that cannot be read as this part, or did not answer.</summary>
    /// <param name="Why">One clause with the reason.</param>
    public sealed record Failed(string Why) : Coverage;

    /// <summary>Nobody asked for it: the input does not hold it, or the configuration leaves it out. It does not by itself make a run incomplete.</summary>
    /// <param name="Why">What would have to be given or enabled to have it.</param>
    public sealed record NotCollected(string Why) : Coverage;

    /// <summary>Whether absence in this part means that there is none.</summary>
    public bool IsComplete => this is Complete;

    /// <summary>Whether the audit wanted this part and did not get all of it; such a run is incomplete (exit code 4).</summary>
    public bool IsGap => this is Partial or Denied or Failed;

    /// <summary>The state as one word: <c>complete</c>, <c>partial</c>, <c>denied</c>, <c>failed</c> or <c>notCollected</c>.</summary>
    public string State =>
        this switch
        {
            Complete => "complete",
            Partial => "partial",
            Denied => "denied",
            Failed => "failed",
            _ => "notCollected",
        };

    /// <summary>The reason, or null when complete.</summary>
    public string? Reason =>
        this switch
        {
            Partial p => p.Why,
            Denied d => d.Permission,
            Failed f => f.Why,
            NotCollected n => n.Why,
            _ => null,
        };

    /// <summary>The worse of two coverages: a whole is as well covered as its worst part.</summary>
    public static Coverage Worst(Coverage left, Coverage right) => Rank(left) >= Rank(right) ? left : right;

    private static int Rank(Coverage coverage) =>
        coverage switch
        {
            Complete => 0,
            NotCollected => 1,
            Partial => 2,
            Denied => 3,
            _ => 4,
        };
}

/// <summary>What was collected of one part, together with how much of the part that is.</summary>
/// <typeparam name="T">The kind of thing collected.</typeparam>
public sealed class Collected<T> : IReadOnlyList<T>
{
    private readonly ImmutableArray<T> items;

    /// <summary>Items with their coverage.</summary>
    public Collected(ImmutableArray<T> items, Coverage coverage)
    {
        this.items = items.IsDefault ? [] : items;
        Coverage = coverage;
    }

    /// <summary>A part that nobody asked for.</summary>
    public static Collected<T> None { get; } = new([], new Coverage.NotCollected("not part of the input"));

    /// <summary>A part of which everything was read.</summary>
    public static Collected<T> Of(ImmutableArray<T> items) => new(items, Coverage.Complete.Instance);

    /// <summary>How much of the part was read.</summary>
    public Coverage Coverage { get; }

    /// <summary>Whether absence means that there is none.</summary>
    public bool IsComplete => Coverage.IsComplete;

    /// <summary>The items, in the order of the source.</summary>
    public ImmutableArray<T> Items => items;

    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public T this[int index] => items[index];

    /// <summary>Enumerates without allocation.</summary>
    public ImmutableArray<T>.Enumerator GetEnumerator() => items.GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)items).GetEnumerator();
}

/// <summary>One line of the coverage table: a part of an estate, how much of it was read, and how many things that gave.</summary>
/// <param name="Part">The part as a path: <c>okta/acme.okta.com/authorizationServers</c>, <c>apigee/acme/environments/prod/flowhooks</c>.</param>
/// <param name="Coverage">How much was read.</param>
/// <param name="Count">How many things were read.</param>
public sealed record CoverageEntry(string Part, Coverage Coverage, int Count);
