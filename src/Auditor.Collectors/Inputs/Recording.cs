using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Inputs;

/// <summary>A recording (recording format 1): what the two management APIs answered, as a folder of files.</summary>
internal sealed class Recording(SourceTree tree, Redactor redactor, CollectorLog log)
{
    /// <summary>The estates of a recording.</summary>
    /// <param name="Orgs">The Okta orgs.</param>
    /// <param name="Organizations">The Apigee organizations.</param>
    /// <param name="CapturedAt">When it was captured; null when it does not say.</param>
    /// <param name="RedactionKey">The name of the key of its fingerprints; null when it does not say.</param>
    internal sealed record Estates(
        ImmutableArray<OktaOrg> Orgs,
        ImmutableArray<ApigeeOrganization> Organizations,
        DateTimeOffset? CapturedAt,
        string? RedactionKey
    );

    /// <summary>Whether the folder is a recording: it says so itself, or it has the files of one.</summary>
    public static bool IsOne(SourceTree tree)
    {
        if (tree.Has("recording.json"))
        {
            return true;
        }

        foreach (var file in tree.Files)
        {
            if (
                (file.StartsWith("okta/", StringComparison.Ordinal) && file.Contains("/api/v1/", StringComparison.Ordinal))
                || (
                    file.StartsWith("apigee/", StringComparison.Ordinal)
                    && (
                        file.EndsWith("/organization.json", StringComparison.Ordinal)
                        || file.EndsWith("/apis.json", StringComparison.Ordinal)
                        || file.EndsWith("/deployments.json", StringComparison.Ordinal)
                    )
                )
            )
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the recording.</summary>
    /// <exception cref="InputException">It has another format than 1.</exception>
    public async Task<Estates> ReadAsync(CancellationToken cancellationToken)
    {
        var header = ReadHeader();
        DateTimeOffset? ChangesSince(string folder) => header?["changesSince"].Time(folder);
        var orgs = ImmutableArray.CreateBuilder<OktaOrg>();
        var organizations = ImmutableArray.CreateBuilder<ApigeeOrganization>();
        foreach (var host in Folders("okta"))
        {
            using var handler = new RecordingHandler(tree, "okta/" + host, "/");
            using var client = new HttpClient(handler) { BaseAddress = new Uri("https://recording.invalid/") };
            var org = await new OktaCollector(
                new ManagementApi(client, "okta/" + host, OktaEndpoints.Needs),
                host,
                log,
                OktaScope.Recorded with
                {
                    SecretAges = HasSecretAges(host),
                }
            ).CollectAsync(cancellationToken);
            orgs.Add(org with { LogSince = ChangesSince("okta/" + host) });
        }

        foreach (var organization in Folders("apigee"))
        {
            var folder = "apigee/" + organization;
            using var handler = new RecordingHandler(tree, folder, "/");
            using var client = new HttpClient(handler) { BaseAddress = new Uri("https://recording.invalid/") };
            var reader = new BundleReader(redactor);
            var read = await new ApigeeCollector(
                new ManagementApi(client, folder, ApigeeEndpoints.Needs),
                client,
                new RecordedBundles(tree, folder, reader),
                reader,
                redactor,
                organization,
                log,
                ApigeeScope.Recorded
            ).CollectAsync(cancellationToken);
            organizations.Add(read with { AuditLogSince = ChangesSince(folder) });
            log.Cover(read.Proxies.Items.Concat(read.SharedFlows.Items));
        }

        return new Estates(
            orgs.DrainToImmutable(),
            organizations.DrainToImmutable(),
            header?.Time("capturedAt"),
            header?.Text("redactionKey")
        );
    }

    // Most recordings are made without them, and say nothing about them.
    private bool HasSecretAges(string host) =>
        tree.FilesBelow("okta/" + host + "/api/v1/apps").Any(file => file.Contains("/credentials/secrets.", StringComparison.Ordinal));

    private IEnumerable<string> Folders(string parent) =>
        tree.FilesBelow(parent)
            .Select(path => path.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path[..slash] : "")
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal);

    private Json? ReadHeader()
    {
        if (!tree.Has("recording.json"))
        {
            return null;
        }

        try
        {
            using var document = StrictJson.Parse(tree.Read("recording.json", 1024 * 1024));
            var header = new Json(document.RootElement.Clone(), new SourceLocation("recording.json"), log);
            if (header.Number("format") is { } format and not 1)
            {
                throw new InputException(
                    $"The recording has format {format.ToString(CultureInfo.InvariantCulture)}; this version reads format 1."
                );
            }

            return header;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            log.Cover("recording.json", new Coverage.Failed(e is JsonException json ? ManagementApi.Why(json) : Reason.Of(e)), 0);
            return null;
        }
    }
}
