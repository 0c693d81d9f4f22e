namespace Auditor.Trace.Languages;

/// <summary>
/// The languages that analyses on this thread have made: the conditions of an estate repeat themselves from proxy to proxy, and what a pattern means and how it divides
/// its values is worked out once. An answer does not depend on what was asked before it; an analysis keeps to the factory that it began with.
/// </summary>
internal static class KnownLanguages
{
    // A few megabytes for each thread.
    private const int MaxSize = 40_000;

    [ThreadStatic]
    private static LanguageFactory? current;

    /// <summary>The factory for a new analysis: the last one until it has grown large.</summary>
    public static LanguageFactory Current
    {
        get
        {
            if (current is null || current.Size > MaxSize)
            {
                current = new LanguageFactory();
            }

            return current;
        }
    }
}
