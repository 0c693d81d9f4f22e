using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform.Source;
using Auditor.Model;

namespace Auditor.Collectors.Terraform;

/// <summary>One of the states that a document of Terraform holds. A state file holds one only.</summary>
public enum TerraformView
{
    /// <summary>What is declared: what will be after the apply, or what a state says.</summary>
    Planned,

    /// <summary>What Terraform found when it made the plan.</summary>
    Refreshed,

    /// <summary>What Terraform had recorded before it looked: what it found, without what was changed outside of it.</summary>
    Recorded,
}

/// <summary>What becomes of things that Terraform does not manage where its resources are laid over an estate.</summary>
public enum TerraformOthers
{
    /// <summary>They stay: Terraform will not touch them.</summary>
    Stay,

    /// <summary>They stay only where Terraform manages nothing of their kind: elsewhere they are declared nowhere.</summary>
    StayByKind,

    /// <summary>They go: the estate was another state of what Terraform manages.</summary>
    Go,
}

/// <summary>
/// Sources, or what <c>terraform show -json</c> prints for a plan or a state (JSON output format 0.1 to 1.x; OpenTofu writes the same). It holds what Terraform manages and nothing else, so that it
/// never says of anything that it is not there; and it holds secrets in clear, so that nothing is read of it but the attributes that are asked for, and its text is never shown.
/// </summary>
public sealed class TerraformDocument
{
    /// <summary>The largest document that is read.</summary>
    internal const int MaxSize = 128 * 1024 * 1024;

    private readonly JsonElement root;
    private readonly string label;
    private readonly Redactor redactor;
    private readonly TerraformSource? source;

    private TerraformDocument(JsonElement root, string label, Redactor redactor, TerraformSource? source = null)
    {
        this.root = root;
        this.source = source;
        this.label = label;
        this.redactor = redactor;
        IsPlan = root.TryGetProperty("planned_values", out _) || root.TryGetProperty("resource_changes", out _);
    }

    /// <summary>Whether it is a plan, which holds three states; a state holds one.</summary>
    public bool IsPlan { get; }

    /// <summary>Whether it is the sources of Terraform themselves, which hold one state and do not know everything of it.</summary>
    public bool IsSource => source is not null;

    /// <summary>The file or folder, as everything that was read of it is located in.</summary>
    public string Artifact => label;

