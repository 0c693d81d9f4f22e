namespace Auditor.Trace.Languages;

/// <summary>A set of UTF-16 code units, as sorted, disjoint, non-adjacent ranges.</summary>
public sealed class CharSet : IEquatable<CharSet>
{
    private readonly (char First, char Last)[] ranges;

    private CharSet((char First, char Last)[] ranges) => this.ranges = ranges;

    /// <summary>No character.</summary>
    public static CharSet None { get; } = new([]);

    /// <summary>Every character.</summary>
    public static CharSet Any { get; } = new([('\0', '\uFFFF')]);

    /// <summary>The ranges in order.</summary>
    public ReadOnlySpan<(char First, char Last)> Ranges => ranges;

    /// <summary>Whether it holds no character.</summary>
    public bool IsEmpty => ranges.Length == 0;

    /// <summary>One character.</summary>
    public static CharSet Of(char c) => new([(c, c)]);

    /// <summary>A range, both ends included.</summary>
    public static CharSet Between(char first, char last) => first <= last ? new([(first, last)]) : None;

    /// <summary>The characters of a text.</summary>
    public static CharSet AnyOf(string characters)
    {
        ArgumentNullException.ThrowIfNull(characters);
        return Normalise(characters.Select(c => (c, c)));
    }

    /// <summary>All characters of either set.</summary>
    public CharSet Union(CharSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Normalise(ranges.Concat(other.ranges));
    }

    /// <summary>All characters that are not in the set.</summary>
    public CharSet Complement()
    {
        var result = new List<(char, char)>();
        var next = 0;
        foreach (var (first, last) in ranges)
        {
            if (next < first)
            {
                result.Add(((char)next, (char)(first - 1)));
            }

            next = last + 1;
        }

        if (next <= char.MaxValue)
        {
            result.Add(((char)next, char.MaxValue));
        }

        return new CharSet([.. result]);
    }

    /// <summary>The characters in both sets.</summary>
    public CharSet Intersect(CharSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Complement().Union(other.Complement()).Complement();
    }

    /// <summary>The set with both cases of every ASCII letter in it.</summary>
    public CharSet IgnoringCase()
    {
        var result = this;
        for (var c = 'a'; c <= 'z'; c++)
        {
            if (Contains(c) || Contains(char.ToUpperInvariant(c)))
            {
                result = result.Union(Of(c)).Union(Of(char.ToUpperInvariant(c)));
            }
        }

        return result;
    }

    /// <summary>Whether the character is in the set.</summary>
    public bool Contains(char c)
    {
        var low = 0;
        var high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (c < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (c > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(CharSet? other) => other is not null && ranges.AsSpan().SequenceEqual(other.ranges);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CharSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var range in ranges)
        {
            hash.Add(range);
        }

        return hash.ToHashCode();
    }

    private static CharSet Normalise(IEnumerable<(char First, char Last)> pieces)
    {
        var result = new List<(char First, char Last)>();
        foreach (var (first, last) in pieces.OrderBy(piece => piece.First))
        {
            if (result.Count > 0 && first <= result[^1].Last + 1)
            {
                if (last > result[^1].Last)
                {
                    result[^1] = (result[^1].First, last);
                }
            }
            else
            {
                result.Add((first, last));
            }
        }

        return new CharSet([.. result]);
    }
}
