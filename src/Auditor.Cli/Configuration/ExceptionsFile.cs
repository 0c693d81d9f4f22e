using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Cli.Configuration;

/// <summary>What is accepted, in a file of its own that somebody reviews: findings below <c>exceptions</c>, changes of the estate below <c>changes</c>.</summary>
/// <param name="Findings">The accepted findings, in the order of the file.</param>
/// <param name="Changes">The accepted changes, in the order of the file.</param>
internal sealed record ExceptionsFile(ImmutableArray<FindingException> Findings, ImmutableArray<ChangeException> Changes)
{
    // Shorter than this, a reason is none: "accepted", "known issue".
    private const int ShortestReason = 15;

    /// <summary>Nothing is accepted.</summary>
    public static ExceptionsFile None { get; } = new([], []);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shown">The file as messages name it.</param>
    /// <param name="rules">The rules that can be named.</param>
    /// <exception cref="UsageException">It cannot be read, or an entry lacks something.</exception>
    public static ExceptionsFile Read(string path, string shown, IReadOnlyList<RuleInfo> rules)
    {
        if (YamlFile.Read(path, shown) is not { } root)
        {
            return None;
        }

        var map = new YamlMap(root, shown, "the exceptions file", "exceptions", "changes");
        return new ExceptionsFile(
            [
                .. map.Maps("exceptions", "rule", "selector", "reason", "approver", "created", "expires", "ticket")
                    .Select(entry =>
                    {
                        AuditorConfiguration.RequireRule(entry.Required("rule"), entry.At("rule"), rules);
                        return new FindingException(
                            entry.Required("rule"),
                            entry.Required("selector"),
                            Reason(entry),
                            entry.Required("approver"),
                            Expires(entry),
                            entry.Text("ticket"),
                            entry.Location
                        )
                        {
                            Created = Created(entry),
                        };
                    }),
            ],
            [
                .. map.Maps("changes", "entity", "path", "value", "reason", "approver", "created", "expires", "ticket")
                    .Select(entry => new ChangeException(
                        entry.Required("entity"),
                        entry.Text("path"),
                        entry.Text("value"),
                        Reason(entry),
                        entry.Required("approver"),
                        Created(entry),
                        Expires(entry),
                        entry.Text("ticket"),
                        entry.Location
                    )),
            ]
        );
    }

    private static string Reason(YamlMap entry) =>
        entry.Required("reason") is { Length: >= ShortestReason } reason
            ? reason
            : throw new UsageException($"{entry.At("reason")}: the reason is too short to be one ({ShortestReason} characters at least).");

    private static DateOnly Expires(YamlMap entry) =>
        entry.Day("expires") ?? throw new UsageException($"{entry.At("expires")}: 'expires' is missing: until when is it accepted?");

    private static DateOnly? Created(YamlMap entry) =>
        entry.Day("created") is not { } created ? null
        : created < Expires(entry) ? created
        : throw new UsageException($"{entry.At("created")}: 'created' is not before 'expires'.");
}
