using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>A revision where it is deployed.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Deployment">The deployment.</param>
/// <param name="Bundle">The revision; null when it is not part of the input.</param>
public sealed record DeployedBundle(ApigeeOrganization Organization, Deployment Deployment, Bundle? Bundle) : ISubject
{
    /// <inheritdoc/>
    public string Key =>
        $"{Organization.Name}/{Deployment.Environment}/{(Deployment.Kind == BundleKind.Proxy ? "apis" : "sharedflows")}/{Deployment.Name}";

    /// <inheritdoc/>
    public string Title => $"{Name} in environment '{Deployment.Environment}'";

    /// <summary>The bundle in words, without where it is deployed.</summary>
    public string Name => $"{(Deployment.Kind == BundleKind.Proxy ? "proxy" : "shared flow")} '{Deployment.Name}'";

    /// <inheritdoc/>
    public SourceLocation Location => Deployment.Location;

    /// <inheritdoc/>
    public string? Environment => Deployment.Environment;

    /// <summary>The deployments of a landscape, in the order of their keys.</summary>
    internal static IEnumerable<DeployedBundle> Of(Landscape landscape) =>
        landscape
            .Apigee.SelectMany(organization =>
                organization.Deployments.Items.Select(deployment => new DeployedBundle(
                    organization,
                    deployment,
                    organization.FindBundle(deployment.Kind, deployment.Name, deployment.Revision)
                ))
            )
            .OrderBy(deployed => deployed.Key, StringComparer.Ordinal)
            .ThenBy(deployed => deployed.Deployment.Revision);
}
