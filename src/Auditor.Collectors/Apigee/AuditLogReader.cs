using System.Text;
using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Reads who changed what from Cloud Audit Logs, which is where Apigee X and hybrid write it (Admin Activity: always on, kept for 400 days). Of an entry only who, what,
/// when and whether it succeeded are kept; what was sent is not.
/// </summary>
/// <param name="pipeline">The way to Cloud Logging.</param>
/// <param name="origin">Its host.</param>
/// <param name="redactor">Makes the fingerprints.</param>
internal sealed class AuditLogReader(LivePipeline pipeline, Uri origin, Redactor redactor)
{
    // Entries may arrive late: the next extract begins before this one's end.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(15);

    private const int MostPages = 200;

    private static readonly HashSet<string> NotKept = new(StringComparer.Ordinal)
    {
        "request",
        "response",
        "requestMetadata",
        "metadata",
        "serviceData",
        "authorizationInfo",
        "labels",
        "resource",
        "message",
        "details",
        "principalSubject",
        "serviceAccountDelegationInfo",
    };

    /// <summary>Records the entries from a time on, oldest first.</summary>
    /// <param name="writer">The recording.</param>
    /// <param name="folder">The organization's folder in it.</param>
    /// <param name="project">The organization's project.</param>
    /// <param name="since">From when on.</param>
    /// <param name="until">Until when.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task RecordAsync(
        RecordingWriter writer,
        string folder,
        string project,
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        using var client = LivePipeline.NewClient(origin, pipeline.Handler, ownsHandler: false);
        using var buffer = new MemoryStream();
        string? broken = null;
        (int? Status, string Reason)? failed = null;
        await using (var entries = new Utf8JsonWriter(buffer))
        {
            entries.WriteStartObject();
            entries.WriteStartArray("entries");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            string? token = null;
            for (var page = 0; ; page++)
            {
                var (document, status, reason) = await AskAsync(
                    client,
                    Question(project, since - Overlap, until, token),
                    folder + "/audit",
                    cancellationToken
                );
                using (document)
                {
                    if (document is null)
                    {
                        failed = page == 0 ? (status, reason!) : null;
                        broken = "the log broke off: " + reason;
                        break;
                    }

                    var root = document.RootElement;
                    if (root.TryGetProperty("entries", out var rows) && rows.ValueKind == JsonValueKind.Array)
                    {
                        foreach (var row in rows.EnumerateArray())
                        {
                            row.WriteTo(entries);
                        }
                    }

                    token =
                        root.TryGetProperty("nextPageToken", out var next) && next.ValueKind == JsonValueKind.String
                            ? next.GetString()
                            : null;
                    if (string.IsNullOrEmpty(token))
                    {
                        break;
                    }

                    if (!seen.Add(token) || page + 1 == MostPages)
                    {
                        broken = page + 1 == MostPages ? "the log has more entries than are read" : "the pages of the log go in a circle";
                        break;
                    }
                }
            }

            entries.WriteEndArray();
            entries.WriteEndObject();
        }

        if (failed is { } failure)
        {
            writer.Error(folder + "/audit", failure.Status, default, failure.Reason);
            return;
        }

        using var all = JsonDocument.Parse(buffer.ToArray(), StrictJson.Options);
        writer.Body(
            folder + "/audit",
            new AnswerRedactor(redactor, ApigeeEndpoints.SecretMembers, NotKept).Redact(all.RootElement),
            broken
        );
    }

    private static async Task<(JsonDocument? Page, int? Status, string? Reason)> AskAsync(
        HttpClient client,
        byte[] question,
        string file,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var content = new ByteArrayContent(question);
                content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v2/entries:list", UriKind.Relative))
                {
                    Content = content,
                };
                RequestLog.Keep(request, file);
                using var response = await client.SendAsync(request, cancellationToken);
                var status = (int)response.StatusCode;
                if (!response.IsSuccessStatusCode)
                {
                    return (
                        null,
                        status,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{status}{(status == 403 ? "; it takes " + ApigeeEndpoints.AuditLog.Permission : "")}"
                        )
                    );
                }

                var page = StrictJson.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                if (IsPage(page.RootElement))
                {
                    return (page, null, null);
                }

                page.Dispose();
                if (attempt > 0)
                {
                    return (null, null, "the answer is not a list of entries");
                }
            }
            catch (UnansweredException e)
            {
                return (null, e.Coverage is Coverage.Denied ? 401 : null, e.Coverage.Reason);
            }
            catch (JsonException) when (attempt > 0)
            {
                return (null, null, "the answer is not valid JSON");
            }
            catch (JsonException)
            {
                // An answer without a length may break off unnoticed by HTTP: what is not JSON is asked for once more.
            }
        }
    }

    // A page without rows leaves the list out; an object that says something else instead is another answer.
    private static bool IsPage(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.EnumerateObject().All(member => member.Name is "entries" or "nextPageToken");

    private static byte[] Question(string project, DateTimeOffset since, DateTimeOffset until, string? token)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("resourceNames");
            writer.WriteStringValue("projects/" + project);
            writer.WriteEndArray();
            var filter = new StringBuilder()
                .Append(CultureInfo.InvariantCulture, $"logName=\"projects/{project}/logs/cloudaudit.googleapis.com%2Factivity\"")
                .Append(" AND protoPayload.serviceName=\"apigee.googleapis.com\"")
                .Append(CultureInfo.InvariantCulture, $" AND timestamp>=\"{since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\"")
                .Append(CultureInfo.InvariantCulture, $" AND timestamp<=\"{until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
            writer.WriteString("filter", filter.ToString());
            writer.WriteString("orderBy", "timestamp asc");
            writer.WriteNumber("pageSize", 1000);
            if (token is not null)
            {
                writer.WriteString("pageToken", token);
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
