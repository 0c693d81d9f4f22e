using Auditor.Engine;
using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>What a wider access is put down to: to changes on the way of the operation, and none besides.</summary>
public sealed class CausesOfWiderAccess
{
    private const string Authenticate = "<Name>VJ-Okta</Name>";

    [Fact]
    public void An_operation_that_opened_is_put_down_to_the_condition_and_not_to_others_that_changed_that_night()
    {
        var finding = Assert.Single(
            Estate.Load("meridian-bad-day").AuditAfter(Estate.Load("meridian")).Of("DRF-004"),
            finding =>
                finding.Message.StartsWith("GET /orders/v1/items", StringComparison.Ordinal)
                && finding.Environments.Contains("prod")
                && finding.Message.Contains("without a token", StringComparison.Ordinal)
        );

        Assert.StartsWith(
            "Put back proxy endpoint 'default' of proxy 'orders-v1' in environment 'prod', or",
            finding.Remedy,
            StringComparison.Ordinal
        );
        Assert.StartsWith("proxy endpoint 'default' of proxy 'orders-v1'", Assert.Single(finding.Related).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_audience_is_put_down_to_the_property_set_that_names_it_and_not_to_others()
    {
        var before = Acme.Copy().With(Acme.Apigee + "environments/prod/resourcefiles/properties/other", "limit=1\n");
        WithProperties(before);
        var after = before
            .Copy()
            .Replace(Acme.Properties, "example/orders", "example/everything")
            .With(Acme.Apigee + "environments/prod/resourcefiles/properties/other", "limit=2\n");
        var told = after.AuditAfter(before).Of("DRF-004").Where(finding => !finding.Related.IsEmpty).ToList();

        Assert.DoesNotContain(
            told.SelectMany(finding => finding.Related),
            related => related.Text.Contains("'other'", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void What_opened_without_a_step_that_changed_is_put_back_by_nobody()
    {
        var before = Acme.Copy()
            .With(Acme.Endpoint, Acme.Behind("<Step><Condition>propertyset.okta.mode != \"off\"</Condition>" + Authenticate + "</Step>"));
        before.With(Acme.Properties, before.Text(Acme.Properties) + "\nmode=on\n");
        var after = before.Copy().Replace(Acme.Properties, "mode=on", "mode=off");
        var finding = Assert.Single(
            after.AuditAfter(before).Of("DRF-004"),
            finding => finding.Message.Contains("without a token", StringComparison.Ordinal)
        );

        Assert.StartsWith("property set 'okta'", Assert.Single(finding.Related).Text, StringComparison.Ordinal);
        Assert.StartsWith("Find which of the changes named here is behind it", finding.Remedy, StringComparison.Ordinal);
    }

    private static void WithProperties(Estate estate) =>
        estate.With(
            Acme.Apigee + "environments/prod/resourcefiles.json",
            """{ "resourceFile": [{ "name": "okta", "type": "properties" }, { "name": "other", "type": "properties" }] }"""
        );
}
