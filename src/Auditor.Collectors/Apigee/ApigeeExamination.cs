using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Model;

namespace Auditor.Collectors.Apigee;

/// <summary>Looks at everything that a reading of an organization depends on, with a handful of requests.</summary>
/// <param name="source">The organization.</param>
/// <param name="connection">How it is reached.</param>
/// <param name="manners">How it will be read.</param>
internal sealed class ApigeeExamination(ApigeeSource source, ApigeeConnection connection, Manners manners)
{
    // testIamPermissions takes at most a hundred at once (Resource Manager reference).
    private const int AtOnce = 100;

    // What nobody who only reads should be able to do: a choice of the rights that change an organization or what it protects. Google's roles, 2026-08-22.
    private static readonly string[] Excess =
    [
        "apigee.apiproducts.create",
        "apigee.apiproducts.delete",
        "apigee.apiproducts.update",
        "apigee.appkeys.create",
        "apigee.appkeys.manage",
        "apigee.apps.create",
        "apigee.deployments.create",
        "apigee.deployments.delete",
        "apigee.developers.create",
        "apigee.environments.manageRuntime",
        "apigee.environments.setIamPolicy",
        "apigee.environments.update",
        "apigee.flowhooks.attachSharedFlow",
        "apigee.flowhooks.detachSharedFlow",
        "apigee.keystorealiases.create",
        "apigee.keystorealiases.delete",
        "apigee.keystores.create",
        "apigee.keyvaluemapentries.create",
        "apigee.keyvaluemapentries.delete",
        "apigee.keyvaluemapentries.update",
        "apigee.keyvaluemaps.create",
        "apigee.keyvaluemaps.delete",
        "apigee.maskconfigs.update",
        "apigee.organizations.delete",
        "apigee.organizations.update",
        "apigee.proxies.create",
        "apigee.proxies.delete",
        "apigee.proxyrevisions.delete",
        "apigee.proxyrevisions.deploy",
        "apigee.proxyrevisions.update",
        "apigee.references.update",
        "apigee.resourcefiles.create",
        "apigee.resourcefiles.update",
        "apigee.sharedflowrevisions.deploy",
        "apigee.sharedflows.create",
        "apigee.targetservers.create",
        "apigee.targetservers.update",
        "iam.serviceAccounts.actAs",
        "resourcemanager.projects.setIamPolicy",
    ];

    private readonly List<Symptom> symptoms = [];

    /// <summary>Looks.</summary>
    public async Task<ImmutableArray<Symptom>> RunAsync(CancellationToken cancellationToken)
    {
        if (!await CredentialAsync(cancellationToken))
        {
            return [.. symptoms];
        }

        var location = await source.LocateAsync(cancellationToken);
        if (location.Coverage.IsGap)
        {
            Say(
                "host",
                Health.Doubtful,
                $"where the organization is could not be asked, so {location.Origin.Authority} is tried: {location.Coverage.Reason}",
                location.Coverage is Coverage.Denied ? ApigeeEndpoints.ProjectMapping.Permission : null
            );
        }

        using var client = source.Open(location.Origin, [.. ApigeeEndpoints.Read]).NewClient();
        client.BaseAddress = new Uri(location.Origin, "/v1/organizations/");
        var api = new Listing(new ManagementApi(client, "", ApigeeEndpoints.Needs), new CollectorLog(), "");
        var answer = await api.TryGetAsync(Uri.EscapeDataString(connection.Organization), Recorded.Always, cancellationToken);
        if (!answer.HasDocument || answer.Document.ValueKind != JsonValueKind.Object)
        {
            Say(
                "host",
                Health.Bad,
                $"{location.Origin.Authority} does not show the organization {connection.Organization}: {answer.Coverage.Reason ?? "the answer is not an object"}",
                answer.Status == 403 ? "apigee.organizations.get" : null
            );
            return [.. symptoms];
        }

        var organization = new Json(answer.Document, answer.Location, new CollectorLog());
        var runtime = organization.Text("runtimeType") is { Length: > 0 and <= 20 } type ? $" ({type})" : "";
        Say("host", Health.Good, $"{location.Origin.Authority} answers for {connection.Organization}{runtime}");
        var apart = source.Server.Offset.Duration();
        Say(
            "clock",
            apart < TimeSpan.FromMinutes(4) ? Health.Good : Health.Doubtful,
            apart == TimeSpan.Zero
                ? "the same time here and there"
                : string.Create(CultureInfo.InvariantCulture, $"{apart.TotalSeconds:0} s apart; credentials may be refused for it")
        );
        await RightsAsync(location.Project ?? organization.Text("projectId") ?? connection.Organization, cancellationToken);
        Say(
            "limits",
            Health.Good,
            string.Create(
                CultureInfo.InvariantCulture,
                $"6000 requests a minute are allowed, of which at most {(int)(6000 * manners.Share)} are used"
            )
        );
        return [.. symptoms];
    }

