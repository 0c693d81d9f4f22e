using Auditor.Model.Apigee;
using Auditor.Trace.Flows;

namespace Auditor.Engine;

/// <summary>Which products cover a proxy, and which keys hold a product.</summary>
internal static class ProductCoverage
{
    /// <summary>The products that name the proxy and are meant for its environment, in the order of the organization.</summary>
    public static IEnumerable<ApiProduct> Of(FlowProgram program) =>
        program.Organization.Products.Items.Where(product =>
            (
                product.Environments.IsEmpty
                || (program.Environment is { } environment && product.Environments.Contains(environment.Name, StringComparer.Ordinal))
            ) && Names(product, program.Bundle.Name)
        );

    /// <summary>The approved keys that hold an approved product, with the app they belong to.</summary>
    public static IEnumerable<(DeveloperApp App, string Key)> Holders(ApigeeOrganization organization, ApiProduct product) =>
        organization.Apps.Items.SelectMany(app =>
            app.Credentials.Where(credential =>
                    credential.Status is null or "approved"
                    && credential.Products.Any(held => held.Product == product.Name && held.Status is null or "approved")
                )
                .Select(credential => (app, credential.ConsumerKey))
        );

    private static bool Names(ApiProduct product, string proxy) =>
        product.Proxies.Contains(proxy, StringComparer.Ordinal) || product.Operations.Any(operation => operation.Proxy == proxy);
}
