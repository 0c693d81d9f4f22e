using System.Security.Cryptography;
using System.Text;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.History.Snapshots;

/// <summary>
/// Writes a bundle as entities: its endpoints, policies, resources and property sets. XML is compared by what it says: white space around text, comments, the order of
/// attributes and the encoding say nothing; the order of elements does.
/// </summary>
internal sealed class BundleEntities(string root, string? environment, Bundle bundle, EntityList entities)
{
    private readonly string prefix = $"{root}/{(bundle.Kind == BundleKind.Proxy ? "apis" : "sharedflows")}/{bundle.Name}";
    private readonly string of = bundle.Description + (environment is null ? "" : $" in environment '{environment}'");

    public void Write(string part)
    {
        foreach (var endpoint in bundle.ProxyEndpoints)
        {
            var fields = new FieldList().Scalar("BasePath", endpoint.BasePath);
            Flows(fields, endpoint.PreFlow, endpoint.Flows, endpoint.PostFlow);
            Steps(fields, "PostClientFlow", endpoint.PostClientFlow);
            FaultRules(fields, endpoint.FaultRules, endpoint.DefaultFaultRule);
            Properties(fields, endpoint.Properties);
            fields.Rank("RouteRules", endpoint.Routes.Select(route => new FieldItem(route.Name)));
            foreach (var (route, path) in Numbered(endpoint.Routes, route => route.Name, "RouteRules/"))
            {
                Condition(fields, path, route.Condition);
                fields
                    .Scalar(path + "/TargetEndpoint", route.TargetEndpoint)
                    .Scalar(path + "/URL", route.Url?.Text)
                    .Scalar(path + "/IntegrationEndpoint", route.IntegrationEndpoint)
                    .Flag(path + "/IsNull", route.IsNull ? true : null);
            }

            Add(part, "proxy endpoint", "proxies", endpoint.Name, fields, endpoint.Location);
        }

        foreach (var endpoint in bundle.TargetEndpoints)
        {
            var fields = new FieldList();
            Flows(fields, endpoint.PreFlow, endpoint.Flows, endpoint.PostFlow);
            FaultRules(fields, endpoint.FaultRules, endpoint.DefaultFaultRule);
            Connection(fields, endpoint.Connection);
            Add(part, "target endpoint", "targets", endpoint.Name, fields, endpoint.Location);
        }

        foreach (var flow in bundle.SharedFlows)
        {
            var fields = new FieldList();
            Steps(fields, "Steps", flow.Steps);
            Add(part, "shared flow", "flows", flow.Name, fields, flow.Location);
        }

        foreach (var policy in bundle.Policies.Values)
        {
            var fields = new FieldList().Flag("enabled", policy.Enabled).Flag("continueOnError", policy.ContinueOnError);
            WriteXml(fields, policy.Root.Name, policy.Root, isRoot: true);
            Add(part, $"{policy.Kind} policy", "policies", policy.Name, fields, policy.Location);
        }

        foreach (var resource in bundle.Resources)
        {
            // Line ends are what an editor or a checkout makes of them.
            var fields = new FieldList().Scalar(
                "Content",
                resource.Text is { } text
                    ? "sha256:"
                        + Convert
                            .ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))))
                            .AsSpan(0, 16)
                            .ToString()
                    : string.Create(CultureInfo.InvariantCulture, $"{resource.Size} bytes")
            );
            Add(part, "resource", $"resources/{resource.Type}", resource.Name, fields, resource.Location);
        }

        foreach (var set in bundle.PropertySets)
        {
            Add(
                part,
                "property set",
                "propertysets",
                set.Name,
                set.Entries.Aggregate(new FieldList(), (fields, entry) => fields.Value("Entries/" + entry.Key, entry.Value)),
                set.Location
            );
        }
    }

    /// <summary>The TLS settings of a connection.</summary>
    public static void Tls(FieldList fields, string path, SslInfo? ssl)
    {
        if (ssl is not null)
        {
            fields
                .Flag(path + "Enabled", ssl.Enabled)
                .Flag(path + "Enforce", ssl.Enforce)
                .Flag(path + "ClientAuthEnabled", ssl.ClientAuthEnabled)
                .Flag(path + "IgnoreValidationErrors", ssl.IgnoreValidationErrors)
                .Scalar(path + "KeyStore", ssl.KeyStore)
                .Scalar(path + "TrustStore", ssl.TrustStore)
                .Scalar(path + "KeyAlias", ssl.KeyAlias);
        }
    }

    private static void Flows(FieldList fields, Flow pre, ImmutableArray<Flow> flows, Flow post)
    {
        Steps(fields, "PreFlow/Request", pre.Request);
        Steps(fields, "PreFlow/Response", pre.Response);
        fields.Rank("Flows", flows.Select(flow => new FieldItem(flow.Name)));
        foreach (var (flow, path) in Numbered(flows, flow => flow.Name, "Flows/"))
        {
            // A flow without steps still takes requests away from those after it.
            Condition(fields, path, flow.Condition);
            fields.Scalar(path, "present");
            Steps(fields, path + "/Request", flow.Request);
            Steps(fields, path + "/Response", flow.Response);
        }

        Steps(fields, "PostFlow/Request", post.Request);
        Steps(fields, "PostFlow/Response", post.Response);
    }

    private static void Steps(FieldList fields, string path, ImmutableArray<Step> steps)
    {
        fields.Sequence(path, steps.Select(step => step.Policy));
        foreach (var (step, place) in Numbered(steps, step => step.Policy, path + "/"))
        {
            Condition(fields, place, step.Condition);
        }
    }

    private static void FaultRules(FieldList fields, ImmutableArray<FaultRule> rules, FaultRule? byDefault)
    {
        fields.Rank("FaultRules", rules.Select(rule => new FieldItem(rule.Name)));
        foreach (var (rule, path) in Numbered(rules, rule => rule.Name, "FaultRules/"))
        {
            Condition(fields, path, rule.Condition);
            Steps(fields, path, rule.Steps);
        }

        if (byDefault is not null)
        {
            Steps(fields, "DefaultFaultRule", byDefault.Steps);
            fields.Flag("DefaultFaultRule/AlwaysEnforce", byDefault.AlwaysEnforce);
        }
    }

    private static void Connection(FieldList fields, TargetConnection connection)
    {
        switch (connection)
        {
            case TargetConnection.Http http:
                fields
                    .Scalar("Connection/URL", http.Url?.Text)
                    .Set("Connection/Servers", http.Servers)
                    .Scalar("Connection/Path", http.Path);
                Tls(fields, "Connection/SSLInfo/", http.Ssl);
                fields
                    .Scalar("Connection/Authentication", http.Authentication?.TokenKind)
                    .Scalar("Connection/Authentication/Header", http.Authentication?.Header);
                break;
            case TargetConnection.Local local:
                fields
                    .Scalar("Connection/Proxy", local.Proxy)
                    .Scalar("Connection/Endpoint", local.Endpoint)
                    .Scalar("Connection/LocalPath", local.Path);
                break;
            case TargetConnection.Other other:
                fields.Scalar("Connection", other.Name);
                break;
        }
    }

    private static void Properties(FieldList fields, ImmutableSortedDictionary<string, string> properties)
    {
        foreach (var property in properties)
        {
            fields.Scalar("Properties/" + property.Key, property.Value);
        }
    }

    private static void Condition(FieldList fields, string path, ConditionText? condition)
    {
        if (condition is not null)
        {
            fields.Scalar(
                path + "/Condition",
                string.Join(' ', condition.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            );
        }
    }

    // Things of a list by name; the second of the same name is name#2, so that each has a path.
    private static IEnumerable<(T Item, string Path)> Numbered<T>(IEnumerable<T> items, Func<T, string> nameOf, string path)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var name = nameOf(item);
            var number = seen[name] = seen.GetValueOrDefault(name) + 1;
            yield return (item, path + name + (number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"#{number}")));
        }
    }

    private static void WriteXml(FieldList fields, string path, Element element, bool isRoot)
    {
        foreach (var attribute in element.Attributes)
        {
            // The policy's own name is its key, and the two flags are read as Apigee reads them; async has no effect.
            if (!isRoot || attribute.Name is not ("name" or "enabled" or "continueOnError" or "async"))
            {
                fields.Scalar($"{path}/@{attribute.Name}", attribute.Value);
            }
        }

        if (element.Secret is { } secret)
        {
            fields.Secret(path, secret);
        }
        else if (element.Text.Length > 0 || (!isRoot && element.Children.IsEmpty))
        {
            fields.Scalar(path, element.Text);
        }

        var children = Numbered(element.Children.Where(child => !isRoot || child.Name is not "DisplayName"), Segment, path + "/").ToArray();
        foreach (var (child, place) in children)
        {
            WriteXml(fields, place, child, isRoot: false);
        }

        if (children.Length > 1)
        {
            fields.Rank(path + "/*", children.Select(child => new FieldItem(child.Path[(path.Length + 1)..])));
        }
    }

    private static string Segment(Element element) =>
        element.Attribute("name") is { Length: > 0 } name ? $"{element.Name}[{name}]" : element.Name;

    // A change of what is deployed is a deployment, and the log names the proxy for it.
    private string LogName => "organizations/" + prefix["apigee/".Length..];

    private void Add(string part, string kind, string folder, string name, FieldList fields, SourceLocation location) =>
        entities.Add(
            new Entity
            {
                Kind = kind,
                Key = $"{prefix}/{folder}/{name}",
                NaturalKey = $"{prefix}/{folder}/{name}",
                Title = $"{kind} '{name}' of {of}",
                Part = part,
                Fields = fields.Build(),
                Environment = environment,
                Ids = [LogName],
                Location = location,
            }
        );
}
