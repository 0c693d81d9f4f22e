using Auditor.Cli.Commands;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Cli;

/// <summary>What an audit is asked to do, as a command line says it.</summary>
internal sealed record AuditRequest
{
    public required string[] Paths { get; init; }
    public required Func<AuditorConfiguration, LiveCollection> Live { get; init; }

    /// <summary>From when on logs of changes are read where nothing else is said: since the state that this one is compared with.</summary>
    public DateTimeOffset? ChangesSince { get; init; }

    public string? Config { get; init; }
    public string? Exceptions { get; init; }
    public string? Baseline { get; init; }
    public Level? FailOn { get; init; } = Level.Error;
    public ImmutableArray<string> Rules { get; init; } = [];
    public ImmutableArray<string> Excluded { get; init; } = [];
    public ImmutableArray<string> Environments { get; init; } = [];
    public bool Strict { get; init; }
    public bool Offline { get; init; }
    public bool Deterministic { get; init; }
    public bool FailOnDrift { get; init; }
    public bool NewOnly { get; init; }
    public bool Progress { get; init; }
}

/// <summary>An audit whose input was read: what every command that judges an estate has in common. What was recorded of live sources is gone when it is disposed of.</summary>
internal sealed class Audit : IDisposable
{
    private readonly AuditRequest request;
    private readonly ConsoleEnvironment environment;
    private readonly LiveCollection sources;
    private readonly PrivateFolder? recording;
    private readonly Progress progress;
    private readonly RequestLog? log;

    private Audit(
        AuditRequest request,
        AuditorConfiguration configuration,
        ConsoleEnvironment environment,
        LiveCollection sources,
        PrivateFolder? recording,
        Progress progress,
        RequestLog? log,
        Input input
    )
    {
        this.request = request;
        this.environment = environment;
        this.sources = sources;
        this.recording = recording;
        this.progress = progress;
        this.log = log;
        Configuration = configuration;
        Input = input;
    }

    /// <summary>What is declared.</summary>
    public AuditorConfiguration Configuration { get; }

    /// <summary>What was read.</summary>
    public Input Input { get; }

    /// <summary>The requests by which live sources were read; null when files were.</summary>
    public ImmutableArray<SentRequest>? Requests => log?.Requests;

    /// <summary>The paths that were read, or the names of the live sources, as reports show them.</summary>
    public IEnumerable<string> Names =>
        recording is null ? PathsOf(request).Select(path => Shown(path, environment.WorkingFolder)) : sources.Names;

    /// <summary>The configuration that a request means.</summary>
    /// <exception cref="UsageException">The request or the configuration is wrong.</exception>
    public static AuditorConfiguration ConfigurationOf(AuditRequest request, ConsoleEnvironment environment)
    {
        if (request.Paths.Contains("", StringComparer.Ordinal))
        {
            throw new UsageException("A PATH is empty; '.' is the current folder.");
        }

        foreach (var selector in request.Rules.Concat(request.Excluded))
        {
            RuleArguments.Require(selector);
        }

        return AuditorConfiguration.Read(
            AuditorConfiguration.Find(request.Config, request.Paths, environment.WorkingFolder),
            request.Exceptions,
            environment.WorkingFolder,
            AllRules.Infos
        );
    }

    /// <summary>Reads the input: the paths, or the live sources where none are given.</summary>
    /// <exception cref="UsageException">The request is wrong.</exception>
    /// <exception cref="InputException">A path cannot be read.</exception>
    public static async Task<Audit> ReadAsync(
        ConsoleEnvironment environment,
        AuditRequest request,
        AuditorConfiguration configuration,
        Redactor redactor,
        CancellationToken cancellationToken
    )
    {
        var live = SourcesOf(request, configuration);
        if (request.ChangesSince is { } since)
        {
            live = live.WithChangesSince(since, environment.Clock.GetUtcNow());
        }

        var shown = new Progress(environment, request.Progress);
        PrivateFolder? recorded = null;
        try
        {
            shown.Report("reading", 0, 0);
            var paths = PathsOf(request);
            RequestLog? requests = null;
            if (!live.IsEmpty)
            {
                requests = new RequestLog();
                recorded = new PrivateFolder();
                await live.RecordAsync(recorded.Path, redactor, environment, shown, cancellationToken, requests);
                paths = [recorded.Path];
            }

            var input = await new InputReader(redactor).ReadAsync(paths, environment.WorkingFolder, cancellationToken);
            RequireEnvironments(request.Environments, input.Landscape);
            return new Audit(request, configuration, environment, live, recorded, shown, requests, input);
        }
        catch
        {
            shown.Dispose();
            recorded?.Dispose();
            throw;
        }
    }

