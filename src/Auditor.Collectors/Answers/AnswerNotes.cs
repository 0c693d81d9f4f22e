namespace Auditor.Collectors.Answers;

/// <summary>
/// What a handler of ours has to say about an answer besides the answer itself. Written on the request, where no server can write: a header could be forged, and a
/// forged "not collected" would make silence look like innocence.
/// </summary>
internal static class AnswerNotes
{
    private static readonly HttpRequestOptionsKey<bool> NotCollectedKey = new("auditor.not-collected");
    private static readonly HttpRequestOptionsKey<string> PartialKey = new("auditor.partial");

    /// <summary>Nobody asked for this part: it is not in the recording.</summary>
    public static void NotCollected(HttpRequestMessage request) => request.Options.Set(NotCollectedKey, value: true);

    /// <summary>Whether the part was never asked for.</summary>
    public static bool IsNotCollected(HttpRequestMessage request) => request.Options.TryGetValue(NotCollectedKey, out var noted) && noted;

    /// <summary>The answer is not all of it.</summary>
    public static void Partial(HttpRequestMessage request, string why) => request.Options.Set(PartialKey, why);

    /// <summary>Why the answer is not all of it; null when it is.</summary>
    public static string? WhyPartial(HttpRequestMessage request) => request.Options.TryGetValue(PartialKey, out var why) ? why : null;
}
