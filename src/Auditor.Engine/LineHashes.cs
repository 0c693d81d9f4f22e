namespace Auditor.Engine;

/// <summary>
/// The hashes by which GitHub code scanning recognises a line that moved (<c>primaryLocationLineHash</c>): for each line a polynomial over the hundred characters that
/// follow its start, blanks and tabs left out and line ends made equal, then a colon and how often the same hash came before (github/codeql-action, src/fingerprints.ts,
/// 2026-08).
/// </summary>
public static class LineHashes
{
    private const int Window = 100;
    private const ulong Base = 37;
    private const char EndOfFile = '\uffff';

    /// <summary>The hash of every line, the first line first.</summary>
    public static ImmutableArray<string> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (characters, starts) = Normalise(text);
        var leaving = 1UL;
        for (var i = 0; i < Window; i++)
        {
            leaving = unchecked(leaving * Base);
        }

        var hashes = ImmutableArray.CreateBuilder<string>(starts.Count);
        var seen = new Dictionary<ulong, int>();
        var hash = 0UL;
        for (int end = 0, line = 0; line < starts.Count; end++)
        {
            var entering = end < characters.Count ? characters[end] : 0UL;
            var gone = end >= Window ? characters[end - Window] : 0UL;
            hash = unchecked((hash * Base) + entering - (leaving * gone));
            if (end == starts[line] + Window - 1)
            {
                var count = seen.GetValueOrDefault(hash) + 1;
                seen[hash] = count;
                hashes.Add(string.Create(CultureInfo.InvariantCulture, $"{hash:x}:{count}"));
                line++;
            }
        }

        return hashes.ToImmutable();
    }

    private static (List<char> Characters, List<int> Starts) Normalise(string text)
    {
        var characters = new List<char>(text.Length + 1);
        var starts = new List<int>();
        var (atStart, afterReturn) = (true, false);
        foreach (var c in text.AsSpan())
        {
            Take(c);
        }

        Take(EndOfFile);
        return (characters, starts);

        void Take(char c)
        {
            if (c is ' ' or '\t' || (afterReturn && c == '\n'))
            {
                afterReturn = false;
                return;
            }

            afterReturn = c == '\r';
            if (atStart)
            {
                starts.Add(characters.Count);
            }

            atStart = c is '\r' or '\n';
            characters.Add(c == '\r' ? '\n' : c);
        }
    }
}