    /// <summary>The files that things of it are located in.</summary>
    public IReadOnlySet<string> Artifacts =>
        source is null
            ? new HashSet<string>(StringComparer.Ordinal) { label }
            : source.Files.Keys.Select(file => SourceTree.Join(label, file)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a file may be JSON: its first character says so.</summary>
    internal static bool LooksLikeJson(ReadOnlySpan<byte> bytes)
    {
        var content = bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
        return content.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file as it was given.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="label">What everything that is read of it is located in.</param>
    /// <param name="redactor">Takes the secrets out.</param>
    /// <exception cref="InputException">It is something else, or of a version that this program does not know.</exception>
    internal static TerraformDocument Parse(string path, byte[] bytes, string label, Redactor redactor)
    {
        JsonElement parsed;
        try
        {
            using var document = StrictJson.Parse(bytes);
            parsed = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' cannot be read: {ManagementApi.Why(e)}.");
        }

        if (parsed.ValueKind != JsonValueKind.Object || !parsed.TryGetProperty("format_version", out var version))
        {
            throw new InputException(
                parsed.ValueKind == JsonValueKind.Object && parsed.TryGetProperty("lineage", out _)
                    ? $"'{path}' is a state as Terraform keeps it, in a format of its own: give what 'terraform show -json' prints."
                    : $"'{path}' is JSON, and neither a recording (a folder) nor what 'terraform show -json' prints (it has no 'format_version')."
            );
        }

        var text = version.ValueKind == JsonValueKind.String ? version.GetString()! : "";
        if (text.Split('.') is not ["0" or "1", _])
        {
            throw new InputException(
                $"'{path}' is in a version of Terraform's JSON output format that this program does not know; it reads 0.x and 1.x."
            );
        }

        return new TerraformDocument(parsed, label, redactor);
    }

    /// <summary>The sources of a folder.</summary>
    /// <param name="source">The sources.</param>
    /// <param name="label">The folder.</param>
    /// <param name="redactor">Takes the secrets out.</param>
    internal static TerraformDocument Of(TerraformSource source, string label, Redactor redactor) =>
        new(source.Document, label, redactor, source);

    /// <summary>What Terraform manages, alone. Of every list it is said that more may be there.</summary>
    /// <param name="view">Which of its states.</param>
    /// <exception cref="InputException">The document does not hold that state.</exception>
    public Landscape Alone(TerraformView view) => Read(view, null, TerraformOthers.Stay);

    /// <summary>
    /// What Terraform manages, as all there is: to be compared with another state of what it manages, and with nothing else. Where it manages nothing, what the other state has is there, and
    /// empty: before the first apply an org holds nothing that Terraform manages, and is known to.
    /// </summary>
    /// <param name="view">Which of its states.</param>
    /// <param name="other">What it is compared with.</param>
    /// <exception cref="InputException">The document does not hold that state.</exception>
    public Landscape Whole(TerraformView view, Landscape other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var own = Read(view, null, TerraformOthers.Go);
        if (IsSource)
        {
            // Sources know neither ids nor which org they are for: what they declare is what the other state has of it, with what they say in its place.
            own = Read(
                view,
                other with
                {
                    Okta = other.Okta.IsEmpty ? own.Okta : other.Okta,
                    Apigee = other.Apigee.IsEmpty ? own.Apigee : other.Apigee,
                    Coverage = [],
                    Notices = [],
                },
                TerraformOthers.Go
            );
        }

        return own with
        {
            Okta = own.Okta.IsEmpty ? [.. other.Okta.Select(org => TerraformOkta.Empty(org.Host, label))] : own.Okta,
            Apigee = TerraformApigee.Beside(own.Apigee, other.Apigee, label),
        };
    }

    /// <summary>An estate, with what Terraform says of what it manages in the place of what was there.</summary>
    /// <param name="view">Which of its states.</param>
    /// <param name="estate">The estate.</param>
    /// <param name="others">What becomes of what Terraform does not manage.</param>
    /// <exception cref="InputException">The document does not hold that state.</exception>
    public Landscape Over(TerraformView view, Landscape estate, TerraformOthers others)
    {
        ArgumentNullException.ThrowIfNull(estate);
        return Read(view, estate, others);
    }

    private Landscape Read(TerraformView view, Landscape? estate, TerraformOthers others)
    {
        if (!IsPlan && view != TerraformView.Planned)
        {
            throw new InputException(
                IsSource
                    ? $"'{label}' holds sources of Terraform, which hold one state: give it without a prefix."
                    : $"'{label}' is a state, which holds nothing but itself: only a plan has what was recorded and refreshed."
            );
        }

        var log = new CollectorLog();
        var set = new TerraformResources(new Json(root, new SourceLocation(label), log), log, IsPlan).Of(view) with
        {
            Open = source is null ? [] : [.. source.Open],
        };
        foreach (var (part, why) in source?.Notes ?? ImmutableSortedDictionary<string, string>.Empty)
        {
            log.CoverOnce(part, new Coverage.NotCollected(why));
        }

        if (others == TerraformOthers.Go)
        {
            // It is no longer managed, and goes nowhere.
            foreach (var resource in set.Forgotten)
            {
                resource.NoteWhole("it stays, and is no longer managed");
            }

            set = set with { All = [.. set.All, .. set.Forgotten] };
        }

        foreach (var kind in set.All.Where(resource => !IsRead(resource.Type)).GroupBy(resource => resource.Type, StringComparer.Ordinal))
        {
            log.Cover("terraform/" + kind.Key, new Coverage.NotCollected("resources of this type are not read"), kind.Count());
        }

        // What Terraform knows of a bundle is a name and the digest of an archive.
        foreach (var bundle in set.All.Where(resource => resource.Type is "google_apigee_api" or "google_apigee_sharedflow"))
        {
            bundle.Note("config_bundle", "Terraform does not hold what is in a bundle: compare the tree that it is built from");
        }

        var orgs = TerraformOkta.Lay(set, estate?.Okta, others, label);
        var organizations = TerraformApigee.Lay(set, estate?.Apigee, others, label, redactor);
        return (estate ?? new Landscape()) with
        {
            Okta = orgs,
            Apigee = organizations,
            RedactionKey = redactor.KeyName,
            Coverage = [.. (estate?.Coverage ?? []).Concat(log.CoverageEntries).OrderBy(entry => entry.Part, StringComparer.Ordinal)],
            Notices = [.. (estate?.Notices ?? []).Concat(log.Notices)],
        };
    }

    private static bool IsRead(string type) => TerraformOkta.Reads(type) || TerraformApigee.Reads(type);
}
