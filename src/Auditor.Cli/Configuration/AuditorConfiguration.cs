using Auditor.Cli.Comparison;
using Auditor.Engine;
using Auditor.History.Comparison;
using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Cli.Configuration;

/// <summary>What <c>auditor.yaml</c> and the exceptions file say.</summary>
internal sealed record AuditorConfiguration
{
    /// <summary>The name under which the configuration is looked for.</summary>
    public const string FileName = "auditor.yaml";

    private static readonly string[] Verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

    /// <summary>The file; null when there is none.</summary>
    public string? File { get; init; }

    /// <summary>The Okta orgs.</summary>
    public ImmutableArray<OktaSettings> Okta { get; init; } = [];

    /// <summary>The Apigee organizations.</summary>
    public ImmutableArray<ApigeeSettings> Apigee { get; init; } = [];

    /// <summary>What is declared about the estate.</summary>
    public AuditSettings Settings { get; init; } = new();

    /// <summary>The accepted findings and changes.</summary>
    public ExceptionsFile Accepted { get; init; } = Configuration.ExceptionsFile.None;

    /// <summary>The file that lists them; null when there is none.</summary>
    public string? ExceptionsFile { get; init; }

    /// <summary>The levels that differ.</summary>
    public ImmutableArray<LevelOverride> Levels { get; init; } = [];

    /// <summary>The store of past runs: a file relative to the configuration, or a database; null when there is none.</summary>
    public string? Store { get; init; }

    /// <summary>The name of the estate within the store; null for the default.</summary>
    public string? Series { get; init; }

    /// <summary>How often an audit is meant to run; null when nobody says.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How long finished audits are kept; null: always.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>The changes that are accepted, as a comparison of two states takes them: with the last day on which each holds.</summary>
    public IEnumerable<AcceptedChange> AcceptedChanges =>
        Accepted.Changes.Select(change => new AcceptedChange(
            change.Entity,
            change.Path,
            change.Value,
            change.Reason,
            change.Approver,
            change.Expires.AddDays(-1)
        ));