    private async Task<bool> CredentialAsync(CancellationToken cancellationToken)
    {
        try
        {
            await connection.Tokens.GetAsync(null, cancellationToken);
        }
        catch (GoogleTokenException e)
        {
            Say("credential", Health.Bad, $"{connection.Tokens.Description}: {e.Message}");
            return false;
        }

        Say(
            "credential",
            connection.Tokens is ReadyToken ? Health.Doubtful : Health.Good,
            connection.Tokens is ReadyToken
                ? "an access token that somebody else obtained: it may expire while the organization is read"
                : $"{connection.Tokens.Description} gets tokens"
        );
        return true;
    }

    private async Task RightsAsync(string project, CancellationToken cancellationToken)
    {
        var optional = ApigeeEndpoints.OptionalPermissions;
        var asked = ApigeeEndpoints
            .DefaultPermissions.Concat(optional.Values)
            .Concat(Excess)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var (granted, why) = await GrantedAsync(project, asked, cancellationToken);
        if (granted is null)
        {
            Say("rights", Health.Doubtful, $"which rights the credential has could not be asked, so a reading will tell: {why}");
            return;
        }

        var missing = ApigeeEndpoints.DefaultPermissions.Where(permission => !granted.Contains(permission)).ToArray();
        Say(
            "rights",
            missing.Length == 0 ? Health.Good : Health.Bad,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{ApigeeEndpoints.DefaultPermissions.Length - missing.Length} of the {ApigeeEndpoints.DefaultPermissions.Length} permissions that a reading takes are granted in project {project}"
            )
        );
        foreach (var permission in missing)
        {
            var purposes = ApigeeEndpoints
                .Read.Append(ApigeeEndpoints.ProjectMapping)
                .Where(endpoint => endpoint.Permission == permission)
                .Select(endpoint => endpoint.Purpose)
                .Distinct(StringComparer.Ordinal);
            Say("rights", Health.Bad, $"{permission} is missing ({string.Join("; ", purposes)})", permission);
        }

        foreach (var (word, permission) in optional)
        {
            var isWanted = word switch
            {
                "kvm-values" => connection.KeyValueMapValues,
                "app-credentials" => connection.AppCredentials,
                _ => connection.AuditLogSince is not null,
            };
            if (isWanted && !granted.Contains(permission))
            {
                Say("rights", Health.Bad, $"{permission} is missing, which {word} takes", permission);
            }
            else if (!isWanted && granted.Contains(permission))
            {
                Say("rights", Health.Doubtful, $"{permission} is granted and not needed: {word} is not asked for");
            }
            else if (isWanted)
            {
                Say("rights", Health.Good, $"{permission} is granted, which {word} takes");
            }
        }

        var excess = Excess.Where(granted.Contains).ToArray();
        Say(
            "rights",
            excess.Length == 0 ? Health.Good : Health.Doubtful,
            excess.Length == 0
                ? "none of the rights that change an organization was found"
                : $"it may do more than read: {string.Join(", ", excess)}; roles/apigee.readOnlyAdmin or a custom role is enough"
        );
    }

    private async Task<(IReadOnlySet<string>? Granted, string? Why)> GrantedAsync(
        string project,
        string[] asked,
        CancellationToken cancellationToken
    )
    {
        var path = $"/v1/projects/{Uri.EscapeDataString(project)}:testIamPermissions";
        using var client = source
            .Open(connection.ResourceManagerEndpoint, new Endpoint(HttpMethod.Post, path, null, ApigeeEndpoints.Rights.Purpose))
            .NewClient();
        var granted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var some in asked.Chunk(AtOnce))
        {
            try
            {
                using var content = new ByteArrayContent(Question(some));
                content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
                using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
                if (!response.IsSuccessStatusCode)
                {
                    return (null, string.Create(CultureInfo.InvariantCulture, $"the Resource Manager answered {(int)response.StatusCode}"));
                }

                using var answer = StrictJson.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                granted.UnionWith(new Json(answer.RootElement, new SourceLocation(""), new CollectorLog()).Texts("permissions"));
            }
            catch (UnansweredException e)
            {
                return (null, e.Coverage.Reason);
            }
            catch (JsonException)
            {
                return (null, "the answer of the Resource Manager is not valid JSON");
            }
        }

        return (granted, null);
    }

    private static byte[] Question(string[] permissions)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("permissions");
            foreach (var permission in permissions)
            {
                writer.WriteStringValue(permission);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private void Say(string topic, Health health, string text, string? scope = null) =>
        symptoms.Add(new Symptom(topic, health, text, scope));
}
