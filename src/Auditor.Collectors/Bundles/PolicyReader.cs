using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads a policy document into the typed model. Facts: apigee-runtime notes of the published policy schemas (XSD 2024, 2025) and policy pages (2026-04-10).</summary>
internal static class PolicyReader
{
    public static Policy Read(Element root, string name)
    {
        var policy = root.Name switch
        {
            "VerifyJWT" => Jwt(
                root,
                name,
                new VerifyJwtPolicy
                {
                    Name = name,
                    Root = root,
                    TimeAllowance = Setting(root.Child("TimeAllowance")),
                    MaxLifespan = Setting(root.Child("MaxLifespan")),
                    IgnoreIssuedAt = Flag(root.Child("IgnoreIssuedAt")?.Text, false),
                }
            ),
            "DecodeJWT" => Jwt(root, name, new DecodeJwtPolicy { Name = name, Root = root }),
            "GenerateJWT" => Jwt(
                root,
                name,
                new GenerateJwtPolicy
                {
                    Name = name,
                    Root = root,
                    ExpiresIn = Setting(root.Child("ExpiresIn")),
                    OutputVariable = Text(root.Child("OutputVariable")),
                }
            ),
            "VerifyJWS" => Jwt(root, name, new VerifyJwsPolicy { Name = name, Root = root }),
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
            "KeyValueMapOperations" => KeyValueMap(root, name),
            "ServiceCallout" => new ServiceCalloutPolicy
            {
                Name = name,
                Root = root,
                RequestVariable = root.Child("Request")?.Attribute("variable") ?? "servicecallout.request",
                ResponseVariable = Text(root.Child("Response")),
                Request = root.Child("Request") is { } request ? Edits(request) : [],
                Connection = EndpointReader.Connection(root),
            },
            "LookupCache" => Cache(
                root,
                new LookupCachePolicy
                {
                    Name = name,
                    Root = root,
                    AssignTo = Text(root.Child("AssignTo")),
                }
            ),
            "PopulateCache" => Cache(
                root,
                new PopulateCachePolicy
                {
                    Name = name,
                    Root = root,
                    Source = Text(root.Child("Source")),
                }
            ),
            "InvalidateCache" => Cache(root, new InvalidateCachePolicy { Name = name, Root = root }),
            "ResponseCache" => Cache(
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
                Variables = Assignments(root),
                Edits = Edits(root),
                IgnoreUnresolvedVariables = Flag(root.Child("IgnoreUnresolvedVariables")?.Text, false),
            },
            "RaiseFault" => new RaiseFaultPolicy
            {
                Name = name,
                Root = root,
                Edits = root.Child("FaultResponse") is { } response ? Edits(response) : [],
                Variables = root.Child("FaultResponse") is { } variables ? Assignments(variables) : [],
            },
            "ExtractVariables" => ExtractVariables(root, name),
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

    /// <summary>A boolean of Apigee: <c>true</c> in any case is true, blank or missing the default, anything else false.</summary>
    public static bool Flag(string? text, bool byDefault) =>
        string.IsNullOrWhiteSpace(text) ? byDefault : string.Equals(text.Trim(), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A boolean where "not given" matters.</summary>
    public static bool? OptionalFlag(string? text) => string.IsNullOrWhiteSpace(text) ? null : Flag(text, false);

    /// <summary>A setting, or null when the element is missing.</summary>
    public static Setting? Setting(Element? element) =>
        element is null
            ? null
            : new Setting(
                element.Text,
                element.Attribute("ref") is { } reference && !string.IsNullOrWhiteSpace(reference) ? reference.Trim() : null,
                element.Location,
                element.Secret
            );

    /// <summary>The text of an element, or null when it is missing or blank.</summary>
    public static string? Text(Element? element) => element is null || string.IsNullOrWhiteSpace(element.RawText) ? null : element.Text;

    // Elements such as AccessToken name a variable by text or by ref.
    private static string? Variable(Element? element) => element is null ? null : element.Attribute("ref") ?? Text(element);

    private static ImmutableArray<NamedSetting> Named(IEnumerable<Element> elements) =>
        [
            .. elements.Select(element => new NamedSetting(
                element.Attribute("name") ?? "",
                new Setting(element.Text, element.Attribute("ref"), element.Location, element.Secret)
            )),
        ];

    private static T Jwt<T>(Element root, string name, T policy)
        where T : JwtPolicy
    {
        _ = name;
        var keys = ImmutableArray.CreateBuilder<JwtKey>();
        if (root.Child("PublicKey") is { } publicKey)
        {
            foreach (var child in publicKey.Children)
            {
                switch (child.Name)
                {
                    case "Value":
                        keys.Add(new JwtKey(JwtKeyForm.PublicKey, Setting(child)!));
                        break;
                    case "Certificate":
                        keys.Add(new JwtKey(JwtKeyForm.Certificate, Setting(child)!));
                        break;
                    case "JWKS" when child.Attribute("uri") is { Length: > 0 } uri:
                        keys.Add(new JwtKey(JwtKeyForm.JwksUri, new Setting(uri.Trim(), null, child.Location)));
                        break;
                    case "JWKS" when child.Attribute("uriRef") is { Length: > 0 } uriRef:
                        keys.Add(new JwtKey(JwtKeyForm.JwksUri, new Setting("", uriRef.Trim(), child.Location)));
                        break;
                    case "JWKS":
                        keys.Add(new JwtKey(JwtKeyForm.Jwks, Setting(child)!));
                        break;
                    default:
                        break;
                }
            }
        }

        foreach (
            var (element, form) in new[]
            {
                ("SecretKey", JwtKeyForm.SecretKey),
                ("PrivateKey", JwtKeyForm.PrivateKey),
                ("PasswordKey", JwtKeyForm.Other),
                ("DirectKey", JwtKeyForm.Other),
            }
        )
        {
            if (root.Child(element) is { } key)
            {
                keys.Add(new JwtKey(form, Setting(key.Child("Value")) ?? new Setting("", null, key.Location)));
            }
        }

        return policy with
        {
            Algorithm = Setting(root.Child("Algorithm")),
            KeyEncryptionAlgorithm = Setting(root.Child("Algorithms")?.Child("Key")),
            Source = Text(root.Child("Source")),
            SourceLocation = root.Child("Source")?.Location,
            Issuer = Setting(root.Child("Issuer")),
            Audience = Setting(root.Child("Audience")),
            Subject = Setting(root.Child("Subject")),
            Id = Setting(root.Child("Id")),
            Keys = keys.DrainToImmutable(),
            Claims = Claims(root.Child("AdditionalClaims")),
            Headers = Claims(root.Child("AdditionalHeaders")),
            ClaimsReference = root.Child("AdditionalClaims")?.Attribute("ref"),
            IgnoreUnresolvedVariables = Flag(root.Child("IgnoreUnresolvedVariables")?.Text, false),
        };
    }

    private static ImmutableArray<JwtClaim> Claims(Element? container) =>
        container is null
            ? []
            :
            [
                .. container
                    .ChildrenNamed("Claim")
                    .Select(claim => new JwtClaim(
                        claim.Attribute("name") ?? "",
                        claim.Attribute("type") ?? "string",
                        Flag(claim.Attribute("array"), false),
                        Setting(claim)!
                    )),
            ];

    private static KeyValueMapOperationsPolicy KeyValueMap(Element root, string name) =>
        new()
        {
            Name = name,
            Root = root,
            Map = root.Attribute("mapIdentifier") is { Length: > 0 } map
                ? new Setting(map, null, root.Location)
                : Setting(root.Child("MapName")),
            Scope = Text(root.Child("Scope")) ?? "environment",
            Gets =
            [
                .. root.ChildrenNamed("Get").Select(get => new KeyValueMapGet(get.Attribute("assignTo") ?? "", Key(get), get.Location)),
            ],
            Puts = [.. root.ChildrenNamed("Put").Select(Put)],
            InitialEntries = [.. root.Child("InitialEntries")?.ChildrenNamed("Entry").Select(Put) ?? []],
        };

    private static KeyValueMapPut Put(Element element) =>
        new(Key(element), [.. element.ChildrenNamed("Value").Select(value => Setting(value)!)], element.Location);

    private static ImmutableArray<Setting> Key(Element element) =>
        [.. element.Child("Key")?.ChildrenNamed("Parameter").Select(parameter => Setting(parameter)!) ?? []];

    private static T Cache<T>(Element root, T policy)
        where T : CachePolicy
    {
        var expiry = root.Child("ExpirySettings");
        return policy with
        {
            Key = root.Child("CacheKey") is { } key
                ? new CacheKey(
                    Text(key.Child("Prefix")),
                    [.. key.ChildrenNamed("KeyFragment").Select(fragment => Setting(fragment)!)],
                    key.Location
                )
                : null,
            Scope = Text(root.Child("Scope")),
            CacheResource = Text(root.Child("CacheResource")),
            TimeToLive = Setting(expiry?.Child("TimeoutInSeconds") ?? expiry?.Child("TimeoutInSec")),
        };
    }

    private static ImmutableArray<VariableAssignment> Assignments(Element container) =>
        [
            .. container
                .ChildrenNamed("AssignVariable")
                .Select(assignment => new VariableAssignment(
                    Text(assignment.Child("Name")) ?? "",
                    assignment.Child("Value") is { } value ? value.Text : null,
                    Text(assignment.Child("Ref")),
                    Text(assignment.Child("Template")),
                    assignment.Child("Template")?.Attribute("ref"),
                    Text(assignment.Child("ResourceURL")),
                    assignment.Location
                )
                {
                    Secret = assignment.Child("Value")?.Secret,
                }),
        ];

    private static ImmutableArray<MessageEdit> Edits(Element container) =>
        [
            .. container
                .Children.Where(child => child.Name is "Set" or "Add" or "Copy" or "Remove")
                .Select(section => new MessageEdit
                {
                    Verb = section.Name,
                    Headers = Named(section.Child("Headers")?.ChildrenNamed("Header") ?? []),
                    AllHeaders = section.Child("Headers") is { Children.IsEmpty: true },
                    QueryParams = Named(section.Child("QueryParams")?.ChildrenNamed("QueryParam") ?? []),
                    FormParams = Named(section.Child("FormParams")?.ChildrenNamed("FormParam") ?? []),
                    Payload = Setting(section.Child("Payload")),
                    HttpVerb = Setting(section.Child("Verb")),
                    Path = Setting(section.Child("Path")),
                    StatusCode = Setting(section.Child("StatusCode")),
                    Source = section.Attribute("source"),
                    Location = section.Location,
                }),
        ];

    private static ExtractVariablesPolicy ExtractVariables(Element root, string name)
    {
        var prefix = Text(root.Child("VariablePrefix")) is { } text ? text + "." : "";
        var extractions = ImmutableArray.CreateBuilder<Extraction>();
        foreach (var child in root.Children)
        {
            ExtractionSource? source = child.Name switch
            {
                "URIPath" => ExtractionSource.UriPath,
                "QueryParam" => ExtractionSource.QueryParam,
                "Header" => ExtractionSource.Header,
                "FormParam" => ExtractionSource.FormParam,
                "Variable" => ExtractionSource.Variable,
                _ => null,
            };
            if (source is { } kind)
            {
                foreach (var pattern in child.ChildrenNamed("Pattern"))
                {
                    extractions.Add(
                        new Extraction(
                            kind,
                            child.Attribute("name") ?? "",
                            pattern.Text,
                            [.. Holes(pattern.Text).Select(hole => prefix + hole)],
                            pattern.Location
                        )
                    );
                }
            }
            else if (child.Name is "JSONPayload" or "XMLPayload")
            {
                foreach (var variable in child.ChildrenNamed("Variable"))
                {
                    extractions.Add(
                        new Extraction(
                            child.Name == "JSONPayload" ? ExtractionSource.Json : ExtractionSource.Xml,
                            "",
                            Text(variable.Child("JSONPath") ?? variable.Child("XPath")) ?? "",
                            [prefix + (variable.Attribute("name") ?? "")],
                            variable.Location
                        )
                    );
                }
            }
        }

        return new ExtractVariablesPolicy
        {
            Name = name,
            Root = root,
            Source = Text(root.Child("Source")),
            Extractions = extractions.DrainToImmutable(),
        };
    }

    private static IEnumerable<string> Holes(string pattern)
    {
        for (var open = pattern.IndexOf('{', StringComparison.Ordinal); open >= 0; open = pattern.IndexOf('{', open + 1))
        {
            var close = pattern.IndexOf('}', open);
            if (close < 0)
            {
                yield break;
            }

            if (close > open + 1)
            {
                yield return pattern[(open + 1)..close];
            }

            open = close;
        }
    }
}
