using Auditor.Model;

namespace Auditor.Reports.Evidence;

/// <summary>What a pack says of a run besides the run itself: who ran it, when, on what, and which pack was before.</summary>
public sealed record PackFacts
{
    /// <summary>When the run began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The number of the pack in its chain, from 1.</summary>
    public required int Sequence { get; init; }

    /// <summary>The pack before; null for the first.</summary>
    public PreviousPack? Previous { get; init; }

    /// <summary>Who ran it, as the system says: the account, or the job of a pipeline.</summary>
    public required string Operator { get; init; }

    /// <summary>What says so: <c>github-actions</c>, <c>gitlab-ci</c>, <c>azure-pipelines</c>, <c>account</c>.</summary>
    public required string OperatorKind { get; init; }

    /// <summary>The SHA-256 of the program's file, in hexadecimal; null when it cannot be read.</summary>
    public string? ToolSha256 { get; init; }

    /// <summary>The files that configured the run, with their SHA-256, ordered.</summary>
    public ImmutableArray<PackInputFile> Configuration { get; init; } = [];

    /// <summary>The exit code.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The objects of the estate, ordered by type and key.</summary>
    public ImmutableArray<PopulationObject> Population { get; init; } = [];

    /// <summary>What was read, as it may be kept, ordered.</summary>
    public ImmutableArray<ArtifactCopy> Artifacts { get; init; } = [];

    /// <summary>The requests by which it was read: in the order in which they were sent where that is known, else by address.</summary>
    public ImmutableArray<QueryEntry> Queries { get; init; } = [];

    /// <summary>Whether the requests were written down as they were sent. Otherwise a recording was read, and they are worked out from its files.</summary>
    public bool QueriesWereLogged { get; init; }
}

/// <summary>The pack before.</summary>
/// <param name="Name">Its folder.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Sha256">The SHA-256 of its list of checksums, in hexadecimal.</param>
/// <param name="Objects">The digests of its objects by type and id.</param>
/// <param name="Findings">Its findings by fingerprint: the rule, how it counted, the message.</param>
public sealed record PreviousPack(
    string Name,
    int Sequence,
    string Sha256,
    ImmutableSortedDictionary<string, string> Objects,
    ImmutableSortedDictionary<string, (string Rule, string Level, string Message)> Findings
);

/// <summary>A file that configured a run.</summary>
/// <param name="Name">The name.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
public sealed record PackInputFile(string Name, string Sha256);

/// <summary>An object of the estate.</summary>
/// <param name="Type">The kind, in words and singular: <c>access rule</c>.</param>
/// <param name="Id">The key within the estate.</param>
/// <param name="Name">The object in words.</param>
/// <param name="Environment">The environment; null when it belongs to none.</param>
/// <param name="Artifact">Where it was read; empty when that is not known.</param>
/// <param name="Line">The object with its settings as one line of JSON, redacted.</param>
public sealed record PopulationObject(string Type, string Id, string Name, string? Environment, string Artifact, ImmutableArray<byte> Line);

/// <summary>A file that was read.</summary>
/// <param name="Artifact">The file, as reports name it.</param>
/// <param name="Sha256">The SHA-256 of its bytes as read, in hexadecimal; null when they could not be read again.</param>
/// <param name="Content">What may be kept of it: its text with credentials masked; empty when nothing is kept.</param>
/// <param name="Omitted">Why nothing is kept; null when it is.</param>
public sealed record ArtifactCopy(string Artifact, string? Sha256, ReadOnlyMemory<byte> Content, string? Omitted);

/// <summary>A request by which a part of the estate was read.</summary>
/// <param name="Method">The method.</param>
/// <param name="Address">The address, without its host's credentials.</param>
public sealed record QueryEntry(string Method, string Address)
{
    /// <summary>When it was sent; null when only the recording is known.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The status; null when there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>The number of items in the answer; null when it is no list.</summary>
    public int? Items { get; init; }

    /// <summary>The size of the answer as it came; null when that is not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>The version that the source gave the answer; null when it gave none, or only the recording is known.</summary>
    public string? ETag { get; init; }

    /// <summary>The name of the request in the source's own log; null when the source gave none, or only the recording is known.</summary>
    public string? RequestId { get; init; }

    /// <summary>The artifact that the answer is a part of; null when it is part of none.</summary>
    public string? Answer { get; init; }

    /// <summary>The SHA-256 of that artifact as it was kept; null when there is none.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What is known besides: why it failed or is not all of it.</summary>
    public string? Note { get; init; }
}
