using System.Security.Cryptography;
using System.Text;

namespace Auditor.Reports.Evidence;

/// <summary>
/// Draws samples that anybody can draw again: what comes first in the order of SHA-256 over the seed and the item's key is the sample. The seed is the tester's, so that whoever made the
/// evidence cannot choose.
/// </summary>
public static class EvidenceSample
{
    /// <summary>The sample of items, in the order in which they were drawn.</summary>
    /// <typeparam name="T">The kind of item.</typeparam>
    /// <param name="items">The population.</param>
    /// <param name="keyOf">The key of an item; items with the same key are the same.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="count">How many.</param>
    public static ImmutableArray<T> Draw<T>(IEnumerable<T> items, Func<T, string> keyOf, string seed, int count)
    {
        ArgumentNullException.ThrowIfNull(items);
        return
        [
            .. items
                .DistinctBy(keyOf, StringComparer.Ordinal)
                .Select(item => (Item: item, Key: keyOf(item)))
                .Select(pair =>
                    (pair.Item, pair.Key, Rank: Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{pair.Key}"))))
                )
                .OrderBy(pair => pair.Rank, StringComparer.Ordinal)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .Take(count)
                .Select(pair => pair.Item),
        ];
    }
}
