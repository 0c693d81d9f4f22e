using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Engine;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Trace;

namespace Auditor.Cli.Comparison;

/// <summary>One side of a comparison: what a path holds, or a run of a store.</summary>
internal sealed record ComparedState
{
    private static readonly (string Prefix, TerraformView View)[] Views =
    [
        ("planned:", TerraformView.Planned),
        ("refreshed:", TerraformView.Refreshed),
        ("recorded:", TerraformView.Recorded),
    ];

    /// <summary>As it was given.</summary>
    public required string Given { get; init; }

    /// <summary>What it turned out to be: <c>recording</c>, <c>bundles</c>, <c>run</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The state in words.</summary>
    public required string Description { get; init; }

    /// <summary>What was read; null for a run, of which the state is kept and not the estate.</summary>
    public Input? Input { get; init; }

    /// <summary>The state of a run; null for what was read from a path.</summary>
    public Snapshot? Kept { get; init; }

    /// <summary>Whether it is what is declared, laid over what is live.</summary>
    public bool IsDeclared { get; private init; }

    /// <summary>For a plan of Terraform: which of its states is meant.</summary>
    public TerraformView View { get; private init; }

    private bool IsWhole { get; init; }

    private TerraformDocument? Terraform => Input?.Terraform;

    /// <summary>Whether it is what a plan of Terraform will make: nobody made it yet.</summary>
    public bool IsPlanned
    {
        get => field || (Terraform is not null && View == TerraformView.Planned);
        private init;
    }

    /// <summary>What could not be read of it, ordered.</summary>
    public ImmutableArray<string> Gaps { get; init; } = [];

    /// <summary>The estate; an empty one for a run.</summary>
    public Landscape Landscape => Input?.Landscape ?? new Landscape { CapturedAt = Kept?.CapturedAt };

