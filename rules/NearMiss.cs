namespace Auditor.Rules;

/// <summary>Why two strings that should be equal are not. The runtime compares code points, so a near miss is as wrong as any other; it is only easier to explain.</summary>
internal static class NearMiss
{
    /// <summary>The code of the difference between two URLs or audiences; null when they have nothing in common.</summary>
    public static string? Between(string left, string right)
    {
        if (string.Equals(left.TrimEnd('/'), right.TrimEnd('/'), StringComparison.Ordinal))
        {
            return "trailing-slash";
        }

        if (string.Equals(left, right, StringComparison.OrdinalIgnoreCase))
        {
            return "case";
        }

        if (string.Equals(WithoutScheme(left), WithoutScheme(right), StringComparison.Ordinal))
        {
            return "scheme";
        }

        return string.Equals(Normal(left), Normal(right), StringComparison.Ordinal) ? "spelling" : null;
    }

    /// <summary>A code of <see cref="Between"/> as it is said: "they differ by …".</summary>
    public static string Words(string code) =>
        code switch
        {
            "trailing-slash" => "a trailing slash",
            "case" => "upper and lower case",
            "scheme" => "the scheme",
            _ => "their spelling",
        };

    /// <summary>The nearest name among candidates when case, separators and plural are folded; null when none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = 3;
        foreach (var candidate in candidates.Order(StringComparer.Ordinal))
        {
            if (string.Equals(Fold(name), Fold(candidate), StringComparison.Ordinal))
            {
                return candidate;
            }

            var distance = Distance(name, candidate);
            if (distance < bestDistance && distance < name.Length / 2)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best ?? candidates.Where(candidate => SharesWords(name, candidate)).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>A name without case, separators and a final plural s.</summary>
    public static string Fold(string name)
    {
        var folded = new string([.. name.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
        return folded.EndsWith('s') ? folded[..^1] : folded;
    }

    /// <summary>Whether a name is another one with a slip: of case, separators or plural, or, in names of five letters and more, of a single letter.</summary>
    public static bool IsSlip(string written, string known) =>
        string.Equals(Fold(written), Fold(known), StringComparison.Ordinal) || (known.Length >= 5 && Distance(written, known) == 1);

    // orders.update and orders.write share their resource.
    private static bool SharesWords(string left, string right)
    {
        var first = left.Split('.', ':', '_', '-', '/')[0];
        return first.Length >= 3 && string.Equals(first, right.Split('.', ':', '_', '-', '/')[0], StringComparison.OrdinalIgnoreCase);
    }

    private static string WithoutScheme(string text) =>
        text.IndexOf("://", StringComparison.Ordinal) is var at and > 0 ? text[(at + 3)..] : text;

    private static string Normal(string text) =>
        WithoutScheme(text).TrimEnd('/').ToLowerInvariant().Replace(":443", "", StringComparison.Ordinal);

    private static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
            }

            previous = current;
        }

        return previous[^1];
    }
}
