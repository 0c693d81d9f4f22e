using System.CommandLine;
using System.Text;
using Auditor.Cli.Comparison;
using Auditor.Cli.Evidence;
using Auditor.Cli.Output;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor evidence pack</c>: an audit, and everything that somebody needs to judge it later.</summary>
internal static class EvidencePackCommand
{
    private sealed record Wishes
    {
        public required string Out { get; init; }
        public required string? Previous { get; init; }
        public required bool First { get; init; }
        public required bool Unsigned { get; init; }
        public required bool Oscal { get; init; }
        public required string? SignProgram { get; init; }
        public required Uri? Timestamp { get; init; }
        public required bool AllowIncomplete { get; init; }
        public required string? Store { get; init; }
        public required string? Series { get; init; }
        public required TimeSpan? Wait { get; init; }
    }

    public static Command Create(ConsoleEnvironment environment)
    {
        var paths = AuditArguments.Paths();
        var output = new Option<string>("--out")
        {
            Description = "The folder of the packs. The newest one in it is the one that this one follows.",
            HelpName = "FOLDER",
            DefaultValueFactory = _ => "evidence",
        };
        var key = new Option<string?>("--key")
        {
            Description = $"The private key that signs: EC on P-256, PEM. Default: what {PackSigner.KeyVariable} holds.",
            HelpName = "FILE",
        };
        var program = new Option<string?>("--sign-program")
        {
            Description = "A program, by its full path, that signs standard input and writes the signature in DER.",
            HelpName = "PATH",
        };
        var publicKey = new Option<string?>("--public-key") { Description = "The public key of that program, PEM.", HelpName = "FILE" };
        var unsigned = new Option<bool>("--unsigned") { Description = "Do not sign: the pack then proves nothing." };
        var previous = new Option<string?>("--previous")
        {
            Description = "The pack to follow, where it is not in the folder.",
            HelpName = "PACK",
        };
        var first = new Option<bool>("--first") { Description = "Begin a new chain." };
        var timestamp = new Option<string?>("--timestamp-url")
        {
            Description = "A time stamp authority (RFC 3161) that is asked about the signature.",
            HelpName = "URL",
        };
        var oscal = new Option<bool>("--oscal") { Description = "Add the results as OSCAL assessment results." };
        var config = AuditArguments.Config();
        var exceptions = AuditArguments.Exceptions();
        var environments = AuditArguments.Environments();
        var failOn = AuditCommand.FailOn("The level from which findings make the audit fail.");
        var allowIncomplete = new Option<bool>("--allow-incomplete")
        {
            Description = "Let what was found decide the exit code when the audit is incomplete.",
        };
        var store = StoreOptions.Store();
        var series = StoreOptions.Series();
        var wait = StoreOptions.Wait();
        var noProgress = new Option<bool>("--no-progress") { Description = "Show no progress." };
        var command = new Command(
            "pack",
            "Audit an estate, and pack the audit with what it was made of, signed and chained to the pack before."
        )
        {
            paths,
            output,
            key,
            program,
            publicKey,
            unsigned,
            previous,
            first,
            timestamp,
            oscal,
            config,
            exceptions,
            environments,
            failOn,
            allowIncomplete,
            store,
            series,
            wait,
            noProgress,
        };
        var live = new LiveOptions();
        live.AddTo(command);
        command.SetAction(
            async (result, cancellationToken) =>
            {
                using var signer = PackSigner.Find(result.GetValue(key), result.GetValue(program), result.GetValue(publicKey), environment);
                return await RunAsync(
                    environment,
                    new AuditRequest
                    {
                        Paths = result.GetValue(paths) ?? [],
                        Live = configuration => live.Sources(result, configuration, environment),
                        Config = result.GetValue(config),
                        Exceptions = result.GetValue(exceptions),
                        Environments = RuleArguments.Words(result.GetValue(environments)),
                        FailOn = AuditCommand.LevelOf(result.GetValue(failOn)!),
                        Progress = !result.GetValue(noProgress),
                    },
                    new Wishes
                    {
                        Out = Path.GetFullPath(result.GetValue(output)!, environment.WorkingFolder),
                        Previous = result.GetValue(previous),
                        First = result.GetValue(first),
                        Unsigned = result.GetValue(unsigned),
                        Oscal = result.GetValue(oscal),
                        SignProgram = result.GetValue(program),
                        Timestamp = result.GetValue(timestamp) is { } url ? TimestampAuthority.Address(url, environment) : null,
                        AllowIncomplete = result.GetValue(allowIncomplete),
                        Store = result.GetValue(store),
                        Series = result.GetValue(series),
                        Wait = StoreOptions.Span(result.GetValue(wait), "--wait"),
                    },
                    signer,
                    cancellationToken
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        ConsoleEnvironment environment,
        AuditRequest request,
        Wishes wishes,
        PackSigner? signer,
        CancellationToken cancellationToken
    )
    {
        Require(wishes, signer);
        SignProgram.RefuseBelow(
            wishes.SignProgram,
            request.Paths.DefaultIfEmpty(".").Select(path => Path.GetFullPath(path, environment.WorkingFolder))
        );
        var previous = await PreviousAsync(wishes, environment, cancellationToken);
        var started = environment.Clock.GetUtcNow();
        var configuration = Audit.ConfigurationOf(request, environment);
        // The night's one audit: with a store it is compared with the last one, and kept, as 'audit' does.
        await using var series = await AuditedSeries.BeginAsync(
            wishes.Store,
            wishes.Series,
            wishes.Wait,
            configuration,
            environment,
            cancellationToken
        );
        using var audit = await Audit.ReadAsync(
            environment,
            request with
            {
                ChangesSince = series?.Previous?.Time,
            },
            configuration,
            series?.RedactionKey is { } key ? new Redactor(key.Span) : new Redactor(),
            cancellationToken
        );
        if (audit.Reads(wishes.Out))
        {
            throw new UsageException("--out lies in what is audited, and the next audit would read the pack: name a folder elsewhere.");
        }

        var landscape = audit.Input.Landscape;
        var asked = new AuditSelection(request.Environments, request.Rules, request.Excluded);
        var run = audit.Run(
            cancellationToken,
            series is null ? null : (access, chosen) => series.Compare(landscape, access, null, AuditedSeries.DigestOf(chosen, asked))
        );
        if (run.Outcome == AuditOutcome.Nothing)
        {
            throw new UsageException(
                $"There is nothing to audit in {string.Join(", ", audit.Names.Select(name => $"'{name}'"))}; no pack was written."
            );
        }

        run = series?.Mark(run) ?? run;
        var code = ExitCode.Of(run, wishes.AllowIncomplete);
        var artifacts = PackMaterial.Artifacts(audit.Input);
        var (name, saidBy) = PackMaterial.Operator(environment);
        var facts = new PackFacts
        {
            Started = started,
            Finished = environment.Clock.GetUtcNow(),
            Sequence = (previous?.Sequence ?? 0) + 1,
            Previous = previous,
            Operator = name,
            OperatorKind = saidBy,
            ToolSha256 = PackMaterial.ToolDigest(environment),
            Configuration = PackMaterial.Configuration(configuration.File, configuration.ExceptionsFile),
            ExitCode = code,
            Population = PackMaterial.Population(audit.Input),
            Artifacts = artifacts,
            Queries = audit.Requests is { } sent ? PackQueries.OfLog(sent, artifacts) : PackQueries.OfRecording(artifacts),
            QueriesWereLogged = audit.Requests is not null,
        };
        var files = EvidencePack.Build(run, facts);
        if (wishes.Oscal)
        {
            files["oscal/assessment-results.json"] = OscalResults.Write(run, facts);
            files[ChecksumList.FileName] = ChecksumList.Write(files.Where(file => file.Key != ChecksumList.FileName));
        }

        if (signer is not null)
        {
            await SignAsync(files, signer, wishes.Timestamp, environment, cancellationToken);
        }

        var folder = EvidencePack.NameOf(run, facts);
        await PackFolder.WriteAsync(wishes.Out, folder, files, cancellationToken);
        if (series is not null)
        {
            // A run without its pack would be a hole in the evidence that the next pack, compared with that run, does not show.
            code = ExitCode.Of(
                await series.KeepAsync(run, landscape, wishes.AllowIncomplete, environment, cancellationToken),
                wishes.AllowIncomplete
            );
        }

        await environment.PrintAsync(Audit.Shown(Path.Combine(wishes.Out, folder), environment.WorkingFolder) + "\n", cancellationToken);
        return code;
    }

    private static void Require(Wishes wishes, PackSigner? signer)
    {
        if (signer is null && !wishes.Unsigned)
        {
            throw new UsageException(
                $"A pack is signed: give a key with --key or in {PackSigner.KeyVariable}, or a program with --sign-program (--unsigned goes without)."
            );
        }

        if (signer is not null && wishes.Unsigned)
        {
            throw new UsageException("--unsigned, and a key is given: one of the two.");
        }

        if (signer is null && wishes.Timestamp is not null)
        {
            throw new UsageException("--timestamp-url needs a signature to stamp.");
        }

        if (wishes is { First: true, Previous: not null })
        {
            throw new UsageException("--first and --previous cannot both be given.");
        }
    }

    private static async Task<PreviousPack?> PreviousAsync(
        Wishes wishes,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        if (wishes.First)
        {
            return null;
        }

        if (wishes.Previous is { } given)
        {
            var folder = Path.GetFullPath(given, environment.WorkingFolder);
            return Directory.Exists(folder)
                ? PackMaterial.Previous(await PackFolder.ReadAsync(folder, cancellationToken))
                : throw new UsageException($"--previous: there is no '{given}'.");
        }

        if (!Directory.Exists(wishes.Out))
        {
            return null;
        }

        // Only the newest is read whole: there may be one for every night of a year.
        (string Folder, int Sequence)? newest = null;
        foreach (var folder in PackFolder.Below(wishes.Out))
        {
            var (_, sequence, _, _, _) = await PackFolder.IdentityAsync(folder, cancellationToken);
            newest = newest is { } known && known.Sequence >= sequence ? newest : (folder, sequence);
        }

        return newest is { } last ? PackMaterial.Previous(await PackFolder.ReadAsync(last.Folder, cancellationToken)) : null;
    }

    private static async Task SignAsync(
        SortedDictionary<string, byte[]> files,
        PackSigner signer,
        Uri? timestamp,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        var statement = EvidenceStatement.Write(files[ChecksumList.FileName], files[EvidencePack.RunName]);
        var signature = await signer.SignAsync(EvidenceStatement.Encoded(statement), cancellationToken);
        var stamp = timestamp is null ? null : await TimestampAuthority.StampAsync(timestamp, signature, environment, cancellationToken);
        files[EvidenceStatement.FileName] = EvidenceStatement.Bundle(statement, signature, signer.Key, stamp);
        files[EvidenceStatement.KeyFileName] = Encoding.UTF8.GetBytes(signer.PublicKey);
        if (stamp is not null)
        {
            files[EvidenceStatement.TimestampFileName] = stamp;
        }
    }
}
