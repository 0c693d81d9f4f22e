using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>
/// A recording of an estate of a given size, an Okta org and an Apigee organization that belong together: the same sizes give the same bytes. By default it has the size
/// of a median customer's.
/// </summary>
public sealed partial class GeneratedEstate
{
    /// <summary>The host of the Okta org.</summary>
    public const string Host = "estate.okta.com";

    /// <summary>The name of the Apigee organization.</summary>
    public const string Organization = "estate";

    private const string Audience = "https://api.estate.example";
    private const long Created = 1_735_689_600_000;

    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);

    /// <summary>The number of proxies.</summary>
    public int Proxies { get; init; } = 300;

    /// <summary>The number of their revisions that are deployed somewhere; at least one each, at most two.</summary>
    public int DeployedRevisions { get; init; } = 450;

    /// <summary>The number of shared flows, each deployed everywhere.</summary>
    public int SharedFlows { get; init; } = 40;

    /// <summary>The number of environments, each with a group of its own.</summary>
    public int Environments { get; init; } = 8;

    /// <summary>The number of key value maps of an environment.</summary>
    public int MapsPerEnvironment { get; init; } = 5;

    /// <summary>The number of entries in all maps together.</summary>
    public int MapEntries { get; init; } = 5_000;

    /// <summary>The number of target servers of an environment.</summary>
    public int TargetServersPerEnvironment { get; init; } = 10;

    /// <summary>The number of API products.</summary>
    public int Products { get; init; } = 120;

    /// <summary>The number of developer apps.</summary>
    public int DeveloperApps { get; init; } = 500;

    /// <summary>The number of Okta's authorization servers.</summary>
    public int Servers { get; init; } = 12;

    /// <summary>The number of Okta's apps.</summary>
    public int Apps { get; init; } = 600;

    /// <summary>The number of those that are services.</summary>
    public int ServiceApps { get; init; } = 150;

    /// <summary>The number of Okta's groups.</summary>
    public int Groups { get; init; } = 100;

    /// <summary>The number of access policies of a server, each with two rules.</summary>
    public int PoliciesPerServer { get; init; } = 6;

    /// <summary>
    /// The requests that a first night takes of the Apigee organization, by what there is: two for the organization and where it is; one per environment, group page,
    /// group, list and deployed bundle; per environment its lists and what they name; per map its entries by thousands and its own document; lists of products, apps,
    /// groups of apps and developers by thousands.
    /// </summary>
    public int ApigeeRequests => ApigeeRequestsWithoutBundles + Bundles;

    /// <summary>The same of a night on which no bundle is new.</summary>
    public int ApigeeRequestsWithoutBundles
    {
        get
        {
            var maps = Environments * MapsPerEnvironment;
            return 3
                + Environments
                + Pages(Environments, 25)
                + Environments
                + 4
                // Hooks: their list and the four points.
                + (Environments * 5)
                + (1 + Environments + Proxies)
                + (maps * (1 + Pages(MapEntries / maps, 1_000)))
                // Lists of target servers, keystores, references, resource files, caches and the debug mask; what they name: one keystore, alias, reference and file each.
                + (Environments * (6 + TargetServersPerEnvironment + 4))
                + Pages(Products, 1_000)
                + (2 * Pages(DeveloperApps, 1_000))
                + 2;
        }
    }

    /// <summary>The number of deployed revisions of proxies and shared flows.</summary>
    public int Bundles => DeployedRevisions + SharedFlows;

    /// <summary>The files of the recording, made when they are first asked for.</summary>
    public IReadOnlyDictionary<string, byte[]> Files
    {
        get
        {
            if (files.Count == 0)
            {
                Text("recording.json", """{ "format": 1, "capturedAt": "2026-11-20T02:00:00Z" }""");
                WriteApigee();
                WriteOkta();
            }

            return files;
        }
    }

    /// <summary>The files below a folder of the recording, by their paths below it.</summary>
    public IEnumerable<KeyValuePair<string, byte[]>> Below(string folder) =>
        Files
            .Where(file => file.Key.StartsWith(folder + "/", StringComparison.Ordinal))
            .Select(file => KeyValuePair.Create(file.Key[(folder.Length + 1)..], file.Value));

    /// <summary>Writes the recording.</summary>
    public void WriteTo(string folder)
    {
        foreach (var (path, bytes) in Files)
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
        }
    }

    private static int Pages(int rows, int size) => Math.Max(1, (rows + size - 1) / size);

    private void WriteApigee()
    {
        string[] environments = [.. Enumerable.Range(0, Environments).Select(i => $"env{Number(i)}")];
        Apigee(
            "organization",
            new JsonObject
            {
                ["name"] = Organization,
                ["projectId"] = Organization,
                ["runtimeType"] = "CLOUD",
                ["environments"] = Names(environments),
            }
        );
        Apigee("environments", Names(environments));
        Apigee(
            "envgroups",
            "environmentGroups",
            environments.Select(name => new JsonObject
            {
                ["name"] = "group-" + name,
                ["hostnames"] = new JsonArray(name + ".estate.example"),
            })
        );
        foreach (var name in environments)
        {
            Apigee(
                $"envgroups/group-{name}/attachments",
                "environmentGroupAttachments",
                [
                    new JsonObject
                    {
                        ["name"] = "attachment-" + name,
                        ["environment"] = name,
                        ["environmentGroupId"] = "group-" + name,
                    },
                ]
            );
            WriteEnvironment(name);
        }

        WriteBundles(environments);
        Apigee("keyvaluemaps", new JsonArray());
        Apigee(
            "apiproducts",
            "apiProduct",
            Enumerable
                .Range(0, Products)
                .Select(i => new JsonObject
                {
                    ["name"] = $"product-{Number(i)}",
                    ["approvalType"] = "manual",
                    ["environments"] = new JsonArray(environments[i % environments.Length]),
                    ["proxies"] = new JsonArray($"api-{Number(i % Proxies)}"),
                    ["apiResources"] = new JsonArray("/items/**"),
                    ["scopes"] = new JsonArray("items.read"),
                    ["quota"] = "600",
                    ["quotaInterval"] = "1",
                    ["quotaTimeUnit"] = "minute",
                    ["createdAt"] = Created.ToString(CultureInfo.InvariantCulture),
                })
        );
        Apigee(
            "apps",
            "app",
            Enumerable
                .Range(0, DeveloperApps)
                .Select(i => new JsonObject
                {
                    ["appId"] = $"app-{Number(i)}",
                    ["name"] = $"app {Number(i)}",
                    ["status"] = "approved",
                    ["developerId"] = "developer-1",
                    ["createdAt"] = Created.ToString(CultureInfo.InvariantCulture),
                    ["credentials"] = new JsonArray(
                        new JsonObject
                        {
                            ["consumerKey"] = $"0oa{i % Apps}",
                            ["consumerSecret"] = Secret(i),
                            ["status"] = "approved",
                            ["issuedAt"] = Created.ToString(CultureInfo.InvariantCulture),
                            ["expiresAt"] = "-1",
                            ["apiProducts"] = new JsonArray(
                                new JsonObject { ["apiproduct"] = $"product-{Number(i % Products)}", ["status"] = "approved" }
                            ),
                        }
                    ),
                })
        );
        Apigee("apps@status=revoked", "app", []);
        Apigee("appgroups", "appGroups", []);
        Apigee(
            "developers",
            "developer",
            [
                new JsonObject
                {
                    ["developerId"] = "developer-1",
                    ["email"] = "team@estate.example",
                    ["status"] = "active",
                },
            ]
        );
    }

    private void WriteEnvironment(string name)
    {
        var root = "environments/" + name;
        Apigee(
            root,
            new JsonObject
            {
                ["name"] = name,
                ["state"] = "ACTIVE",
                ["type"] = "COMPREHENSIVE",
                ["hasAttachedFlowHooks"] = true,
            }
        );
        Apigee(
            root + "/debugmask",
            new JsonObject { ["name"] = "debugmask", ["variables"] = new JsonArray("request.header.authorization") }
        );
        string[] hooks = ["PostProxyFlowHook", "PostTargetFlowHook", "PreProxyFlowHook", "PreTargetFlowHook"];
        Apigee(root + "/flowhooks", Names(hooks));
        foreach (var hook in hooks)
        {
            var attached = new JsonObject { ["flowHookPoint"] = hook };
            if (hook == "PreProxyFlowHook")
            {
                attached["sharedFlow"] = "flow-0000";
                attached["continueOnError"] = false;
            }

            Apigee($"{root}/flowhooks/{hook}", attached);
        }

        string[] servers = [.. Enumerable.Range(0, TargetServersPerEnvironment).Select(i => $"backend-{Number(i)}")];
        Apigee(root + "/targetservers", Names(servers));
        foreach (var server in servers)
        {
            Apigee(
                $"{root}/targetservers/{server}",
                new JsonObject
                {
                    ["name"] = server,
                    ["host"] = server + ".internal.estate.example",
                    ["port"] = 443,
                    ["isEnabled"] = true,
                    ["sSLInfo"] = new JsonObject
                    {
                        ["enabled"] = true,
                        ["enforce"] = true,
                        ["trustStore"] = "ref://trust",
                    },
                }
            );
        }

        Apigee(root + "/keystores", new JsonArray("trust-2026"));
        Apigee(root + "/keystores/trust-2026", new JsonObject { ["name"] = "trust-2026", ["aliases"] = new JsonArray("ca") });
        Apigee(
            root + "/keystores/trust-2026/aliases/ca",
            new JsonObject
            {
                ["alias"] = "ca",
                ["type"] = "CERT",
                ["certsInfo"] = new JsonObject
                {
                    ["certInfo"] = new JsonArray(
                        new JsonObject
                        {
                            ["subject"] = "CN=Estate CA",
                            ["expiryDate"] = "1900000000000",
                            ["isValid"] = "Yes",
                        }
                    ),
                },
            }
        );
        Apigee(root + "/references", new JsonArray("trust"));
        Apigee(
            root + "/references/trust",
            new JsonObject
            {
                ["name"] = "trust",
                ["refers"] = "trust-2026",
                ["resourceType"] = "TrustStore",
            }
        );
        Apigee(root + "/resourcefiles", "resourceFile", [new JsonObject { ["name"] = "okta", ["type"] = "properties" }]);
        Text($"apigee/{Organization}/{root}/resourcefiles/properties/okta", $"issuer=https://{Host}/oauth2/aus0\naudience={Audience}\n");
        Apigee(root + "/caches", new JsonArray());
        string[] maps = [.. Enumerable.Range(0, MapsPerEnvironment).Select(i => $"map-{Number(i)}")];
        Apigee(root + "/keyvaluemaps", Names(maps));
        var entries = MapEntries / (Environments * MapsPerEnvironment);
        foreach (var map in maps)
        {
            Apigee($"{root}/keyvaluemaps/{map}", new JsonObject { ["name"] = map, ["encrypted"] = true });
            Apigee(
                $"{root}/keyvaluemaps/{map}/entries",
                "keyValueEntries",
                Enumerable.Range(0, entries).Select(i => new JsonObject { ["name"] = $"setting_{Number(i)}", ["value"] = Secret(i) })
            );
        }
    }

    private void WriteBundles(string[] environments)
    {
        var proxyDeployments = new JsonArray();
        var flowDeployments = new JsonArray();
        var proxies = new JsonArray();
        var flows = new JsonArray();
        for (var i = 0; i < Proxies; i++)
        {
            var name = $"api-{Number(i)}";
            var revisions = i < DeployedRevisions - Proxies ? 2 : 1;
            for (var revision = 1; revision <= revisions; revision++)
            {
                proxyDeployments.Add(Deployment(environments[(i + revision) % environments.Length], name, revision));
                Archive(
                    $"apis/{name}/revisions/{revision}",
                    GeneratedBundle.Files(
                        name,
                        $"https://{Host}/oauth2/aus{i % Servers}",
                        Audience,
                        $"<LoadBalancer><Server name=\"backend-{Number(i % Math.Max(1, TargetServersPerEnvironment))}\"/></LoadBalancer>"
                    )
                );
            }

            proxies.Add(Asset(name, revisions));
            Apigee($"apis/{name}/keyvaluemaps", new JsonArray());
        }

        for (var i = 0; i < SharedFlows; i++)
        {
            var name = $"flow-{Number(i)}";
            foreach (var environment in environments)
            {
                flowDeployments.Add(Deployment(environment, name, 1));
            }

            Archive($"sharedflows/{name}/revisions/1", GeneratedBundle.SharedFlowFiles(name));
            flows.Add(Asset(name, 1));
        }

        Apigee("apis", new JsonObject { ["proxies"] = proxies });
        Apigee("sharedflows", new JsonObject { ["sharedFlows"] = flows });
        Apigee("deployments", new JsonObject { ["deployments"] = proxyDeployments });
        Apigee("deployments@sharedFlows=true", new JsonObject { ["deployments"] = flowDeployments });
    }

    private static string Number(int i) => i.ToString("D4", CultureInfo.InvariantCulture);

    // Of no meaning, but of the length and look of one.
    private static string Secret(int i) => "q7Vx" + Number(i) + "mZr2Ks9TbWy4Lc";

    private static JsonArray Names(string[] names) => [.. names.Select(name => JsonValue.Create(name))];

    private static JsonArray Rows(int count, Func<int, JsonNode> row) => [.. Enumerable.Range(0, count).Select(row)];

    private static JsonObject Deployment(string environment, string name, int revision) =>
        new()
        {
            ["environment"] = environment,
            ["apiProxy"] = name,
            ["revision"] = revision.ToString(CultureInfo.InvariantCulture),
            ["deployStartTime"] = Created.ToString(CultureInfo.InvariantCulture),
        };

    private static JsonObject Asset(string name, int revisions) =>
        new()
        {
            ["name"] = name,
            ["apiProxyType"] = "PROGRAMMABLE",
            ["latestRevisionId"] = revisions.ToString(CultureInfo.InvariantCulture),
            ["revision"] = Rows(revisions, i => (i + 1).ToString(CultureInfo.InvariantCulture)),
            ["metaData"] = new JsonObject
            {
                ["createdAt"] = Created.ToString(CultureInfo.InvariantCulture),
                ["lastModifiedAt"] = Created.ToString(CultureInfo.InvariantCulture),
            },
        };

    private void Archive(string revision, IEnumerable<(string Path, string Text)> content)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in content.OrderBy(file => file.Path, StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(path, CompressionLevel.Fastest);
                entry.LastWriteTime = DateTimeOffset.FromUnixTimeMilliseconds(Created);
                using var file = entry.Open();
                file.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        files[$"apigee/{Organization}/{revision}.zip"] = stream.ToArray();
    }

    private void Apigee(string path, string member, IEnumerable<JsonObject> rows) =>
        Apigee(path, new JsonObject { [member] = new JsonArray([.. rows]) });

    private void Apigee(string path, JsonNode json) => Text($"apigee/{Organization}/{path}.json", json.ToJsonString());

    private void Okta(string path, JsonNode json) => Text($"okta/{Host}/{path}.json", json.ToJsonString());

    private void Text(string path, string text) => files[path] = Encoding.UTF8.GetBytes(text);
}
