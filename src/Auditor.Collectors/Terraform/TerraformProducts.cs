using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Terraform;

/// <summary>Reads API products of Terraform.</summary>
internal static class TerraformProducts
{
    /// <summary>The product that a resource declares, from what was there; what was there when its name or what it opens is not known.</summary>
    public static ApiProduct? Of(TerraformResource resource, ApiProduct? was)
    {
        if (
            resource.Text("name", was?.Name) is not { } name
            || (was is null && (resource.IsUnknown("proxies") || resource.IsUnknown("operation_group")))
        )
        {
            return was;
        }

        return (was ?? new ApiProduct { Name = name, Location = resource.Location }) with
        {
            ApprovalType = resource.Text("approval_type", was?.ApprovalType) ?? was?.ApprovalType,
            Environments = resource.Texts("environments", was?.Environments ?? []),
            Proxies = resource.Texts("proxies", was?.Proxies ?? []),
            ApiResources = resource.Texts("api_resources", was?.ApiResources ?? []),
            Scopes = resource.Texts("scopes", was?.Scopes ?? []),
            Operations = resource.Block("operation_group") is { } group
                ?
                [
                    .. group
                        .Items()
                        .SelectMany(one => one.Objects("operation_configs"))
                        .SelectMany(config =>
                            config
                                .Objects("operations")
                                .Select(operation => new ProductOperation(
                                    config.Text("api_source", ""),
                                    operation.Text("resource", ""),
                                    operation.Texts("methods"),
                                    operation.Location
                                ))
                        ),
                ]
                : was?.Operations ?? [],
            Quota = resource.Text("quota", was?.Quota),
            Attributes = resource.Block("attributes") is { } attributes
                ? attributes
                    .Items()
                    .Where(attribute => attribute.Text("name") is { } key && !SecretNames.IsSecret(key))
                    .DistinctBy(attribute => attribute.Text("name"), StringComparer.Ordinal)
                    .ToImmutableSortedDictionary(
                        attribute => attribute.Text("name")!,
                        attribute => attribute.Text("value", ""),
                        StringComparer.Ordinal
                    )
                : was?.Attributes ?? ImmutableSortedDictionary<string, string>.Empty,
            Location = resource.Location,
        };
    }
}
