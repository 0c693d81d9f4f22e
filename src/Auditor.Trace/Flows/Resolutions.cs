namespace Auditor.Trace.Flows;

/// <summary>Puts together what is known of one setting on several ways.</summary>
internal static class Resolutions
{
    /// <summary>One of the given values; what is not known wins, since it can be anything.</summary>
    public static Resolution Union(IEnumerable<Resolution> resolutions)
    {
        Resolution? first = null;
        var texts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var resolution in resolutions)
        {
            if (!resolution.IsKnown)
            {
                return resolution;
            }

            first ??= resolution;
            texts.UnionWith(resolution.Texts);
        }

        return texts.Count switch
        {
            0 => Resolution.Absent.Instance,
            1 => first!,
            _ => new Resolution.OneOf([.. texts]) { Provenance = first!.Provenance },
        };
    }
}