    /// <summary>Whether a folder lies in one of the paths that were read.</summary>
    public bool Reads(string folder) =>
        recording is null
        && PathsOf(request)
            .Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, environment.WorkingFolder)))
            .Any(path => folder == path || folder.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>Judges what was read.</summary>
    /// <param name="cancellationToken">Stops the judging.</param>
    /// <param name="compare">What changed since another state, from who can do what now and the rules that are asked; null where nothing is compared.</param>
    public AuditRun Run(
        CancellationToken cancellationToken,
        Func<ImmutableArray<AccessFact>, IEnumerable<RuleInfo>, EstateComparison?>? compare = null
    )
    {
        var run = AuditEngine.Run(
            Input.Landscape,
            Input.Texts.Find,
            AllRules.Described,
            Options(),
            environment.Clock.GetUtcNow(),
            progress.Report,
            cancellationToken,
            compare
        ) with
        {
            FailOnDrift = request.FailOnDrift,
            NewOnly = request.NewOnly,
        };
        progress.Dispose();
        return run;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        progress.Dispose();
        recording?.Dispose();
    }

    /// <summary>A path as reports show it: never absolute.</summary>
    public static string Shown(string path, string workingFolder)
    {
        if (!Path.IsPathRooted(path))
        {
            return path;
        }

        var relative = Path.GetRelativePath(workingFolder, path).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFileName(path.TrimEnd('/')) : relative;
    }

    private static string[] PathsOf(AuditRequest request) => request.Paths is [] ? ["."] : request.Paths;

    private AuditOptions Options() =>
        new()
        {
            Settings = Configuration.Settings with { Environments = request.Environments },
            Rules = request.Rules,
            ExcludedRules = request.Excluded,
            Levels = Configuration.Levels,
            Exceptions = Configuration.Accepted.Findings,
            AcceptedChanges = Configuration.Accepted.Changes,
            Baseline = BaselineFile.Find(request.Baseline, environment.WorkingFolder),
            FailOn = request.FailOn,
            Strict = request.Strict,
            Deterministic = request.Deterministic,
            ToolVersion = ProductVersion.Text,
            DigestOf = Input.Texts.Digest,
            Inputs =
            [
                .. Input.Sources.Select(
                    (source, i) =>
                        new AuditInput(
                            recording is null ? Shown(PathsOf(request)[i], environment.WorkingFolder) : string.Join(", ", sources.Names),
                            recording is null ? source.Kind : "live"
                        )
                        {
                            Prefix = source.Prefix,
                            Checkout = source.Checkout,
                        }
                ),
            ],
        };

    // With no PATH: the sources of auditor.yaml or of the environment; without those, the current folder.
    private static LiveCollection SourcesOf(AuditRequest request, AuditorConfiguration configuration)
    {
        var isNamed = !configuration.Okta.IsEmpty || !configuration.Apigee.IsEmpty;
        if (request.Paths is not [] || (request.Offline && !isNamed))
        {
            return LiveCollection.None;
        }

        return request.Offline
            ? throw new UsageException(
                $"--offline: {AuditorConfiguration.FileName} names live sources; give a PATH ('.' is the current folder)."
            )
            : request.Live(configuration);
    }

    // A misspelled environment would leave nothing to judge, and nothing is never wrong.
    private static void RequireEnvironments(ImmutableArray<string> wanted, Landscape landscape)
    {
        var known = landscape.Apigee.SelectMany(organization => organization.Environments).Select(environment => environment.Name).ToList();
        foreach (var name in wanted.Where(name => !known.Contains(name, StringComparer.Ordinal)))
        {
            throw new UsageException(
                "--environment: "
                    + CommandLine.Meant(
                        $"there is no environment '{name}'",
                        name,
                        known,
                        known.Count == 0
                            ? "bundles alone belong to none"
                            : $"there are {string.Join(", ", known.Distinct(StringComparer.Ordinal))}"
                    )
            );
        }
    }
}
