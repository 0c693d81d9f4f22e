namespace Auditor.Reports.Evidence;

/// <summary>Whether packs follow each other without a gap.</summary>
public static class PackChain
{
    /// <summary>What is wrong with the order of packs: each has to name the one before it.</summary>
    /// <param name="packs">The packs that could be identified, in any order.</param>
    /// <param name="fromItsBeginning">Whether the packs have to go back to the one that began the chain.</param>
    /// <param name="unidentified">How many packs there are that could not be identified: any of them may be one that is missed.</param>
    /// <returns>Faults by the name of the pack; empty when they are one chain, as far as they go.</returns>
    public static ImmutableArray<(string Pack, PackFault Fault)> Check(
        IEnumerable<(string Name, PackIdentity Identity)> packs,
        bool fromItsBeginning,
        int unidentified
    )
    {
        ArgumentNullException.ThrowIfNull(packs);
        var ordered = packs
            .OrderBy(pack => pack.Identity.Sequence)
            .ThenBy(pack => pack.Identity.Previous is not null)
            .ThenBy(pack => pack.Identity.Started)
            .ThenBy(pack => pack.Name, StringComparer.Ordinal)
            .ToList();
        var faults = ImmutableArray.CreateBuilder<(string, PackFault)>();
        foreach (var (name, identity) in ordered.Where(pack => (pack.Identity.Sequence == 1) != (pack.Identity.Previous is null)))
        {
            faults.Add(
                (
                    name,
                    new PackFault(
                        "sequence",
                        EvidencePack.RunName,
                        identity.Previous is null
                            ? string.Create(CultureInfo.InvariantCulture, $"has number {identity.Sequence} and names no pack before it.")
                            : "has number 1 and names a pack before it."
                    )
                )
            );
        }

        if (fromItsBeginning && ordered is [{ Identity.Previous: not null } earliest, ..] && earliest.Identity.Sequence - 1 > unidentified)
        {
            var last = earliest.Identity.Sequence - 1;
            Add(
                earliest.Name,
                "sequence",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has number {earliest.Identity.Sequence} and follows a pack that is not here: {(last == 1 ? "number 1 is" : last == 2 ? "numbers 1 and 2 are" : $"numbers 1 to {last} are")} missing."
                )
            );
        }

        for (var i = 1; i < ordered.Count; i++)
        {
            var (before, now) = (ordered[i - 1], ordered[i]);
            if (now.Identity.Sequence == before.Identity.Sequence)
            {
                Add(now.Name, "sequence", $"has the same number as {before.Name}.");
            }
            else if (now.Identity.Sequence != before.Identity.Sequence + 1)
            {
                var missing = now.Identity.Sequence - before.Identity.Sequence - 1;
                Add(
                    now.Name,
                    "sequence",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"has number {now.Identity.Sequence}, and the one before it here has {before.Identity.Sequence}: {missing} {(missing == 1 ? "pack is" : "packs are")} missing."
                    )
                );
            }
            else if (now.Identity.Previous != before.Identity.Sums)
            {
                Add(now.Name, "chain-broken", $"was made after another pack than {before.Name} as it is here.");
            }
        }

        return faults.ToImmutable();

        void Add(string name, string code, string text) => faults.Add((name, new PackFault(code, EvidencePack.RunName, text)));
    }
}
