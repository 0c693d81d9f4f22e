namespace Auditor.Collectors.Terraform;

/// <summary>
/// What a resource of Google's provider belongs to. It is named by a path, <c>organizations/acme/environments/prod</c>, by a bare name where a resource has an attribute for it alone, and
/// while neither is known the sources may refer to the resource that will have it.
/// </summary>
internal sealed class TerraformOwners(TerraformSet set)
{
    /// <summary>The type of environments.</summary>
    public const string Environments = "google_apigee_environment";

    /// <summary>The type of environment groups.</summary>
    public const string Groups = "google_apigee_envgroup";

    /// <summary>The type of the key value maps of environments.</summary>
    public const string Maps = "google_apigee_environment_keyvaluemaps";

    private const string EnvironmentPath = "env_id";
    private const string EnvironmentName = "environment";
    private const string GroupPath = "envgroup_id";
    private const string MapPath = "env_keyvaluemap_id";

    private readonly TerraformResource[] environments = [.. set.OfType(Environments)];
    private readonly TerraformResource[] groups = [.. set.OfType(Groups)];
    private readonly TerraformResource[] maps = [.. set.OfType(Maps)];

    /// <summary>The organization that a resource is in; null when it does not say.</summary>
    public static string? OrganizationOf(TerraformResource resource)
    {
        foreach (var attribute in (ReadOnlySpan<string>)["org_id", EnvironmentPath, GroupPath, MapPath, "id"])
        {
            if (resource.Text(attribute) is { Length: > 0 } text)
            {
                if (Segment(text, "organizations") is { } name)
                {
                    return name;
                }

                if (attribute == "org_id" && !text.Contains('/', StringComparison.Ordinal))
                {
                    return text;
                }
            }
        }

        return null;
    }

    /// <summary>The environment that a resource is in; null when that is not known.</summary>
    public string? EnvironmentOf(TerraformResource resource) =>
        resource.Text(EnvironmentName) is { } name ? (Segment(name, "environments") ?? name)
        : resource.Text(EnvironmentPath) is { } path ? Segment(path, "environments")
        : resource.Text(MapPath) is { } map ? Segment(map, "environments")
        : (
            set.Configuration.Referred(resource, EnvironmentPath, environments)
            ?? set.Configuration.Referred(resource, EnvironmentName, environments)
        )?.Key("name");

    /// <summary>Notes the resources of some types that are in no environment that is known: they are nowhere in what is compared.</summary>
    public void NoteHomeless(params string[] types)
    {
        foreach (var environment in environments)
        {
            // Asking notes it.
            environment.IsSaid("name");
        }

        foreach (var resource in set.OfType(types).Where(one => EnvironmentOf(one) is null))
        {
            resource.Note("environment", "which environment it belongs to is not known");
        }
    }

    /// <summary>The key value map that an entry is in, as <see cref="MapKey"/> says it; null when that is not known.</summary>
    public string? MapOf(TerraformResource entry) =>
        entry.Text(MapPath) is { } path
            ? (
                Segment(path, "environments") is { } environment && Segment(path, "keyvaluemaps") is { } name
                    ? MapKey(environment, name)
                    : null
            )
        : set.Configuration.Referred(entry, MapPath, maps) is { } map && EnvironmentOf(map) is { } home && map.Key("name") is { } own
            ? MapKey(home, own)
        : null;

    /// <summary>The key of a map: its environment and its name.</summary>
    public static string MapKey(string environment, string name) => $"{environment}/{name}";

    /// <summary>The environment group that an attachment is of; null when that is not known.</summary>
    public string? GroupOf(TerraformResource attachment) =>
        attachment.Text(GroupPath) is { } path
            ? path[(path.LastIndexOf('/') + 1)..]
            : set.Configuration.Referred(attachment, GroupPath, groups)?.Key("name");

    private static string? Segment(string path, string collection)
    {
        var parts = path.Split('/');
        var at = Array.IndexOf(parts, collection);
        return at >= 0 && at + 1 < parts.Length && parts[at + 1].Length > 0 ? parts[at + 1] : null;
    }
}
