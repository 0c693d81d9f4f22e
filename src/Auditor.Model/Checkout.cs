namespace Auditor.Model;

/// <summary>Where an input lies in a version-controlled tree, as the tree's own files say.</summary>
/// <param name="Path">The input's path from the top of the tree, with forward slashes; empty when it is the top.</param>
/// <param name="Repository">The address of the repository without credentials; null when none is configured that others could use.</param>
/// <param name="Revision">The commit that is checked out; null when there is none yet.</param>
/// <param name="Branch">The branch; null when a commit is checked out directly.</param>
public sealed record Checkout(string Path, string? Repository, string? Revision, string? Branch);
