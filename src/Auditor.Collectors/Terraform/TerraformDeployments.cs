using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Terraform;

/// <summary>
/// Lays declared deployments over those of an organization. Terraform names a revision; what is in it is known only where the organization holds it. Where it does not, the deployment
/// stays as it is, and it is said that its content is not compared.
/// </summary>
internal sealed class TerraformDeployments(TerraformSet set, ApigeeOrganization organization, TerraformOthers others)
{
    /// <summary>The deployments with what is declared.</summary>
    /// <param name="types">The types of resources.</param>
    public Collected<Deployment> Laid(params string[] types)
    {
        var declared = new List<Deployment>();
        foreach (var resource in set.OfType(types))
        {
            var kind = KindOf(resource);
            if (resource.Text("environment") is not { } environment || NameOf(resource) is not { } name)
            {
                resource.Note("environment", resource.NotKnown);
                continue;
            }

            var was = organization.Deployments.Items.FirstOrDefault(one =>
                one.Environment == environment && one.Kind == kind && one.Name == name
            );
            if (resource.Number("revision", was?.Revision) is not { } revision)
            {
                continue;
            }

            var isHeld = organization.FindBundle(kind, name, revision)?.Revision == revision;
            if (!isHeld && was?.Revision != revision)
            {
                resource.Note(
                    "revision",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"revision {revision} is not part of what it is compared with; {(was is null ? "none" : $"revision {was.Revision}")} is deployed"
                    )
                );
                continue;
            }

            declared.Add(
                new Deployment(environment, kind, name, revision, resource.Text("service_account", was?.ServiceAccount), resource.Location)
                {
                    DeployedAt = was?.DeployedAt,
                }
            );
        }

        // One that is declared at another address, or of which it is not known which revision it will be, does not go.
        var kept = set.OfType(types).Select(KeyOf).ToHashSet();
        var deleted = set.DeletedOf(types).Where(one => !kept.Contains(KeyOf(one))).ToList();
        foreach (var resource in deleted.Where(_ => others == TerraformOthers.Go))
        {
            resource.Note("revision", "it goes, and what is deployed is known only to what is live: compare the plan with a recording");
        }

        var gone = deleted.Select(KeyOf).ToHashSet();
        return new Collected<Deployment>(
            [
                .. organization.Deployments.Items.Where(one =>
                    !gone.Contains((one.Environment, one.Kind, one.Name))
                    && !declared.Exists(other => other.Environment == one.Environment && other.Kind == one.Kind && other.Name == one.Name)
                ),
                .. declared,
            ],
            organization.Deployments.Coverage
        );
    }

    private static BundleKind KindOf(TerraformResource resource) =>
        resource.Type.Contains("sharedflow", StringComparison.Ordinal) ? BundleKind.SharedFlow : BundleKind.Proxy;

    private static (string? Environment, BundleKind Kind, string? Name) KeyOf(TerraformResource resource) =>
        (resource.Key("environment"), KindOf(resource), resource.Key("proxy_id") ?? resource.Key("sharedflow_id") ?? resource.Key("api"));

    private static string? NameOf(TerraformResource resource) =>
        resource.Text("proxy_id") ?? resource.Text("sharedflow_id") ?? resource.Text("api");
}