    /// <summary>Finds the configuration: the file given, the one in a path given, or the nearest upwards from the current folder.</summary>
    public static string? Find(string? given, IReadOnlyList<string> paths, string workingFolder)
    {
        if (given is not null)
        {
            var full = Path.GetFullPath(given, workingFolder);
            return System.IO.File.Exists(full) ? full : throw new UsageException($"--config: there is no file '{given}'.");
        }

        foreach (var path in paths)
        {
            var inside = Path.Combine(Path.GetFullPath(path, workingFolder), FileName);
            if (System.IO.File.Exists(inside))
            {
                return inside;
            }
        }

        for (var folder = new DirectoryInfo(workingFolder); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, FileName);
            if (System.IO.File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Reads the configuration.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="exceptionsFile">The exceptions file of the command line; null for the one the configuration names.</param>
    /// <param name="workingFolder">The folder that paths are shown relative to.</param>
    /// <param name="rules">The rules that can be named.</param>
    public static AuditorConfiguration Read(string? path, string? exceptionsFile, string workingFolder, IReadOnlyList<RuleInfo> rules)
    {
        var configuration = new AuditorConfiguration();
        string? declaredExceptions = null;
        if (path is not null)
        {
            var shown = Shown(path, workingFolder);
            if (YamlFile.Read(path, shown) is { } root)
            {
                var map = new YamlMap(
                    root,
                    shown,
                    "the configuration",
                    "okta",
                    "apigee",
                    "environments",
                    "public",
                    "agents",
                    "trustedHeaders",
                    "tokenBackends",
                    "sensitivity",
                    "exceptions",
                    "rules",
                    "store",
                    "pipeline"
                );
                configuration = Map(map, rules);
                declaredExceptions = map.Text("exceptions") is { Length: > 0 } file
                    ? Path.Combine(Path.GetDirectoryName(path)!, file)
                    : null;
            }

            configuration = configuration with { File = path };
        }

        var exceptions = exceptionsFile is null ? declaredExceptions : Path.GetFullPath(exceptionsFile, workingFolder);
        if (exceptions is null)
        {
            return configuration;
        }

        if (!System.IO.File.Exists(exceptions))
        {
            throw new UsageException($"There is no exceptions file '{Shown(exceptions, workingFolder)}'.");
        }

        return configuration with
        {
            ExceptionsFile = exceptions,
            Accepted = Configuration.ExceptionsFile.Read(exceptions, Shown(exceptions, workingFolder), rules),
        };
    }

    private static string Shown(string path, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, path).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFileName(path) : relative;
    }

    private static AuditorConfiguration Map(YamlMap map, IReadOnlyList<RuleInfo> rules)
    {
        var levels = ImmutableArray.CreateBuilder<LevelOverride>();
        if (map.Map("rules") is { } overrides)
        {
            foreach (var name in overrides.Keys)
            {
                RequireRule(name, overrides.At(name), rules);
                var rule = overrides.Map(name, "level")!;
                var level =
                    rule.Word("level", "error", "warning", "note", "off")
                    ?? throw new UsageException($"{overrides.At(name)}: 'level' is missing for rule '{name}'.");
                levels.Add(new LevelOverride(name, LevelOf(level)));
            }
        }

        var sensitivity = map.Map("sensitivity", "high", "low");
        var pipeline = map.Map("pipeline", "actors", "breakGlass");
        var store = map.Map("store", "location", "series", "every", "keep");
        return new AuditorConfiguration
        {
            Store = store?.Required("location"),
            Series = store?.Text("series"),
            Every = StoreOptions.Span(store?.Text("every"), store?.At("every") ?? ""),
            Keep = StoreOptions.Span(store?.Text("keep"), store?.At("keep") ?? ""),
            Okta = OktaSettings.Read(map),
            Apigee = ApigeeSettings.Read(map),
            Levels = levels.ToImmutable(),
            Settings = new AuditSettings
            {
                Pairs =
                [
                    .. map.Maps("environments", "apigee", "okta", "class", "names")
                        .Select(pair => new EnvironmentPair(
                            pair.Required("apigee"),
                            pair.Required("okta"),
                            pair.Word("class", "production", "staging", "development"),
                            pair.Location
                        )
                        {
                            Names = pair.Map("names") is { } names
                                ? names.Keys.ToImmutableSortedDictionary(name => name, names.Required, StringComparer.Ordinal)
                                : ImmutableSortedDictionary<string, string>.Empty,
                        }),
                ],
                Public =
                [
                    .. map.Maps("public", "proxy", "path", "verbs", "owner", "reason", "expires")
                        .Select(entry => new PublicOperation(
                            entry.Required("proxy"),
                            entry.Path("path"),
                            entry.Words("verbs", Verbs),
                            entry.Text("owner") ?? "",
                            entry.Text("reason") ?? "",
                            entry.Day("expires"),
                            entry.Location
                        )),
                ],
                Agents =
                [
                    .. map.Maps("agents", "clientId", "owner")
                        .Select(agent => new DeclaredAgent(agent.Required("clientId"), agent.Text("owner") ?? "", agent.Location)),
                ],
                TrustedHeaders =
                [
                    .. map.Maps("trustedHeaders", "header", "setBy", "evidence")
                        .Select(header => new TrustedHeader(
                            header.Required("header"),
                            header.Required("setBy"),
                            header.Text("evidence") ?? "",
                            header.Location
                        )),
                ],
                TokenBackends =
                [
                    .. map.Maps("tokenBackends", "host", "evidence")
                        .Select(backend => new TokenBackend(backend.Required("host"), backend.Text("evidence") ?? "", backend.Location)),
                ],
                Pipeline = pipeline is null
                    ? null
                    : new ChangePipeline(pipeline.Texts("actors"), pipeline.Texts("breakGlass"), pipeline.Location),
                HighSensitivity = sensitivity?.Texts("high") ?? [],
                LowSensitivity = sensitivity?.Texts("low") ?? [],
            },
        };
    }

    private static Level? LevelOf(string word) =>
        word switch
        {
            "error" => Level.Error,
            "warning" => Level.Warning,
            "note" => Level.Note,
            _ => null,
        };

    /// <summary>Makes sure that a word means a rule.</summary>
    /// <exception cref="UsageException">It means none.</exception>
    public static void RequireRule(string name, string at, IReadOnlyList<RuleInfo> rules)
    {
        if (rules.Any(rule => RuleSelector.Selects(name, rule)))
        {
            return;
        }

        throw new UsageException(
            $"{at}: " + CommandLine.Meant($"there is no rule '{name}'", name, RuleSelector.Words(rules), "'auditor rules' lists them")
        );
    }
}
