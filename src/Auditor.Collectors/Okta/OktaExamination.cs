using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Model;

namespace Auditor.Collectors.Okta;

/// <summary>Looks at everything that a reading of an org depends on, with about twenty requests.</summary>
/// <param name="source">The org.</param>
/// <param name="credential">What it authenticates with.</param>
/// <param name="manners">How it will be read.</param>
internal sealed class OktaExamination(OktaSource source, OktaCredential credential, Manners manners)
{
    private readonly List<Symptom> symptoms = [];

    /// <summary>The scopes that an examination asks for: those of a reading with everything, and the one that shows the program's own roles.</summary>
    public static ImmutableArray<string> Scopes { get; } =
    [.. OktaEndpoints.DefaultScopes, OktaEndpoints.LogScope, OktaEndpoints.RolesScope];

    /// <summary>Looks.</summary>
    public async Task<ImmutableArray<Symptom>> RunAsync(CancellationToken cancellationToken)
    {
        var identity = await source.IdentifyAsync(cancellationToken);
        if (identity.Coverage is not Coverage.Complete)
        {
            Say("host", Health.Bad, $"the org does not say who it is: {identity.Coverage.Reason}");
            return [.. symptoms];
        }

        Say(
            "host",
            Health.Good,
            $"{identity.Host} answers"
                + identity.Pipeline switch
                {
                    "idx" => " (Identity Engine)",
                    "v1" => " (Classic Engine)",
                    _ => "",
                }
        );
        var apart = source.Server.Offset.Duration();
        Say(
            "clock",
            apart < TimeSpan.FromMinutes(4) ? Health.Good : Health.Doubtful,
            apart == TimeSpan.Zero
                ? "the same time here and there"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{apart.TotalSeconds:0} s apart; tokens and limits are judged by the org's clock, so nothing depends on it"
                )
        );
        if (!await CredentialAsync(cancellationToken))
        {
            return [.. symptoms];
        }

        foreach (
            var endpoint in OktaEndpoints.Read.Where(endpoint =>
                endpoint.Permission is not null && !endpoint.Template.Contains('{', StringComparison.Ordinal)
            )
        )
        {
            await ProbeAsync(endpoint, cancellationToken);
        }

