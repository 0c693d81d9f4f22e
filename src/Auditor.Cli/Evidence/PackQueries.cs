using System.Text.Json;
using Auditor.Collectors.Live;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Evidence;

/// <summary>The requests by which an estate was read, as far as they are known.</summary>
internal static class PackQueries
{
    private const string BundleNote = "the files of the bundle are listed in artifacts.csv";
    private const string CacheNote =
        "not asked for this time: bundles of deployed revisions do not change, and this one was kept from an earlier reading; "
        + BundleNote;

    /// <summary>The requests that were sent, every attempt and every page of them, in their order; behind them the bundles that took none.</summary>
    /// <param name="sent">What was sent.</param>
    /// <param name="artifacts">What is kept of the answers.</param>
    public static ImmutableArray<QueryEntry> OfLog(ImmutableArray<SentRequest> sent, ImmutableArray<ArtifactCopy> artifacts)
    {
        var kept = artifacts.ToDictionary(artifact => artifact.Artifact, StringComparer.Ordinal);
        var bundles = artifacts.Select(artifact => RevisionOf(artifact.Artifact)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        ArtifactCopy? Kept(SentRequest request) =>
            request.Answer is not { } answer ? null
            : request.Status is >= 200 and < 300 ? kept.GetValueOrDefault(answer + ".json") ?? kept.GetValueOrDefault(answer)
            : kept.GetValueOrDefault(answer + ".error.json");
        var asked = sent.Select(request => request.Answer).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. sent.Select(request =>
            {
                var artifact = Kept(request);
                var isBundle = request.Answer is { } answer && bundles.Contains(answer);
                return new QueryEntry(request.Method, request.Address.AbsoluteUri)
                {
                    Time = request.Sent,
                    Status = request.Status,
                    Items = request.Items,
                    Bytes = request.Bytes,
                    ETag = request.ETag,
                    RequestId = request.RequestId,
                    Answer = isBundle ? request.Answer : artifact?.Artifact,
                    Sha256 = artifact is { Omitted: null } ? ChecksumList.Digest(artifact.Content.Span) : null,
                    Note = request.Fault ?? (isBundle ? BundleNote : null),
                };
            }),
            .. bundles
                .Where(bundle => !asked.Contains(bundle))
                .Order(StringComparer.Ordinal)
                .Select(bundle => Bundle(bundle) with { Status = null, Note = CacheNote }),
        ];
    }

    /// <summary>
    /// The requests that a recording answers: its format gives every request a file of its own, with what was answered or why nothing was. When each was sent, in how many pages,
    /// and what the source called it, a recording does not say.
    /// </summary>
    public static ImmutableArray<QueryEntry> OfRecording(ImmutableArray<ArtifactCopy> artifacts) =>
        [
            .. artifacts
                .Where(artifact =>
                    artifact.Artifact.StartsWith("okta/", StringComparison.Ordinal)
                    || (
                        artifact.Artifact.StartsWith("apigee/", StringComparison.Ordinal)
                        && !artifact.Artifact.Contains("/apiproxy/", StringComparison.Ordinal)
                        && !artifact.Artifact.Contains("/sharedflowbundle/", StringComparison.Ordinal)
                    )
                )
                .Select(Recorded)
                .Concat(
                    artifacts
                        .Select(artifact => RevisionOf(artifact.Artifact))
                        .OfType<string>()
                        .Distinct(StringComparer.Ordinal)
                        .Select(Bundle)
                )
                .OrderBy(query => query.Address, StringComparer.Ordinal),
        ];

    private static QueryEntry Recorded(ArtifactCopy artifact)
    {
        const string Failed = ".error.json";
        var path = artifact.Artifact;
        var isFailure = path.EndsWith(Failed, StringComparison.Ordinal);
        var name =
            isFailure ? path[..^Failed.Length]
            : path.EndsWith(".json", StringComparison.Ordinal) ? path[..^5]
            : path;
        var parts = name.Split('/');
        var rest = string.Join('/', parts.Skip(2)).Replace('@', '?');
        var address =
            parts[0] == "okta" ? $"https://{parts.ElementAtOrDefault(1)}/{rest}"
            : rest == "organization" ? $"/v1/organizations/{parts.ElementAtOrDefault(1)}"
            : $"/v1/organizations/{parts.ElementAtOrDefault(1)}/{rest}";
        var (status, items, note) = Answer(artifact, isFailure);
        return new QueryEntry("GET", address)
        {
            Status = status,
            Items = items,
            Answer = artifact.Artifact,
            Sha256 = artifact.Omitted is null ? ChecksumList.Digest(artifact.Content.Span) : null,
            Note = note,
        };
    }

    private static (int? Status, int? Items, string? Note) Answer(ArtifactCopy artifact, bool isFailure)
    {
        if (!artifact.Artifact.EndsWith(".json", StringComparison.Ordinal))
        {
            return (200, null, artifact.Omitted);
        }

        try
        {
            using var document = JsonDocument.Parse(artifact.Content);
            var root = document.RootElement;
            if (isFailure)
            {
                return (
                    root.TryGetProperty("status", out var status) && status.TryGetInt32(out var number) ? number : null,
                    null,
                    root.TryGetProperty("reason", out var reason) ? reason.GetString() : "the request failed"
                );
            }

            return root.ValueKind switch
            {
                JsonValueKind.Array => (200, root.GetArrayLength(), null),

                // Apigee wraps its lists: one member, and it is an array.
                JsonValueKind.Object when root.EnumerateObject().ToList() is [{ Value.ValueKind: JsonValueKind.Array } only] => (
                    200,
                    only.Value.GetArrayLength(),
                    null
                ),
                _ => (200, null, null),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, null, artifact.Omitted ?? "the answer cannot be read");
        }
    }

    // apigee/<organization>/apis/<proxy>/revisions/<n>/…
    private static string? RevisionOf(string artifact)
    {
        if (!artifact.StartsWith("apigee/", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = artifact.Split('/');
        return parts.Length > 6 && parts[4] == "revisions" && parts[6] is "apiproxy" or "sharedflowbundle"
            ? string.Join('/', parts.Take(6))
            : null;
    }

    private static QueryEntry Bundle(string revision)
    {
        var parts = revision.Split('/');
        return new QueryEntry("GET", $"/v1/organizations/{parts[1]}/{string.Join('/', parts.Skip(2))}?format=bundle")
        {
            Status = 200,
            Answer = revision,
            Note = BundleNote,
        };
    }
}
