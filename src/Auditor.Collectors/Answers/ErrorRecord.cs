using System.Text.Json;
using Auditor.Collectors.Inputs;
using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>What a recording says of a request that was refused or failed (<c>….error.json</c>).</summary>
/// <param name="Status">The status; null when there was no answer.</param>
/// <param name="Reason">What it means, where the status does not say it; null otherwise.</param>
/// <param name="Body">The body of the answer.</param>
internal sealed record ErrorRecord(int? Status, string? Reason, string Body)
{
    /// <summary>Reads a record. One that cannot be read still says that the request failed.</summary>
    public static ErrorRecord Read(SourceTree tree, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(tree.Read(path, 1024 * 1024));
            var record = document.RootElement;
            if (record.ValueKind != JsonValueKind.Object)
            {
                return new ErrorRecord(null, null, "{}");
            }

            return new ErrorRecord(
                record.TryGetProperty("status", out var code) && code.TryGetInt32(out var number) && number is >= 300 and <= 599
                    ? number
                    : null,
                record.TryGetProperty("reason", out var reason)
                && reason.ValueKind == JsonValueKind.String
                && reason.GetString() is { Length: <= 500 } words
                    ? words
                    : null,
                record.TryGetProperty("body", out var content) ? content.GetRawText() : "{}"
            );
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new ErrorRecord(null, null, "{}");
        }
    }

    /// <summary>What a refusal or failure means for the part that was asked for.</summary>
    public static Coverage Meaning(int? status, string reason) =>
        status is 401 or 403 ? new Coverage.Denied(reason) : new Coverage.Failed(reason);
}
