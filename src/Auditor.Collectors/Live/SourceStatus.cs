namespace Auditor.Collectors.Live;

/// <summary>What is happening at a live source right now, for whoever is watching.</summary>
/// <param name="Source">The source: <c>acme.okta.com</c>.</param>
/// <param name="Reading">What was last asked for: <c>apps/*/grants</c>.</param>
/// <param name="Requests">How many requests were sent so far.</param>
/// <param name="Planned">How many it will be about; null while that is not known.</param>
/// <param name="Waiting">How long is being waited for a rate limit; null when reading.</param>
/// <param name="Estimate">How long the rest is expected to take; said once, when the plan is known.</param>
public sealed record SourceStatus(string Source, string Reading, int Requests, int? Planned, TimeSpan? Waiting, TimeSpan? Estimate);
