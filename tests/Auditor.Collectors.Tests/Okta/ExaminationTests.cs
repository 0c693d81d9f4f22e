using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Simulators;

namespace Auditor.Collectors.Tests.Okta;

public sealed class ExaminationTests
{
    [Fact]
    public async Task An_org_that_is_set_up_well_has_nothing_bad_and_nothing_doubtful()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        org.Simulator.Put("api/v1/apps/0oaAUDITOR/grants.json", """[{"id":"oag1","scopeId":"okta.apps.read"}]""");
        org.Simulator.Put("oauth2/v1/clients/0oaAUDITOR/roles.json", """[{"id":"r1","type":"READ_ONLY_ADMIN"}]""");
        var symptoms = await ExamineAsync(org, app);
        Assert.All(symptoms, symptom => Assert.True(symptom.Health == Health.Good, symptom.ToString()));
        Assert.Contains(
            symptoms,
            symptom => symptom.Text.Contains("meridian.okta.com answers (Identity Engine)", StringComparison.Ordinal)
        );
        Assert.Contains(symptoms, symptom => symptom.Text.Contains("(DPoP)", StringComparison.Ordinal));
        Assert.Contains(
            symptoms,
            symptom => symptom.Text.Contains("/api/v1/apps: 100 requests a minute, of which at most 40 are used", StringComparison.Ordinal)
        );
        Assert.InRange(org.Simulator.Server.Requests.Count, 10, 30);
    }

    [Fact]
    public async Task Rights_beyond_reading_are_doubtful()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        org.Simulator.Put("api/v1/apps/0oaAUDITOR/grants.json", """[{"id":"oag1","scopeId":"okta.apps.manage"}]""");
        org.Simulator.Put("oauth2/v1/clients/0oaAUDITOR/roles.json", """[{"id":"r1","type":"SUPER_ADMIN"}]""");
        var doubtful = (await ExamineAsync(org, app)).Where(symptom => symptom.Health == Health.Doubtful).ToArray();
        Assert.Equal(2, doubtful.Length);
        Assert.Contains("okta.apps.manage", doubtful[0].Text, StringComparison.Ordinal);
        Assert.Contains("SUPER_ADMIN", doubtful[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_is_missing_and_a_role_that_hides_are_told_apart()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        org.Simulator.Tokens.Granted = [.. OktaExamination.Scopes.Where(scope => scope != "okta.groups.read")];
        org.Simulator.Server.Faults.Add("/api/v1/domains", Fault.Body("403", 403, """{"errorCode":"E0000006"}"""));
        var bad = (await ExamineAsync(org, app)).Where(symptom => symptom.Health == Health.Bad).ToArray();
        Assert.Contains(
            bad,
            symptom =>
                symptom.Text.Contains("okta.groups.read is not granted", StringComparison.Ordinal) && symptom.Scope == "okta.groups.read"
        );
        Assert.Contains(
            bad,
            symptom =>
                symptom.Text.Contains("okta.domains.read is granted, and the administrator role does not show it", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_host_that_is_no_org_and_a_key_that_is_not_registered_are_said_at_once()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        org.Simulator.Tokens.ClientId = "0oaANOTHER";
        Assert.Contains(
            await ExamineAsync(org, app),
            symptom =>
                symptom is { Topic: "credential", Health: Health.Bad } && symptom.Text.Contains("invalid_client", StringComparison.Ordinal)
        );
        org.Simulator.Server.Faults.Add("/.well-known/okta-organization", Fault.Status(404));
        var symptom = Assert.Single(await ExamineAsync(org, app));
        Assert.Equal(("host", Health.Bad), (symptom.Topic, symptom.Health));
    }

    [Fact]
    public async Task An_api_token_is_doubtful_and_a_skewed_clock_is_told()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.Server.Faults.ClockSkew = TimeSpan.FromMinutes(10);
        var symptoms = await ExamineAsync(org, org.Connection().Credential);
        Assert.Contains(symptoms, symptom => symptom is { Topic: "credential", Health: Health.Doubtful });
        Assert.Contains(symptoms, symptom => symptom is { Topic: "clock", Health: Health.Doubtful });
    }

    private static Task<System.Collections.Immutable.ImmutableArray<Symptom>> ExamineAsync(SimulatedOrg org, OktaCredential credential) =>
        OktaSource.ExamineAsync(org.Connection(credential), SimulatedOrg.Quick, org.Clock, TestContext.Current.CancellationToken);
}