        await OwnRightsAsync(cancellationToken);
        foreach (var (bucket, size) in source.Pipeline.Limits)
        {
            Say(
                "limits",
                Health.Good,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{bucket}: {size} requests a minute, of which at most {Math.Max(1, (int)(size * manners.Share))} are used"
                )
            );
        }

        return [.. symptoms];
    }

    private async Task<bool> CredentialAsync(CancellationToken cancellationToken)
    {
        if (source.Tokens is not { } tokens)
        {
            Say(
                "credential",
                Health.Doubtful,
                credential is OktaCredential.ApiToken
                    ? "an API token (SSWS) may do whatever its user may, and lives as long as it is used: prefer a service app with read-only scopes"
                    : "an access token that somebody else obtained: it may expire while the org is read"
            );
            return true;
        }

        try
        {
            await tokens.GetAsync(cancellationToken);
            Say(
                "credential",
                Health.Good,
                $"{credential.Description} gets tokens, {(tokens.IsBound ? "bound to a key of this run (DPoP)" : "not bound to a key: DPoP is not required of it")}"
            );
            return true;
        }
        catch (UnansweredException e)
        {
            Say("credential", Health.Bad, e.Coverage.Reason!);
            return false;
        }
    }

    private async Task ProbeAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var isOptIn = endpoint.Permission == OktaEndpoints.LogScope;
        var answer = await AskAsync(
            endpoint.Template + (endpoint.Template is "/api/v1/apps" or "/api/v1/groups" or "/api/v1/logs" ? "?limit=2" : ""),
            cancellationToken
        );
        if (answer.HasDocument)
        {
            var onlyOwn =
                endpoint.Template == "/api/v1/apps"
                && credential is OktaCredential.ServiceApp own
                && answer.Document.ValueKind == JsonValueKind.Array
                && answer.Document.GetArrayLength() == 1
                && IdOf(answer.Document[0]) == own.ClientId;
            Say(
                "rights",
                onlyOwn ? Health.Bad : Health.Good,
                onlyOwn
                    ? $"{endpoint.Template}: only the program's own app is visible: its administrator role shows it no other"
                    : $"{endpoint.Template}: {endpoint.Purpose}",
                onlyOwn ? endpoint.Permission : null
            );
        }
        else if (answer.ErrorCode == "E0000015")
        {
            Say("rights", Health.Good, $"{endpoint.Template}: the org has no API Access Management, and so no servers besides its own");
        }
        else if (answer.Status is 404 or 405 || (endpoint.Template.Contains("ai-agents", StringComparison.Ordinal) && answer.Status == 403))
        {
            Say("rights", Health.Good, $"{endpoint.Template}: the org has no such thing");
        }
        else
        {
            var isGranted = source.Tokens is null || source.Tokens.Granted.Contains(endpoint.Permission!, StringComparer.Ordinal);
            var why =
                answer.Status != 403 ? answer.Coverage.Reason!
                : isGranted ? $"the scope {endpoint.Permission} is granted, and the administrator role does not show it"
                : $"the scope {endpoint.Permission} is not granted";
            Say(
                "rights",
                isOptIn ? Health.Doubtful : Health.Bad,
                $"{endpoint.Template} ({endpoint.Purpose}): {why}",
                isOptIn ? null : endpoint.Permission
            );
        }
    }

    // What the program could do beyond reading. It would not, and whoever steals its key might.
    private async Task OwnRightsAsync(CancellationToken cancellationToken)
    {
        if (credential is not OktaCredential.ServiceApp app)
        {
            Say(
                "rights",
                Health.Doubtful,
                "whether the credential may do more than read cannot be seen; make its user a read-only administrator"
            );
            return;
        }

        var id = Uri.EscapeDataString(app.ClientId);
        var grants = await AskAsync($"/api/v1/apps/{id}/grants", cancellationToken);
        var writing = Texts(grants, "scopeId").Where(scope => !scope.EndsWith(".read", StringComparison.Ordinal)).ToArray();
        Say(
            "rights",
            !grants.HasDocument || writing.Length > 0 ? Health.Doubtful : Health.Good,
            !grants.HasDocument
                    ? $"its own scopes cannot be read, so whether they are more than needed is not known: {grants.Coverage.Reason}"
                : writing.Length > 0 ? $"it was granted more than reading: {string.Join(", ", writing)}; take these away"
                : "its scopes only read"
        );
        var roles = await AskAsync($"/oauth2/v1/clients/{id}/roles", cancellationToken);
        var excess = Texts(roles, "type").Where(role => role is not ("READ_ONLY_ADMIN" or "CUSTOM" or "REPORT_ADMIN")).ToArray();
        Say(
            "rights",
            !roles.HasDocument || excess.Length > 0 ? Health.Doubtful : Health.Good,
            !roles.HasDocument
                    ? $"its own administrator roles cannot be read, so whether they are more than needed is not known: {roles.Coverage.Reason}"
                : excess.Length > 0
                    ? $"it has roles that may change things: {string.Join(", ", excess)}; READ_ONLY_ADMIN or a custom role is enough"
                : "its administrator roles only read"
        );
    }

    private async Task<Answer> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var client = source.Pipeline.NewClient();
        return await new Listing(new ManagementApi(client, "", OktaEndpoints.Needs), new CollectorLog(), "").TryGetAsync(
            path.TrimStart('/'),
            Recorded.Always,
            cancellationToken
        );
    }

    private static string? IdOf(JsonElement row) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;

    private static IEnumerable<string> Texts(Answer answer, string member) =>
        answer.HasDocument
            ? new Json(answer.Document, answer.Location, new CollectorLog()).Items().Select(row => row.Text(member)).OfType<string>()
            : [];

    private void Say(string topic, Health health, string text, string? scope = null) =>
        symptoms.Add(new Symptom(topic, health, text, scope));
}
