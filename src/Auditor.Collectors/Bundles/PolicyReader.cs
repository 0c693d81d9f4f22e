using Auditor.Model.Apigee;
using static Auditor.Collectors.Bundles.ElementValues;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads a policy document into the typed model. Facts: apigee-runtime notes of the published policy schemas (XSD 2024, 2025) and policy pages (2026-04-10).</summary>
internal static class PolicyReader
{
    public static Policy Read(Element root, string name)
    {
        var policy = root.Name switch
        {
            "VerifyJWT" => JwtPolicyReader.Read(
                root,
                new VerifyJwtPolicy
                {
                    Name = name,
                    Root = root,
                    TimeAllowance = Setting(root.Child("TimeAllowance")),
                    MaxLifespan = Setting(root.Child("MaxLifespan")),
                    IgnoreIssuedAt = Flag(root.Child("IgnoreIssuedAt")?.Text, false),
                }
            ),
            "DecodeJWT" => JwtPolicyReader.Read(root, new DecodeJwtPolicy { Name = name, Root = root }),
            "GenerateJWT" => JwtPolicyReader.Read(
                root,
                new GenerateJwtPolicy
                {
                    Name = name,
                    Root = root,
                    ExpiresIn = Setting(root.Child("ExpiresIn")),
                    OutputVariable = Text(root.Child("OutputVariable")),
                }
            ),
            "VerifyJWS" => JwtPolicyReader.Read(root, new VerifyJwsPolicy { Name = name, Root = root }),
            "OAuthV2" => new OAuthV2Policy
            {
                Name = name,
                Root = root,
                Operation = Text(root.Child("Operation")) ?? "",
                AccessToken = Variable(root.Child("AccessToken")),
                Scope = Setting(root.Child("Scope")),
                ExternalAuthorization = Flag(root.Child("ExternalAuthorization")?.Text, false),
                ExternalAccessToken = Variable(root.Child("ExternalAccessToken")),
                StoreToken = Flag(root.Child("StoreToken")?.Text, false),
                ExpiresIn = Setting(root.Child("ExpiresIn")),
                RefreshTokenExpiresIn = Setting(root.Child("RefreshTokenExpiresIn")),
                SupportedGrantTypes = [.. root.Child("SupportedGrantTypes")?.ChildrenNamed("GrantType").Select(grant => grant.Text) ?? []],
            },
            "GetOAuthV2Info" => new GetOAuthV2InfoPolicy
            {
                Name = name,
                Root = root,
                AccessToken = Variable(root.Child("AccessToken")),
                IgnoreAccessTokenStatus = Flag(root.Child("IgnoreAccessTokenStatus")?.Text, false),
            },
            "VerifyAPIKey" => new VerifyApiKeyPolicy
            {
                Name = name,
                Root = root,
                ApiKey = Setting(root.Child("APIKey")) ?? new Setting("", null, root.Location),
            },
            "BasicAuthentication" => new BasicAuthenticationPolicy
            {
                Name = name,
                Root = root,
                Operation = Text(root.Child("Operation")) ?? "Encode",
                User = Setting(root.Child("User")),
                Password = Setting(root.Child("Password")),
                Source = Text(root.Child("Source")),
                AssignTo = Text(root.Child("AssignTo")),
            },
            "AccessControl" => new AccessControlPolicy
            {
                Name = name,
                Root = root,
                NoRuleMatchAction = root.Child("IPRules")?.Attribute("noRuleMatchAction") ?? "ALLOW",
                Actions = [.. root.Child("IPRules")?.ChildrenNamed("MatchRule").Select(rule => rule.Attribute("action") ?? "ALLOW") ?? []],
            },
            "KeyValueMapOperations" => StorePolicyReader.KeyValueMap(root, name),
            "ServiceCallout" => new ServiceCalloutPolicy
            {
                Name = name,
                Root = root,
                RequestVariable = root.Child("Request")?.Attribute("variable") ?? "servicecallout.request",
                ResponseVariable = Text(root.Child("Response")),
                Request = root.Child("Request") is { } request ? MessagePolicyReader.Edits(request) : [],
                Connection = EndpointReader.Connection(root),
            },
            "LookupCache" => StorePolicyReader.Cache(
                root,
                new LookupCachePolicy
                {
                    Name = name,
                    Root = root,
                    AssignTo = Text(root.Child("AssignTo")),
                }
            ),
            "PopulateCache" => StorePolicyReader.Cache(
                root,
                new PopulateCachePolicy
                {
                    Name = name,
                    Root = root,
                    Source = Text(root.Child("Source")),
                }
            ),
            "InvalidateCache" => StorePolicyReader.Cache(root, new InvalidateCachePolicy { Name = name, Root = root }),
            "ResponseCache" => StorePolicyReader.Cache(
                root,
                new ResponseCachePolicy
                {
                    Name = name,
                    Root = root,
                    SkipLookup = EndpointReader.Condition(root.Child("SkipCacheLookup")),
                }
            ),
            "AssignMessage" => new AssignMessagePolicy
            {
                Name = name,
                Root = root,
                AssignTo = Text(root.Child("AssignTo")),
                CreateNew = Flag(root.Child("AssignTo")?.Attribute("createNew"), false),
                Variables = MessagePolicyReader.Assignments(root),
                Edits = MessagePolicyReader.Edits(root),
                IgnoreUnresolvedVariables = Flag(root.Child("IgnoreUnresolvedVariables")?.Text, false),
            },
            "RaiseFault" => new RaiseFaultPolicy
            {
                Name = name,
                Root = root,
                Edits = root.Child("FaultResponse") is { } response ? MessagePolicyReader.Edits(response) : [],
                Variables = root.Child("FaultResponse") is { } variables ? MessagePolicyReader.Assignments(variables) : [],
            },
            "ExtractVariables" => MessagePolicyReader.ExtractVariables(root, name),
            "Javascript" or "JavaCallout" or "Script" => new ScriptPolicy
            {
                Name = name,
                Root = root,
                ResourceUrl = Text(root.Child("ResourceURL")),
                IncludeUrls = [.. root.ChildrenNamed("IncludeURL").Select(include => include.Text)],
                InlineSource = root.Name == "Javascript" && root.Child("Source") is { } source ? source.RawText : null,
                ClassName = Text(root.Child("ClassName")),
                Properties = Named(
                    (IEnumerable<Element>?)root.Child("Properties")?.ChildrenNamed("Property") ?? root.ChildrenNamed("Property")
                ),
            },
            "ExternalCallout" => new ExternalCalloutPolicy { Name = name, Root = root },
            "FlowCallout" => new FlowCalloutPolicy
            {
                Name = name,
                Root = root,
                SharedFlow = Text(root.Child("SharedFlowBundle")) ?? "",
                Parameters = Named(root.Child("Parameters")?.ChildrenNamed("Parameter") ?? []),
            },
            "Quota" => new QuotaPolicy
            {
                Name = name,
                Root = root,
                Identifier = Setting(root.Child("Identifier")),
                Allow = root.Child("Allow") is { } allow
                    ? new Setting(allow.Attribute("count") ?? allow.Text, allow.Attribute("countRef"), allow.Location)
                    : null,
                ProductStep = root.Child("UseQuotaConfigInAPIProduct")?.Attribute("stepName"),
                Distributed = Flag(root.Child("Distributed")?.Text, false),
            },
            "SpikeArrest" => new SpikeArrestPolicy
            {
                Name = name,
                Root = root,
                Rate = Setting(root.Child("Rate")),
            },
            "LLMTokenQuota" or "PromptTokenLimit" => new TokenLimitPolicy { Name = name, Root = root },
            "CORS" => new CorsPolicy
            {
                Name = name,
                Root = root,
                AllowOrigins = Text(root.Child("AllowOrigins")) ?? "",
                AllowCredentials = Flag(root.Child("AllowCredentials")?.Text, false),
                GeneratePreflightResponse = Flag(root.Child("GeneratePreflightResponse")?.Text, true),
            },
            "MessageLogging" => new MessageLoggingPolicy
            {
                Name = name,
                Root = root,
                Messages =
                [
                    .. root.SelfAndDescendants()
                        .Where(element => element.Name is "Message" or "Label" or "Value" && element.RawText.Length > 0)
                        .Select(element => new Setting(element.Text, null, element.Location)),
                ],
                Destination =
                    root.Children.Select(child => child.Name).FirstOrDefault(child => child is "CloudLogging" or "Syslog" or "File") ?? "",
            },
            "JSONThreatProtection" or "XMLThreatProtection" or "RegularExpressionProtection" or "OASValidation" =>
                new ThreatProtectionPolicy
                {
                    Name = name,
                    Root = root,
                    OasResource = Text(root.Child("OASResource")),
                },
            "HMAC" => new HmacPolicy
            {
                Name = name,
                Root = root,
                SecretKey = Setting(root.Child("SecretKey")),
                VerificationValue = Setting(root.Child("VerificationValue")),
            },
            "ValidateSAMLAssertion" => new ValidateSamlPolicy { Name = name, Root = root },
            "AssertCondition" => new AssertConditionPolicy
            {
                Name = name,
                Root = root,
                Condition = EndpointReader.Condition(root.Child("Condition")),
            },
            "VerifyIAM" => new VerifyIamPolicy { Name = name, Root = root },
            _ => (Policy)new OtherPolicy { Name = name, Root = root },
        };
        return policy with
        {
            Enabled = Flag(root.Attribute("enabled"), true),
            ContinueOnError = Flag(root.Attribute("continueOnError"), false),
        };
    }
}
