using System.Collections.Concurrent;
using System.Text.Json;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Answers;

/// <summary>
/// Writes a recording (recording format 1). Everything goes to a folder beside the target that only its owner can read; the target appears in one step when all is
/// there, or not at all, and whatever ends the program leaves the recording that was there before.
/// </summary>
public sealed class RecordingWriter : IDisposable
{
    private readonly string target;
    private readonly string staging;
    private readonly RecordingPlace place;
    private readonly IDisposable hold;
    private readonly ConcurrentDictionary<string, bool> written = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> changesSince = new(StringComparer.Ordinal);

    /// <summary>Begins a recording.</summary>
    /// <param name="folder">The folder it will be.</param>
    /// <exception cref="InputException">The folder exists and is not a recording, or its parent cannot be written to.</exception>
    public RecordingWriter(string folder)
        : this(folder, exchanges: true) { }

    /// <summary>Begins a recording.</summary>
    /// <param name="folder">The folder it will be.</param>
    /// <param name="exchanges">Whether it may be exchanged with what is there in one step where the system can.</param>
    internal RecordingWriter(string folder, bool exchanges)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        place = new RecordingPlace(target, exchanges);
        if (System.IO.File.Exists(target))
        {
            throw new InputException($"'{Path.GetFileName(target)}' is a file: name a folder for the recording.");
        }

        if (
            Directory.Exists(target)
            && Directory.EnumerateFileSystemEntries(target).Any()
            && !System.IO.File.Exists(Path.Combine(target, RecordingPlace.Header))
        )
        {
            throw new InputException(
                $"'{Path.GetFileName(target)}' is not empty and is not a recording: name another folder, or empty it. Nothing was written."
            );
        }

        try
        {
            place.Recover();
            (staging, hold) = place.Begin();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The recording cannot be written beside '{Path.GetFileName(target)}': {Reason.Of(e)}.");
        }
    }

    /// <summary>The number of answers recorded.</summary>
    public int Count => written.Count;

    /// <summary>Records a body.</summary>
    /// <param name="path">The path without its ending: <c>okta/acme.okta.com/api/v1/apps</c>.</param>
    /// <param name="json">The body, redacted.</param>
    /// <param name="partial">Why it is not all of it; null when it is.</param>
    internal void Body(string path, byte[] json, string? partial)
    {
        Write(path + ".json", json);
        if (partial is null)
        {
            Remove(path + ".error.json");
        }
        else
        {
            Partial(path, partial);
        }
    }

    /// <summary>Records a file that is no JSON: a bundle, a property set.</summary>
    /// <param name="path">The path with its ending.</param>
    /// <param name="content">The content, without credentials.</param>
    internal void File(string path, byte[] content) => Write(path, content);

    /// <summary>Says of a body that it is not all of it.</summary>
    internal void Partial(string path, string why) => Write(path + ".error.json", ErrorRecord(null, default, why));

    /// <summary>Records that a request was refused or failed.</summary>
    /// <param name="path">The path without its ending.</param>
    /// <param name="status">The status; null when there was no answer.</param>
    /// <param name="body">The body, redacted; undefined when there is none.</param>
    /// <param name="reason">What it means, where the status does not say it.</param>
    internal void Error(string path, int? status, JsonElement body, string? reason)
    {
        Remove(path + ".json");
        Write(path + ".error.json", ErrorRecord(status, body, reason));
    }

    /// <summary>Says from when on the log of changes of an org or organization is read.</summary>
    /// <param name="folder">Its folder in the recording: <c>okta/acme.okta.com</c>.</param>
    /// <param name="since">The time. What an unread log would have held is not said by it.</param>
    internal void ChangesSince(string folder, DateTimeOffset since) => changesSince[folder] = since;

    /// <summary>Takes back everything below a path: what it belonged to is gone.</summary>
    internal void Forget(string path)
    {
        foreach (
            var file in written.Keys.Where(file =>
                file.StartsWith(path + "/", StringComparison.Ordinal) || file == path + ".json" || file == path + ".error.json"
            )
        )
        {
            Remove(file);
        }
    }

    /// <summary>Ends the recording: writes its header and puts it in place of what was there.</summary>
    /// <param name="capturedAt">When it was captured.</param>
    /// <param name="redactionKey">The name of the key by which its redacted values were fingerprinted; null when they are compared with nothing.</param>
    /// <exception cref="InputException">It cannot be put there; what was there is still there.</exception>
    public void Finish(DateTimeOffset capturedAt, string? redactionKey = null)
    {
        Write(RecordingPlace.Header, Header(capturedAt, redactionKey));
        try
        {
            place.Put(staging, hold);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The recording cannot be put at '{Path.GetFileName(target)}': {Reason.Of(e)}.");
        }
    }

    /// <summary>Removes what was not finished.</summary>
    public void Dispose()
    {
        hold.Dispose();
        RecordingPlace.Discard(staging);
    }

    private byte[] Header(DateTimeOffset capturedAt, string? redactionKey)
    {
        static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var header = new System.Text.Json.Nodes.JsonObject { ["format"] = 1, ["capturedAt"] = Time(capturedAt) };
        if (redactionKey is not null)
        {
            header["redactionKey"] = redactionKey;
        }

        if (!changesSince.IsEmpty)
        {
            header["changesSince"] = new System.Text.Json.Nodes.JsonObject(
                changesSince
                    .OrderBy(log => log.Key, StringComparer.Ordinal)
                    .Select(log => KeyValuePair.Create(log.Key, (System.Text.Json.Nodes.JsonNode?)Time(log.Value)))
            );
        }

        return System.Text.Encoding.UTF8.GetBytes(header.ToJsonString() + "\n");
    }

    private static byte[] ErrorRecord(int? status, JsonElement body, string? reason)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            if (status is { } number)
            {
                writer.WriteNumber("status", number);
            }

            if (reason is not null)
            {
                writer.WriteString("reason", reason);
            }

            if (body.ValueKind != JsonValueKind.Undefined)
            {
                writer.WritePropertyName("body");
                body.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private void Write(string path, byte[] bytes)
    {
        var full = Path.Combine(staging, path);
        try
        {
            OwnerOnly.CreateFolder(Path.GetDirectoryName(full)!);
            using var file = OwnerOnly.Create(full, FileMode.Create);
            file.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The recording cannot be written: {Reason.Of(e)}. Nothing was put at '{Path.GetFileName(target)}'.");
        }

        written[path] = true;
    }

    private void Remove(string path)
    {
        if (written.TryRemove(path, out _))
        {
            System.IO.File.Delete(Path.Combine(staging, path));
        }
    }
}
