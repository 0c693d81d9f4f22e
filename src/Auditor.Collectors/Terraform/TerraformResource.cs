using Auditor.Collectors.Answers;
using Auditor.Model;

namespace Auditor.Collectors.Terraform;

/// <summary>
/// One instance of a resource in one of the states that a document of Terraform holds. A value is asked for together with the one that stands when Terraform does not say: what is known
/// only after the apply, what is marked as sensitive and what the provider does not write stays what it was, and the first two are noted as not compared.
/// </summary>
internal sealed class TerraformResource(Json entry, Json values, Json unknown, ImmutableArray<Json> masks, CollectorLog log)
{
    /// <summary>What is said of a value that no document of Terraform holds before the apply.</summary>
    public const string AfterApply = "known only after the apply";

    private const string NotInSource = "not known from the sources alone";

    private const string Sensitive = "marked as sensitive";

    /// <summary>The address: <c>module.orders["eu"].okta_auth_server.orders[0]</c>.</summary>
    public string Address { get; } = entry.Text("address", "");

    /// <summary>The type: <c>okta_auth_server</c>.</summary>
    public string Type { get; } = entry.Text("type", "");

    /// <summary>The name within its module, without the instance.</summary>
    public string Name { get; } = entry.Text("name", "");

    /// <summary>The instance of <c>count</c> or <c>for_each</c>; null when it has neither.</summary>
    public string? Index { get; } = entry["index"].AsText;

    /// <summary>The address of its module, with instances; empty for the root module.</summary>
    public string Module { get; } =
        entry.Text("module_address") ?? ModuleOf(entry.Text("address", ""), entry.Text("type", "") + "." + entry.Text("name", ""));

    /// <summary>Where it is written.</summary>
    public SourceLocation Location =>
        IsOfSource
            ? new SourceLocation(
                entry["source"].Text("file", ""),
                entry["source"].Number("line") ?? 0,
                entry["source"].Number("column") ?? 0
            )
            : entry.Location;

    /// <summary>Whether it was read of sources, which do not know what is there already.</summary>
    public bool IsOfSource => entry["source"].IsObject;

    /// <summary>The provider that makes it, where the entry itself says so.</summary>
    public string? Provider => entry.Text("provider_config_key");

    /// <summary>Why a value is not known.</summary>
    public string NotKnown => IsOfSource ? NotInSource : AfterApply;

    /// <summary>What it was before the apply that changes or replaces it; null when nothing changes it, and of what is new.</summary>
    public TerraformResource? Before { get; init; }

    /// <summary>The id; null while it is not known.</summary>
    public string? Id => Text("id") is { Length: > 0 } id ? id : null;

    /// <summary>Whether its id is marked as sensitive, so that it is not known which thing it is where its name does not tell.</summary>
    public bool IsHidden => IsMasked("id");

    /// <summary>Whether a value is not known before the apply, as a whole or in part.</summary>
    public bool IsUnknown(string name) => unknown.AsText == "true" || IsMarked(unknown[name]);

    /// <summary>A text that is known and may be shown; null otherwise.</summary>
    public string? Text(string name) => IsUnknown(name) || IsMasked(name) ? null : values.Text(name);

    /// <summary>A text that tells which thing it is: the one that it was, while it is not known which it will be.</summary>
    public string? Key(string name) => Text(name) ?? Before?.Text(name);

    /// <summary>A text; what stood before when Terraform does not say. An empty text is none.</summary>
    public string? Text(string name, string? otherwise) =>
        IsSaid(name) ? (values.Text(name) is { Length: > 0 } text ? text : null) : otherwise;

    /// <summary>A word that always has a value: one that is not set has the one it had.</summary>
    public string Word(string name, string otherwise) => Text(name, otherwise) ?? otherwise;

    /// <summary>A list of texts; what stood before when Terraform does not say.</summary>
    public ImmutableArray<string> Texts(string name, ImmutableArray<string> otherwise) => IsSaid(name) ? values.Texts(name) : otherwise;

    /// <summary>A list of texts; null when Terraform does not say it.</summary>
    public ImmutableArray<string>? Texts(string name) => IsSaid(name) ? values.Texts(name) : null;

    /// <summary>A flag; what stood before when Terraform does not say or does not set it.</summary>
    public bool? Flag(string name, bool? otherwise) => IsSaid(name) ? values.Flag(name) ?? otherwise : otherwise;

    /// <summary>A flag that an API leaves out when it has its default, which Terraform writes.</summary>
    public bool? Flag(string name, bool? otherwise, bool byDefault) =>
        Flag(name, otherwise) is { } flag && (otherwise is not null || flag != byDefault) ? flag : otherwise;

    /// <summary>A number; what stood before when Terraform does not say or does not set it.</summary>
    public int? Number(string name, int? otherwise) => IsSaid(name) ? values.Number(name) ?? otherwise : otherwise;

    /// <summary>A number that an API leaves out when it has its default, which Terraform writes.</summary>
    public int? Number(string name, int? otherwise, int byDefault) =>
        Number(name, otherwise) is { } number && (otherwise is not null || number != byDefault) ? number : otherwise;

    /// <summary>A nested value that is known and not marked; null otherwise.</summary>
    public Json? Block(string name) => IsSaid(name) ? values[name] : null;

    /// <summary>Whether Terraform says a value: it writes it, and it is neither unknown nor sensitive. What it may not or cannot say is noted.</summary>
    public bool IsSaid(string name)
    {
        if (IsUnknown(name))
        {
            Note(name, NotKnown);
            return false;
        }

        if (IsMasked(name))
        {
            Note(name, Sensitive);
            return false;
        }

        return values.Has(name);
    }

    /// <summary>A value that may be secret, and whether it is marked as such; null when it is not known. For what is redacted at once.</summary>
    public (Json Value, bool IsMarked)? Raw(string name)
    {
        if (IsUnknown(name))
        {
            Note(name, NotKnown);
            return null;
        }

        return values.Has(name) ? (values[name], IsMasked(name)) : null;
    }

    /// <summary>Notes that something about the resource is not compared.</summary>
    public void Note(string what, string why) => log.CoverOnce($"terraform/{Address}/{what}", new Coverage.NotCollected(why));

    /// <summary>Notes that nothing of the resource is compared.</summary>
    public void NoteWhole(string why) => log.CoverOnce("terraform/" + Address, new Coverage.NotCollected(why));

    /// <summary>Notes that nothing of the resource is compared, since what decides about it is not known.</summary>
    public void NoteWhole() => NoteWhole("what decides about it is " + NotKnown);

    /// <summary>The addresses of the resources that an attribute comes from, where the entry itself says so.</summary>
    public ImmutableArray<string> Refers(string attribute) => entry["refers"].Texts(attribute);

    private bool IsMasked(string name) => masks.Any(mask => mask.AsText == "true" || IsMarked(mask[name]));

    // A mark covers a value whole, or parts of it; a list of which a part is unknown is not known.
    private static bool IsMarked(Json mark) =>
        mark.AsText == "true" || mark.Items().Any(IsMarked) || mark.Members().Any(member => IsMarked(member.Value));

    private static string ModuleOf(string address, string own)
    {
        var at = address.LastIndexOf("." + own, StringComparison.Ordinal);
        return at > 0 && address.StartsWith("module.", StringComparison.Ordinal) ? address[..at] : "";
    }
}