    /// <summary>Reads a side.</summary>
    /// <param name="given">A path, <c>run:N</c> or <c>run:last</c>.</param>
    /// <param name="redactor">The same for both sides, so that a secret that did not change shows as that.</param>
    /// <param name="store">The store of runs; null when none is configured.</param>
    /// <param name="environment">Where relative paths begin.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UsageException">There is no such run, or no store to look in.</exception>
    public static async Task<ComparedState> ReadAsync(
        string given,
        Redactor redactor,
        (HistoryStore Store, string Series)? store,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        if (RunReference.Is(given, environment))
        {
            var run = await RunReference.FindAsync(given, store, cancellationToken);
            return new ComparedState
            {
                Given = given,
                Kind = "run",
                Description = run.Description,
                Kept = await store!.Value.Store.StateAsync(run, cancellationToken),
                Gaps = [.. run.Gaps.Select(gap => $"{run.Description}: {gap}")],
            };
        }

        var (prefix, view) = Path.Exists(Path.GetFullPath(given, environment.WorkingFolder))
            ? default
            : Views.FirstOrDefault(candidate => given.StartsWith(candidate.Prefix, StringComparison.Ordinal));
        var path = given[(prefix ?? "").Length..];
        if (prefix is not null && path.Length == 0)
        {
            throw new UsageException($"'{given}': name the plan of Terraform after the colon.");
        }

        var input = await new InputReader(redactor).ReadAsync([path], environment.WorkingFolder, cancellationToken);
        given = prefix + Audit.Shown(path, environment.WorkingFolder);
        if (prefix is not null)
        {
            if (input.Terraform is { IsSource: true })
            {
                throw new UsageException($"'{given}': sources of Terraform hold one state: give the folder without '{prefix}'.");
            }

            input = input.Terraform is { } document
                ? input with
                {
                    Landscape = document.Alone(view),
                }
                : throw new UsageException(
                    $"'{given}': only a plan of Terraform has a state of that name, and this is {input.Sources[0].Kind}."
                );
        }

        return new ComparedState
        {
            View = view,
            Given = given,
            Kind = input.Sources[0].Kind,
            Description = input.Landscape.CapturedAt is { } time
                ? string.Create(CultureInfo.InvariantCulture, $"{given} of {time.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
                : given,
            Input = input,
            Gaps =
            [
                .. input
                    .Landscape.Coverage.Where(entry => entry.Coverage.IsGap)
                    .Select(entry => $"{given}: {entry.Part}: {entry.Coverage.State} ({entry.Coverage.Reason})"),
            ],
        };
    }

    /// <summary>Whether what is read from a path says what should be, and not what is: a plan, a state or the sources of Terraform.</summary>
    public bool IsOfTerraform => Terraform is not null;

    /// <summary>Whether it is a tree without an organization, or with a configuration and no deployments: where things are declared. What was recorded is what they are.</summary>
    public bool IsCheckout => Kind is "bundles" or "bundle archive" or "configuration tree";

    /// <summary>The same plan, with another of its states meant.</summary>
    /// <param name="view">The state.</param>
    /// <exception cref="UsageException">It is no plan.</exception>
    public ComparedState At(TerraformView view) =>
        Terraform is { IsPlan: true } plan
            ? this with
            {
                View = view,
                Given = Views.Single(candidate => candidate.View == view).Prefix + Given,
                Description = Views.Single(candidate => candidate.View == view).Prefix + Given,
                Input = Input! with { Landscape = plan.Alone(view) },
            }
            : throw new UsageException(
                $"'{Given}' alone is compared with nothing: name a second state. Only a plan of Terraform holds two (what is, and what will be)."
            );

    /// <summary>
    /// The two sides of a comparison, made comparable: what is declared is laid over what is live, so that it says nothing of what it does not declare; and of two states of what
    /// Terraform manages, that is all.
    /// </summary>
    /// <param name="before">The earlier or declared side.</param>
    /// <param name="after">The later or live side.</param>
    /// <param name="isDeclared">Whether the first is said to be what is declared.</param>
    /// <param name="redactionKey">The name of the key by which what was read here was fingerprinted.</param>
    /// <exception cref="UsageException">One of the two is a run, of which only the state is kept.</exception>
    public static (ComparedState Before, ComparedState After) Paired(
        ComparedState before,
        ComparedState after,
        bool isDeclared,
        string redactionKey
    ) =>
        (before.Terraform, after.Terraform) switch
        {
            ({ } earlier, { } later) => Whole(before, earlier.Whole(before.View, later.Alone(after.View)), after, later),
            ({ } declared, null) => (
                before.Laid(
                    declared.Over(before.View, after.Estate(before), TerraformOthers.StayByKind) with
                    {
                        // A plan is of no time at which the estate was like that.
                        CapturedAt = before.Landscape.CapturedAt,
                    }
                ) with
                {
                    IsDeclared = true,
                },
                after
            ),
            (null, { } planned) => (before, after.PlannedFor(before, planned)),
            _ => isDeclared ? (before.Declared(after, redactionKey), after) : (before, after),
        };

    private ComparedState Declared(ComparedState live, string redactionKey)
    {
        if (Input?.Landscape is not { } declared)
        {
            throw new UsageException(
                $"'{Given}' is a run, of which the store keeps the state and not the estate: with --declared the first state is what is declared, e.g. a checkout."
            );
        }

        return DeclaredEstate.Twice(declared) is var (one, other)
            ? throw new UsageException(
                $"'{Given}': {(one.Kind == BundleKind.Proxy ? "proxy" : "shared flow")} '{one.Name}' is declared twice, in '{one.Path}' and in '{other.Path}': compare a tree that holds one of them."
            )
            : Laid(DeclaredEstate.Of(declared, live.Estate(this), redactionKey)) with
            {
                IsDeclared = true,
            };
    }

    /// <summary>This side of a comparison with what is audited. What says what should be is laid over it.</summary>
    /// <param name="audited">What is audited.</param>
    /// <param name="redactionKey">The name of the key by which what was read here was fingerprinted.</param>
    public ComparedState Against(Input audited, string redactionKey)
    {
        ArgumentNullException.ThrowIfNull(audited);
        var isLive = audited.Sources is [{ Kind: "recording" }];
        return IsOfTerraform || (IsCheckout && isLive)
            ? Paired(
                this,
                new ComparedState
                {
                    Given = "what is audited",
                    Kind = audited.Sources[0].Kind,
                    Description = "this run",
                    Input = audited,
                },
                isDeclared: true,
                redactionKey
            ).Before
            : this;
    }

    // What the excerpts of the other side show stays as it is in this one, and what is never shown of this one stays unseen, wherever it lies.
    private ComparedState PlannedFor(ComparedState live, TerraformDocument planned)
    {
        var landscape = planned.Over(View, live.Estate(this), TerraformOthers.Stay);
        return this with
        {
            Input = live.Input! with { Landscape = landscape, Texts = live.Input!.Texts.WithUnseenOf(Input!.Texts) },
            IsPlanned = View == TerraformView.Planned,
        };
    }

    private Landscape Estate(ComparedState other) =>
        Input?.Landscape
        ?? throw new UsageException(
            $"'{Given}' is a run, of which the store keeps the state and not the estate: compare '{other.Given}', which says what should be, with a recording."
        );

    private static (ComparedState Before, ComparedState After) Whole(
        ComparedState before,
        Landscape managed,
        ComparedState after,
        TerraformDocument later
    ) =>
        (
            before.Laid(managed) with
            {
                IsWhole = true,
            },
            after.Laid(later.Over(after.View, managed, TerraformOthers.Go)) with
            {
                IsWhole = true,
            }
        );

    private ComparedState Laid(Landscape landscape) => this with { Input = Input! with { Landscape = landscape } };

    /// <summary>The state, with who can do what in it.</summary>
    public Snapshot Snapshot(AuditSettings settings, CancellationToken cancellationToken) =>
        Kept ?? Snapshot(AccessFacts.Of(TracedLandscape.Build(Landscape, settings, null, cancellationToken)));

    /// <summary>The state.</summary>
    /// <param name="access">Who can do what in it.</param>
    public Snapshot Snapshot(ImmutableArray<AccessFact> access)
    {
        var state = Kept ?? SnapshotBuilder.Build(Landscape, access, Description);
        return IsWhole ? state.AsWhole()
            : IsDeclared && Terraform is { } terraform ? state.WithDeclaredClients(terraform.Artifacts)
            : state;
    }
}
