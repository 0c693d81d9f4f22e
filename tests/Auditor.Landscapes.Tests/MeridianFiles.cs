namespace Auditor.Landscapes.Tests;

/// <summary>Where things stand in Meridian.</summary>
internal static class MeridianFiles
{
    public const string Apigee = "apigee/meridian/";
    public const string Prod = Apigee + "environments/prod/";
    public const string Staging = Apigee + "environments/staging/";

    public const string Orders = Apigee + "apis/orders-v1/revisions/14/apiproxy/";
    public const string OrdersEndpoint = Orders + "proxies/default.xml";
    public const string OrdersTarget = Orders + "targets/default.xml";
    public const string Payments = Apigee + "apis/payments-v1/revisions/9/apiproxy/";
    public const string PaymentsEndpoint = Payments + "proxies/default.xml";

    public const string Authn = Apigee + "sharedflows/sf-authn/revisions/6/sharedflowbundle/";
    public const string AuthnFlow = Authn + "sharedflows/default.xml";
    public const string AuthnVerify = Authn + "policies/VJ-Okta.xml";
    public const string Scope = Apigee + "sharedflows/sf-scope/revisions/3/sharedflowbundle/";
    public const string ScopeFlow = Scope + "sharedflows/default.xml";
    public const string ScopeScript = Scope + "resources/jsc/scope.js";

    public const string ProdOkta = Prod + "resourcefiles/properties/okta";
    public const string ProdOktaPay = Prod + "resourcefiles/properties/okta-pay";
    public const string StagingOkta = Staging + "resourcefiles/properties/okta";
    public const string StagingOktaPay = Staging + "resourcefiles/properties/okta-pay";
    public const string ProdEntries = Prod + "keyvaluemaps/backend/entries.json";
    public const string StagingEntries = Staging + "keyvaluemaps/backend/entries.json";

    public const string OktaHost = "okta/meridian.okta.com/";
    public const string Okta = OktaHost + "api/v1/";
    public const string OktaStaging = "okta/meridian-stg.oktapreview.com/api/v1/";
    public const string Servers = Okta + "authorizationServers.json";
    public const string Ord = Okta + "authorizationServers/aus1ord/";
    public const string Pay = Okta + "authorizationServers/aus2pay/";
    public const string OrdStaging = OktaStaging + "authorizationServers/aus3ord/";
    public const string PayStaging = OktaStaging + "authorizationServers/aus4pay/";
    public const string StaffRules = Ord + "policies/00p1ord/rules.json";
    public const string ServiceRules = Ord + "policies/00p2ord/rules.json";
    public const string PayRules = Pay + "policies/00p3pay/rules.json";
    public const string StaffRulesStaging = OrdStaging + "policies/00p1ords/rules.json";
    public const string ServiceRulesStaging = OrdStaging + "policies/00p2ords/rules.json";
    public const string Clients = Okta + "apps.json";
    public const string Products = Apigee + "apiproducts.json";

    /// <summary>The file of a policy.</summary>
    public static string Policy(string bundle, string name) => $"{bundle}policies/{name}.xml";
}
