using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Snapshots;

/// <summary>One thing of an estate that can change by itself: a scope, an access rule, a policy of a bundle.</summary>
public sealed record Entity
{
    /// <summary>The kind, in words and singular: <c>access rule</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The key within its estate, made of ids where there are any: renaming does not change it.</summary>
    public required string Key { get; init; }

    /// <summary>The key made of names: by it entities of different estates are the same one.</summary>
    public required string NaturalKey { get; init; }

    /// <summary>The entity in words.</summary>
    public required string Title { get; init; }

    /// <summary>The list it was read from, as a path; see <see cref="Snapshot.Parts"/>.</summary>
    public required string Part { get; init; }

    /// <summary>The fields by path, ordered.</summary>
    public required ImmutableArray<EntityField> Fields { get; init; }

    /// <summary>The fields of which it is not known what they hold, by path.</summary>
    public ImmutableArray<UnknownField> Unknown { get; init; } = [];

    /// <summary>The Apigee environment; null when it belongs to none.</summary>
    public string? Environment { get; init; }

    /// <summary>The ids under which a log names it; empty when there are none.</summary>
    public ImmutableArray<string> Ids { get; init; } = [];

    /// <summary>For a fact about access: the request that shows it. Not part of what is compared or stored.</summary>
    public string? Example { get; init; }

    /// <summary>Where it is written. Not part of what is compared or stored; null for what comes from a store.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>The same entity with what was known before of the fields that are not known now.</summary>
    /// <param name="before">The entity as it was known.</param>
    public Entity With(Entity before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return this with
        {
            Fields =
            [
                .. Fields
                    .Concat(before.Fields.Where(field => Unknown.Any(unknown => unknown.Covers(field.Path))))
                    .OrderBy(field => field.Path, StringComparer.Ordinal),
            ],
            Unknown = [.. Unknown.Where(unknown => before.Unknown.Any(other => other.Path == unknown.Path))],
        };
    }

    /// <summary>What a store calls it, where that is known already; not of a copy, which may say something else.</summary>
    internal Encoded? Encoded
    {
        get => encoded.Of(this);
        set => encoded = new EncodedOnce(this, value!);
    }

    private EncodedOnce encoded;

    // Copied with the record, and not part of what it says. One reference, so that threads may set it at once.
    private readonly struct EncodedOnce(Entity owner, Encoded value) : IEquatable<EncodedOnce>
    {
        private readonly Tuple<Entity, Encoded>? known = Tuple.Create(owner, value);

        public Encoded? Of(Entity entity) => ReferenceEquals(known?.Item1, entity) ? known.Item2 : null;

        public bool Equals(EncodedOnce other) => true;

        public override bool Equals(object? obj) => obj is EncodedOnce;

        public override int GetHashCode() => 0;
    }

    /// <summary>Whether a field holds the fingerprint of a value that is not shown.</summary>
    public bool HasSecrets => Fields.Any(one => one.Items.Any(item => item.IsSecret));
}

/// <summary>The state of an estate as entities: what is compared and what a store keeps.</summary>
public sealed record Snapshot
{
    /// <summary>The form that entities are written in. States of different forms are not comparable.</summary>
    public const int CurrentForm = 1;

    /// <summary>The form.</summary>
    public int Form { get; init; } = CurrentForm;

    /// <summary>The state in words.</summary>
    public required string Description { get; init; }

    /// <summary>When it was captured; null when unknown.</summary>
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>The name of the key by which its secrets were fingerprinted; null when that is not known. Of different keys, secrets cannot be compared.</summary>
    public string? RedactionKey { get; init; }

    /// <summary>The entities, ordered by key.</summary>
    public required ImmutableArray<Entity> Entities { get; init; }

    /// <summary>The lists that were read, and how completely. An entity is only known to be absent when its list is complete.</summary>
    public required ImmutableSortedDictionary<string, PartCoverage> Parts { get; init; }

    /// <summary>What the state says nothing about, although it names it: values that are known only later, or that must not be read.</summary>
    public ImmutableArray<NotAssessedPart> Unsaid { get; init; } = [];

    /// <summary>The same state of lists that hold all there is to compare: of what Terraform manages, nothing else is.</summary>
    public Snapshot AsWhole() =>
        this with
        {
            Parts = Parts.ToImmutableSortedDictionary(
                part => part.Key,
                part => part.Value.State == PartCoverage.NotCollected ? PartCoverage.Complete : part.Value,
                StringComparer.Ordinal
            ),
        };

    /// <summary>The same state without the clients that are declared nowhere, where any is: what they may do is part of the state, that they are there is not.</summary>
    /// <param name="artifacts">Where things are declared.</param>
    public Snapshot WithDeclaredClients(IReadOnlySet<string> artifacts)
    {
        const string Client = "client";
        return Entities.Any(entity => entity.Kind == Client && IsDeclared(entity))
            ? this with
            {
                Entities = [.. Entities.Where(entity => entity.Kind != Client || IsDeclared(entity))],
            }
            : this;

        bool IsDeclared(Entity entity) => entity.Location is { } place && artifacts.Contains(place.Artifact);
    }

    /// <summary>The same state with secrets that say only that they are there.</summary>
    public Snapshot WithoutSecrets() =>
        this with
        {
            Entities =
            [
                .. Entities.Select(entity =>
                    entity.HasSecrets
                        ? entity with
                        {
                            Fields =
                            [
                                .. entity.Fields.Select(field =>
                                    field with
                                    {
                                        Items = [.. field.Items.Select(item => item.IsSecret ? item with { Text = "secret" } : item)],
                                    }
                                ),
                            ],
                        }
                        : entity
                ),
            ],
        };

    /// <summary>
    /// Whether what is not in a list is known not to be there: the list was read to the end, or it is missing because what it belongs to is known not to be there. A server that was
    /// removed took its scopes with it.
    /// </summary>
    public bool Lists(string part) => CoverageOf(part)?.IsComplete == true;

    /// <summary>How completely a list was read, or what it belongs to where that is not there; null where nothing is said of either.</summary>
    public PartCoverage? CoverageOf(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        while (true)
        {
            if (Parts.TryGetValue(part, out var coverage))
            {
                return coverage;
            }

            if (part.LastIndexOf('/') is not (> 0 and var at))
            {
                return null;
            }

            part = part[..at];
        }
    }
}

/// <summary>How completely a list was read.</summary>
/// <param name="State">The state, one word, as <see cref="Coverage.State"/> says it.</param>
/// <param name="Reason">Why it is not complete; null when it is.</param>
public sealed record PartCoverage(string State, string? Reason)
{
    /// <summary>The state of what nobody asked for.</summary>
    internal const string NotCollected = "notCollected";

    /// <summary>Everything was read.</summary>
    public static PartCoverage Complete { get; } = new("complete", null);

    /// <summary>Whether absence means that there is none.</summary>
    public bool IsComplete => string.Equals(State, "complete", StringComparison.Ordinal);

    /// <summary>Whether it was asked for, and not all of it was had.</summary>
    public bool IsGap => !IsComplete && State != NotCollected;

    /// <summary>Whether it was asked for, and nothing of it was had: what a store says of it stands from before.</summary>
    public bool IsNothing => State is "denied" or "failed";

    /// <summary>The state, with the reason.</summary>
    public override string ToString() => Reason is { } why ? $"{State} ({why})" : State;

    /// <summary>Of a coverage.</summary>
    public static PartCoverage Of(Coverage coverage)
    {
        ArgumentNullException.ThrowIfNull(coverage);
        return coverage.IsComplete ? Complete : new PartCoverage(coverage.State, coverage.Reason);
    }
}
