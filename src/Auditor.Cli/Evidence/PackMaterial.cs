using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.History.Snapshots;
using Auditor.Reports;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Evidence;

/// <summary>Gathers what a pack holds besides the run: the objects, what was read and by which requests, who ran it, and the pack before.</summary>
internal static class PackMaterial
{
    // Archives of code, and files whose whole content may be a secret.
    private static readonly string[] NeverKept = [".jar", ".class", ".zip", ".p8", ".p12", ".pfx", ".jks", ".pem", ".key", ".der"];

    /// <summary>The objects of an estate with their settings, redacted.</summary>
    public static ImmutableArray<PopulationObject> Population(Input input) =>
        [
            .. SnapshotBuilder
                .Build(input.Landscape, [], "this run")
                .Entities.Select(entity => new PopulationObject(
                    entity.Kind,
                    entity.Key,
                    entity.Title,
                    entity.Environment,
                    entity.Location?.Artifact ?? "",
                    Line(entity)
                ))
                .OrderBy(item => item.Type, StringComparer.Ordinal)
                .ThenBy(item => item.Id, StringComparer.Ordinal),
        ];

    /// <summary>Everything that was read, as it may be kept.</summary>
    public static ImmutableArray<ArtifactCopy> Artifacts(Input input)
    {
        var isRecording = input.Sources.Any(source => source.Kind == "recording");
        return
        [
            .. input
                .Texts.All()
                .Where(artifact => IsInput(artifact, isRecording))
                .Select(artifact =>
                {
                    var digest = input.Texts.Digest(artifact);
                    var omitted =
                        NeverKept.Contains(Path.GetExtension(artifact), StringComparer.OrdinalIgnoreCase)
                            ? "no text, or a file that may be a secret as a whole"
                        : digest is null ? "cannot be read, or is larger than 4 MB"
                        : null;
                    var text = omitted is null ? input.Texts.Find(artifact) : null;
                    return new ArtifactCopy(
                        artifact,
                        digest,
                        text is null ? ReadOnlyMemory<byte>.Empty : Encoding.UTF8.GetBytes(text),
                        omitted ?? (text is null ? "no text" : null)
                    );
                }),
        ];
    }

    /// <summary>Who runs the program, as far as its surroundings say.</summary>
    public static (string Name, string SaidBy) Operator(ConsoleEnvironment environment)
    {
        string Of(string name) => environment.Variable(name) ?? "unknown";
        return environment.Variable("GITHUB_ACTIONS") == "true"
                ? ($"{Of("GITHUB_ACTOR")} in {Of("GITHUB_REPOSITORY")}, run {Of("GITHUB_RUN_ID")}", "github-actions")
            : environment.Variable("GITLAB_CI") == "true"
                ? ($"{Of("GITLAB_USER_LOGIN")} in {Of("CI_PROJECT_PATH")}, job {Of("CI_JOB_ID")}", "gitlab-ci")
            : environment.Variable("TF_BUILD") == "True"
                ? ($"{Of("BUILD_REQUESTEDFOR")} in {Of("BUILD_REPOSITORY_NAME")}, build {Of("BUILD_BUILDID")}", "azure-pipelines")
            : (environment.Variable("USER") ?? environment.Variable("LOGNAME") ?? environment.Variable("USERNAME") ?? "unknown", "account");
    }

    /// <summary>The digest of the program's file; null when it cannot be read.</summary>
    public static string? ToolDigest(ConsoleEnvironment environment)
    {
        try
        {
            if (environment.Program is not { } program)
            {
                return null;
            }

            using var stream = File.OpenRead(program);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The files that configure a run, with their digests.</summary>
    public static ImmutableArray<PackInputFile> Configuration(params ReadOnlySpan<string?> paths)
    {
        var files = ImmutableArray.CreateBuilder<PackInputFile>();
        foreach (var path in paths)
        {
            if (path is not null && File.Exists(path))
            {
                files.Add(new PackInputFile(Path.GetFileName(path), ChecksumList.Digest(File.ReadAllBytes(path))));
            }
        }

        return files.ToImmutable();
    }

    /// <summary>The pack to follow.</summary>
    /// <exception cref="UsageException">It is no whole pack.</exception>
    public static PreviousPack Previous(PackFiles pack)
    {
        try
        {
            var sums = pack.Files[ChecksumList.FileName];
            var identity = PackVerification.Read(pack.Files[EvidencePack.RunName], ChecksumList.Digest(sums));
            var run = RunDocument.Read(pack.Files[EvidencePack.RunDocumentName]);
            return new PreviousPack(
                pack.Name,
                identity.Sequence,
                identity.Sums,
                PackPopulation
                    .Read(pack.Files[EvidencePack.PopulationName])
                    .DistinctBy(row => row.Key, StringComparer.Ordinal)
                    .ToImmutableSortedDictionary(row => row.Key, row => row.Sha256, StringComparer.Ordinal),
                run.Findings.DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal)
                    .ToImmutableSortedDictionary(
                        finding => finding.Fingerprint,
                        finding => (finding.Rule.Id, FindingLevel.Of(finding), finding.Message),
                        StringComparer.Ordinal
                    )
            );
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or RunDocumentException)
        {
            throw new UsageException(
                $"'{pack.Name}' cannot be followed: it is no whole pack. 'auditor evidence verify' says what is wrong with it; --first begins a new chain."
            );
        }
    }

    private static bool IsInput(string artifact, bool isRecording) =>
        isRecording
            ? artifact == "recording.json"
                || artifact.StartsWith("okta/", StringComparison.Ordinal)
                || artifact.StartsWith("apigee/", StringComparison.Ordinal)
            : $"/{artifact}".Contains("/apiproxy/", StringComparison.Ordinal)
                || $"/{artifact}".Contains("/sharedflowbundle/", StringComparison.Ordinal)
                || artifact.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static ImmutableArray<byte> Line(Entity entity)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("type", entity.Kind);
            json.WriteString("id", entity.Key);
            json.WriteString("name", entity.Title);
            if (entity.Environment is { } environment)
            {
                json.WriteString("environment", environment);
            }

            json.WriteStartObject("settings");
            foreach (var field in entity.Fields)
            {
                json.WriteStartArray(field.Path);
                foreach (var item in field.Items)
                {
                    json.WriteStringValue(item.Shown);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan];
    }
}
