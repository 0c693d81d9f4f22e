using Auditor.History.Snapshots;
using Auditor.Trace;

namespace Auditor.Cli.Comparison;

/// <summary>Which environment of one state is compared with which of another, as a command line says it: <c>staging=prod</c>.</summary>
/// <param name="From">The environment of the first state.</param>
/// <param name="To">The environment of the second.</param>
internal sealed record EnvironmentPairing(string From, string To)
{
    /// <summary>Reads <c>FROM=TO</c>.</summary>
    /// <exception cref="UsageException">It is no such pair.</exception>
    public static EnvironmentPairing? Parse(string? text) =>
        text is null ? null
        : text.Split('=') is [{ Length: > 0 } from, { Length: > 0 } to] ? new EnvironmentPairing(from, to)
        : throw new UsageException($"--environments: '{text}' is no pair of environments like staging=prod.");

    /// <summary>The two environments as two states of one, in the names of the second.</summary>
    /// <exception cref="UsageException">One of them is not there.</exception>
    public (Snapshot Before, Snapshot After) Of(Snapshot before, Snapshot after, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        // Only the first is renamed: names that both declare, each as the other's, would otherwise change places and still differ.
        var (here, there) = Renaming(Side(before, From, settings), Side(after, To, settings));
        var (own, others) = (EnvironmentView.Issuers(before, here), EnvironmentView.Issuers(after, there));
        return (
            EnvironmentView.Of(
                before,
                here,
                there,
                $"environment '{From}' of {before.Description}",
                [.. own.Where(server => others.ContainsKey(server.Key)).Select(server => (server.Value, others[server.Key]))]
            ),
            EnvironmentView.Of(after, there, there, $"environment '{To}' of {after.Description}", [])
        );
    }

    // What only the second declares is read backwards, where it names one thing.
    private static (EnvironmentSide Here, EnvironmentSide There) Renaming(EnvironmentSide here, EnvironmentSide there)
    {
        var backwards = there
            .Names.GroupBy(name => name.Value, name => name.Key, StringComparer.Ordinal)
            .Where(names => !here.Names.ContainsKey(names.Key) && names.Count() == 1)
            .Select(names => KeyValuePair.Create(names.Key, names.Single()));
        return (
            here with
            {
                Names = here.Names.AddRange(backwards),
            },
            there with
            {
                Names = ImmutableSortedDictionary<string, string>.Empty,
            }
        );
    }

    private static EnvironmentSide Side(Snapshot snapshot, string name, AuditSettings settings)
    {
        var all = snapshot
            .Entities.Where(entity => entity.Kind == "environment" && entity.Environment is not null)
            .Select(entity => (Organization: entity.Key.Split('/')[1], Name: entity.Environment!))
            .ToList();
        var found = all.Where(one => one.Name == name).ToList();
        if (found is not [var own])
        {
            throw new UsageException(
                "--environments: "
                    + (
                        found.Count > 1
                            ? $"environment '{name}' is in {found.Count.ToString(CultureInfo.InvariantCulture)} organizations of {snapshot.Description}"
                            : CommandLine.Meant(
                                $"there is no environment '{name}' in {snapshot.Description}",
                                name,
                                [.. all.Select(one => one.Name)],
                                all.Count == 0 ? "it has none" : $"there are {string.Join(", ", all.Select(one => one.Name))}"
                            )
                    )
                    + (found.Count > 1 ? "." : "")
            );
        }

        var pair = settings.Pairs.FirstOrDefault(one => one.Environment == name);
        return new EnvironmentSide(name, own.Organization, pair?.OktaHost, pair?.Names ?? ImmutableSortedDictionary<string, string>.Empty);
    }
}
