using Auditor.Collectors.Answers;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// What was listed and then not found. Where the list, asked again, no longer has it, it was deleted while the organization was read, and leaves no trace; where the list
/// still has it, it is a gap.
/// </summary>
internal sealed class VanishedNames(Listing listing, ApigeeScope scope)
{
    /// <summary>Those of the names that were deleted meanwhile. Nothing is asked where all were found, and nothing vanishes from a recording.</summary>
    /// <param name="list">The path of the list of names.</param>
    /// <param name="notFound">What was answered with 404.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<IReadOnlySet<string>> OfAsync(string list, IEnumerable<string> notFound, CancellationToken cancellationToken)
    {
        var missing = notFound.ToHashSet(StringComparer.Ordinal);
        if (scope.Recording is not { } recording || missing.Count == 0)
        {
            return new HashSet<string>(StringComparer.Ordinal);
        }

        var answer = await listing.TryGetAsync(list, Recorded.IfAnswered, cancellationToken);
        var names = listing.Read(answer, null, row => row.AsText);
        if (!names.IsComplete)
        {
            return new HashSet<string>(StringComparer.Ordinal);
        }

        missing.ExceptWith(names);
        foreach (var name in missing)
        {
            recording.Writer.Forget(recording.Folder + "/" + RecordingPath.OfRequest(list) + "/" + RecordingPath.Encode(name));
        }

        return missing;
    }
}
