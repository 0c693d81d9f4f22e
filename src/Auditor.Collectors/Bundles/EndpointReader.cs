using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads proxy endpoints, target endpoints and shared flows.</summary>
internal static class EndpointReader
{
    public static ProxyEndpoint ProxyEndpoint(Element root, string fallbackName) =>
        new()
        {
            Name = root.Attribute("name") ?? fallbackName,
            BasePath = ElementValues.Text(root.Child("HTTPProxyConnection")?.Child("BasePath")) ?? "",
            PreFlow = Flow(root.Child("PreFlow"), "PreFlow", root),
            Flows = [.. root.Child("Flows")?.ChildrenNamed("Flow").Select(flow => Flow(flow, "", root)) ?? []],
            PostFlow = Flow(root.Child("PostFlow"), "PostFlow", root),
            PostClientFlow = root.Child("PostClientFlow")?.Child("Response") is { } afterwards ? Steps(afterwards) : [],
            Routes = [.. root.ChildrenNamed("RouteRule").Select(Route)],
            FaultRules = FaultRules(root),
            DefaultFaultRule = root.Child("DefaultFaultRule") is { } fault ? Fault(fault) : null,
            Properties = Properties(root.Child("HTTPProxyConnection")),
            Location = root.Location,
        };

    public static TargetEndpoint TargetEndpoint(Element root, string fallbackName) =>
        new()
        {
            Name = root.Attribute("name") ?? fallbackName,
            PreFlow = Flow(root.Child("PreFlow"), "PreFlow", root),
            Flows = [.. root.Child("Flows")?.ChildrenNamed("Flow").Select(flow => Flow(flow, "", root)) ?? []],
            PostFlow = Flow(root.Child("PostFlow"), "PostFlow", root),
            FaultRules = FaultRules(root),
            DefaultFaultRule = root.Child("DefaultFaultRule") is { } fault ? Fault(fault) : null,
            Connection = Connection(root),
            Location = root.Location,
        };

    public static SharedFlow SharedFlow(Element root, string fallbackName) =>
        new(root.Attribute("name") ?? fallbackName, Steps(root), root.Location);

    public static ConditionText? Condition(Element? element) =>
        element is null || string.IsNullOrWhiteSpace(element.RawText) ? null : new ConditionText(element.Text, element.Location);

    public static TargetConnection Connection(Element root)
    {
        foreach (var child in root.Children)
        {
            switch (child.Name)
            {
                // Google's own samples write HttpTargetConnection, too.
                case "HTTPTargetConnection":
                case "HttpTargetConnection":
                    return new TargetConnection.Http
                    {
                        Url = ElementValues.Setting(child.Child("URL")),
                        Servers =
                        [
                            .. child.Child("LoadBalancer")?.ChildrenNamed("Server").Select(server => server.Attribute("name") ?? "") ?? [],
                        ],
                        Path = ElementValues.Text(child.Child("Path")),
                        Ssl = child.Child("SSLInfo") is { } ssl ? Ssl(ssl) : null,
                        Authentication = Authentication(child.Child("Authentication")),
                        Location = child.Location,
                    };
                case "LocalTargetConnection":
                    return new TargetConnection.Local
                    {
                        Proxy = ElementValues.Text(child.Child("APIProxy")),
                        Endpoint = ElementValues.Text(child.Child("ProxyEndpoint")),
                        Path = ElementValues.Text(child.Child("Path")),
                        Location = child.Location,
                    };
                case "ScriptTarget":
                case "HostedTarget":
                    return new TargetConnection.Other(child.Name) { Location = child.Location };
                default:
                    break;
            }
        }

        return new TargetConnection.Other("") { Location = root.Location };
    }

    private static Flow Flow(Element? element, string fallbackName, Element owner) =>
        element is null
            ? new Flow(fallbackName, null, [], [], owner.Location)
            : new Flow(
                element.Attribute("name") ?? fallbackName,
                Condition(element.Child("Condition")),
                element.Child("Request") is { } request ? Steps(request) : [],
                element.Child("Response") is { } response ? Steps(response) : [],
                element.Location
            );

    private static ImmutableArray<Step> Steps(Element container) =>
        [
            .. container
                .ChildrenNamed("Step")
                .Select(step => new Step(step.Child("Name")?.Text ?? "", Condition(step.Child("Condition")), step.Location)),
        ];

    private static RouteRule Route(Element element) =>
        new(
            element.Attribute("name") ?? "",
            Condition(element.Child("Condition")),
            ElementValues.Text(element.Child("TargetEndpoint")),
            ElementValues.Setting(element.Child("URL")),
            ElementValues.Text(element.Child("IntegrationEndpoint")),
            element.Location
        );

    private static ImmutableArray<FaultRule> FaultRules(Element root) =>
        [.. root.Child("FaultRules")?.ChildrenNamed("FaultRule").Select(Fault) ?? []];

    private static FaultRule Fault(Element element) =>
        new(
            element.Attribute("name") ?? "",
            Condition(element.Child("Condition")),
            Steps(element),
            ElementValues.Flag(element.Child("AlwaysEnforce")?.Text, false),
            element.Location
        );

    private static SslInfo Ssl(Element element) =>
        new()
        {
            Enabled = ElementValues.OptionalFlag(element.Child("Enabled")?.Text),
            Enforce = ElementValues.OptionalFlag(element.Child("Enforce")?.Text),
            ClientAuthEnabled = ElementValues.OptionalFlag(element.Child("ClientAuthEnabled")?.Text),
            IgnoreValidationErrors = ElementValues.OptionalFlag(element.Child("IgnoreValidationErrors")?.Text),
            IgnoreValidationErrorsLocation = element.Child("IgnoreValidationErrors")?.Location,
            KeyStore = ElementValues.Text(element.Child("KeyStore")),
            TrustStore = ElementValues.Text(element.Child("TrustStore")),
            KeyAlias = ElementValues.Text(element.Child("KeyAlias")),
            Location = element.Location,
        };

    private static GoogleAuthentication? Authentication(Element? element)
    {
        var kind = element?.Children.FirstOrDefault(child => child.Name is "GoogleAccessToken" or "GoogleIDToken");
        return element is null || kind is null
            ? null
            : new GoogleAuthentication(ElementValues.Text(element.Child("HeaderName")) ?? "Authorization", kind.Name, element.Location);
    }

    private static ImmutableSortedDictionary<string, string> Properties(Element? connection)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var property in connection?.Child("Properties")?.ChildrenNamed("Property") ?? [])
        {
            builder[property.Attribute("name") ?? ""] = property.Text;
        }

        return builder.ToImmutable();
    }
}
