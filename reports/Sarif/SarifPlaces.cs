using System.Text.Json;
using Auditor.Engine;
using Auditor.Model;

namespace Auditor.Reports.Sarif;

/// <summary>
/// Where things are. Files of a checkout are given from its top, below <c>%SRCROOT%</c>, as code scanning services know them; everything else, answers of APIs above all,
/// from the top of the input, below <c>SNAPSHOT</c>.
/// </summary>
internal sealed class SarifPlaces
{
    private const string Snapshot = "SNAPSHOT";
    private const string SourceRoot = "%SRCROOT%";

    private readonly Utf8JsonWriter json;
    private readonly AuditRun run;
    private readonly bool isFull;
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);
    private readonly List<(string Base, Checkout Checkout)> checkouts = [];

    public SarifPlaces(Utf8JsonWriter json, AuditRun run, SarifProfile profile)
    {
        this.json = json;
        this.run = run;
        isFull = profile == SarifProfile.Full;
        for (var i = 0; i < run.Artifacts.Length && isFull; i++)
        {
            indexes[run.Artifacts[i].Artifact] = i;
        }

        foreach (var checkout in run.Inputs.Select(input => input.Checkout).OfType<Checkout>())
        {
            if (BaseOf(checkout) is null)
            {
                checkouts.Add(
                    (
                        checkouts.Count == 0 ? SourceRoot : string.Create(CultureInfo.InvariantCulture, $"SRCROOT{checkouts.Count + 1}"),
                        checkout
                    )
                );
            }
        }
    }

    /// <summary>The bases of relative references, and where checkouts come from.</summary>
    public void Bases()
    {
        json.WriteStartObject("originalUriBaseIds");
        foreach (var (name, checkout) in checkouts)
        {
            Base(name, checkout.Repository is { } repository ? $"The top of the checkout of {repository}" : "The top of the checkout");
        }

        Base(Snapshot, "The top of the input: recorded answers of the APIs, and files that belong to no checkout");
        json.WriteEndObject();
        if (checkouts.TrueForAll(item => item.Checkout.Repository is null))
        {
            return;
        }

        json.WriteStartArray("versionControlProvenance");
        foreach (var (name, checkout) in checkouts.Where(item => item.Checkout.Repository is not null))
        {
            json.WriteStartObject();
            json.WriteString("repositoryUri", checkout.Repository);
            if (checkout.Revision is { } revision)
            {
                json.WriteString("revisionId", revision);
            }

            if (checkout.Branch is { } branch)
            {
                json.WriteString("branch", Neutral.Visible(branch));
            }

            json.WriteStartObject("mappedTo");
            json.WriteString("uriBaseId", name);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The artifacts that results point at, with their digests.</summary>
    public void Artifacts()
    {
        json.WriteStartArray("artifacts");
        foreach (var artifact in run.Artifacts)
        {
            json.WriteStartObject();
            json.WritePropertyName("location");
            ArtifactLocation(artifact.Artifact, withIndex: false);
            json.WriteStartArray("roles");
            json.WriteStringValue("analysisTarget");
            json.WriteEndArray();
            json.WriteStartObject("hashes");
            json.WriteString("sha-256", artifact.Sha256);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A location: the place in the artifact and, for answers of APIs, the resource.</summary>
    public void Location(Place place, int? id, string? text)
    {
        json.WriteStartObject();
        Head(id, text);
        Physical(place.Artifact, place);
        Logical(place.Artifact, place.Pointer);
        json.WriteEndObject();
    }

    /// <inheritdoc cref="Location(Place, int?, string?)"/>
    public void Location(SourceLocation location, int? id, string? text) =>
        Location(new Place(location.Artifact, location.Line, location.Column, location.Line, 0, location.Pointer, null), id, text);

    /// <summary>A region, by lines and columns.</summary>
    public void Region(string name, int line, int column, int endLine, int endColumn)
    {
        json.WriteStartObject(name);
        json.WriteNumber("startLine", line);
        json.WriteNumber("startColumn", column);
        json.WriteNumber("endLine", endLine);
        json.WriteNumber("endColumn", endColumn);
        json.WriteEndObject();
    }

    /// <summary>An artifact by its reference.</summary>
    public void ArtifactLocation(string artifact, bool withIndex = true)
    {
        var (uri, name) = Reference(artifact);
        json.WriteStartObject();
        json.WriteString("uri", uri);
        json.WriteString("uriBaseId", name);
        if (withIndex && indexes.TryGetValue(artifact, out var index))
        {
            json.WriteNumber("index", index);
        }

        json.WriteEndObject();
    }

    private void Base(string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("description");
        json.WriteString("text", SarifText.Sentence(text));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Head(int? id, string? text)
    {
        if (id is { } number)
        {
            json.WriteNumber("id", number);
        }

        if (text is not null)
        {
            json.WriteStartObject("message");
            json.WriteString("text", SarifText.Sentence(text));
            json.WriteEndObject();
        }
    }

    private void Physical(string artifact, Place place)
    {
        json.WriteStartObject("physicalLocation");
        json.WritePropertyName("artifactLocation");
        ArtifactLocation(artifact);
        json.WriteStartObject("region");

        // A file whose text is not at hand is pointed at by its first line: code scanning refuses a whole log for one result without a line.
        json.WriteNumber("startLine", Math.Max(1, place.Line));
        if (place is { Line: > 0, Column: > 0 })
        {
            json.WriteNumber("startColumn", place.Column);
        }

        var isRange = place.Line > 0 && (place.EndLine > place.Line || (place.EndLine == place.Line && place.EndColumn > place.Column));

        // An alert is shown in a pull request only where all of its lines are part of the change: for code scanning, one line is enough.
        if (isRange && (isFull || place.EndLine == place.Line))
        {
            json.WriteNumber("endLine", place.EndLine);
            if (place.EndColumn > 0)
            {
                json.WriteNumber("endColumn", place.EndColumn);
            }
        }

        if (isFull && Snippet(place) is { } snippet)
        {
            Text("snippet", snippet);
        }

        json.WriteEndObject();
        if (isFull && place is { Line: > 0, Excerpt: { Length: > 0 } excerpt })
        {
            json.WriteStartObject("contextRegion");
            json.WriteNumber("startLine", place.Line);
            if (place.EndLine > place.Line)
            {
                json.WriteNumber("endLine", place.EndLine);
            }

            Text("snippet", excerpt);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string? Snippet(Place place) =>
        place is { Line: > 0, Column: > 0, Excerpt: { } excerpt }
        && place.EndLine == place.Line
        && place.EndColumn > place.Column
        && place.EndColumn - 1 <= excerpt.Length
            ? excerpt[(place.Column - 1)..(place.EndColumn - 1)]
            : null;

    private void Text(string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", Neutral.Visible(text));
        json.WriteEndObject();
    }

    private void Logical(string artifact, string? pointer)
    {
        if (!artifact.EndsWith(".json", StringComparison.Ordinal))
        {
            return;
        }

        var name = Neutral.Visible(artifact[..^".json".Length] + (pointer is { Length: > 0 } ? "#" + pointer : ""));
        json.WriteStartArray("logicalLocations");
        json.WriteStartObject();
        json.WriteString("fullyQualifiedName", name);
        json.WriteString("kind", pointer is { Length: > 0 } ? "value" : "resource");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private (string Uri, string Base) Reference(string artifact)
    {
        var path = run.PathOf(artifact);
        var name = run.InputOf(artifact)?.Checkout is { } checkout && BaseOf(checkout) is { } known ? known : Snapshot;
        return (SarifText.Uri(path), name);
    }

    // Two paths of one working tree are of one checkout.
    private string? BaseOf(Checkout checkout) =>
        checkouts.Where(item => item.Checkout with { Path = "" } == checkout with { Path = "" }).Select(item => item.Base).FirstOrDefault();
}
