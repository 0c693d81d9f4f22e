using Auditor.Collectors.Answers;

namespace Auditor.Collectors.Terraform;

/// <summary>
/// What a plan says of the sources: which resource refers to which, needed for those whose ids are not known before the apply, and which org a provider is set up for. A state holds
/// none of it.
/// </summary>
internal sealed class TerraformConfiguration
{
    private readonly Json document;
    private readonly Dictionary<string, Json> resources = new(StringComparer.Ordinal);

    public TerraformConfiguration(Json document)
    {
        this.document = document;
        Collect(document["configuration"]["root_module"], "");
    }

    /// <summary>The resource of a type that an attribute of another one refers to; null when the sources do not say, or do not say which instance.</summary>
    public TerraformResource? Referred(TerraformResource from, string attribute, IEnumerable<TerraformResource> candidates)
    {
        if (from.IsOfSource)
        {
            // What was read of sources says which instance.
            return from.Refers(attribute) is [var address] ? candidates.FirstOrDefault(candidate => candidate.Address == address) : null;
        }

        if (!resources.TryGetValue(KeyOf(from), out var source))
        {
            return null;
        }

        var references = source["expressions"][attribute].Texts("references");
        var named = candidates
            .Where(candidate =>
                candidate.Module == from.Module && references.Any(reference => Names(reference, $"{candidate.Type}.{candidate.Name}"))
            )
            .ToList();
        if (named is [] or [_])
        {
            return named is [var only] ? only : null;
        }

        // Which instance: the one that is written there, or the one of the same key.
        var written = named.Where(candidate =>
            candidate.Index is not null && references.Any(reference => Names(reference, Own(candidate)))
        );
        return written.ToList() is [var one] ? one
            : references.Any(reference => reference is "each.key" or "count.index")
                ? named.Find(candidate => candidate.Index is not null && candidate.Index == from.Index)
            : null;
    }

    private static string Own(TerraformResource resource) =>
        resource.Module.Length > 0 && resource.Address.StartsWith(resource.Module + ".", StringComparison.Ordinal)
            ? resource.Address[(resource.Module.Length + 1)..]
            : resource.Address;

    /// <summary>The host of the org that the resource's provider is set up for; null when the sources do not say it.</summary>
    public string? HostOf(TerraformResource resource)
    {
        var provider =
            resource.Provider ?? (resources.TryGetValue(KeyOf(resource), out var source) ? source.Text("provider_config_key") : null);
        var expressions = document["configuration"]["provider_config"][provider ?? "okta"]["expressions"];
        var name = Constant(expressions["org_name"]);
        return name is null ? null : $"{name}.{Constant(expressions["base_url"]) ?? "okta.com"}".ToLowerInvariant();
    }

    private string? Constant(Json expression) =>
        expression.Text("constant_value")
        ?? (
            expression.Texts("references") is [{ } reference, ..] && reference.StartsWith("var.", StringComparison.Ordinal)
                ? document["variables"][reference["var.".Length..]].Text("value")
                : null
        );

    private void Collect(Json module, string path)
    {
        foreach (var resource in module.Objects("resources"))
        {
            resources.TryAdd($"{path}|{resource.Text("type", "")}.{resource.Text("name", "")}", resource);
        }

        foreach (var (name, call) in module["module_calls"].Members())
        {
            Collect(call["module"], $"{path}module.{name}.");
        }
    }

    private static bool Names(string reference, string own) =>
        reference.StartsWith(own, StringComparison.Ordinal) && (reference.Length == own.Length || reference[own.Length] is '.' or '[');

    // The sources know no instances: module.orders["eu"] is module.orders there.
    private static string KeyOf(TerraformResource resource)
    {
        var path = new System.Text.StringBuilder();
        var depth = 0;
        foreach (var c in resource.Module)
        {
            depth += c == '[' ? 1 : 0;
            if (depth == 0)
            {
                path.Append(c);
            }

            depth -= c == ']' ? 1 : 0;
        }

        return $"{path}{(path.Length > 0 ? "." : "")}|{resource.Type}.{resource.Name}";
    }
}
