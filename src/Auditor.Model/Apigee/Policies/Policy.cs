namespace Auditor.Model.Apigee;

/// <summary>A policy of a bundle: one XML file. The kinds that security rules read are typed; every other kind is an <see cref="OtherPolicy"/>.</summary>
public abstract record Policy
{
    /// <summary>The policy's identity: its <c>name</c> attribute, which Steps refer to. It may differ from the file name.</summary>
    public required string Name { get; init; }

    /// <summary>The document.</summary>
    public required Element Root { get; init; }

    /// <summary>Whether an attached policy runs. Apigee reads anything but <c>true</c> as false, and a missing or blank attribute as true [B].</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether a failure of the policy is ignored: no error state, no fault rules, the next step runs (fault handling page, 2026-04-10).</summary>
    public bool ContinueOnError { get; init; }

    /// <summary>The policy's type: the root element's name.</summary>
    public string Kind => Root.Name;

    /// <summary>The root element.</summary>
    public SourceLocation Location => Root.Location;
}

/// <summary>A policy of a kind that no rule reads in detail. Its elements are in <see cref="Policy.Root"/>.</summary>
public sealed record OtherPolicy : Policy;

/// <summary>How a JWT policy is given its key.</summary>
public enum JwtKeyForm
{
    /// <summary>A PEM public key: text, or a variable that holds one.</summary>
    PublicKey,

    /// <summary>A certificate, whose chain and expiry Apigee does not check (VerifyJWT page of Edge, read in its stored beginning).</summary>
    Certificate,

    /// <summary>A key set: JSON text, or a variable that holds it.</summary>
    Jwks,

    /// <summary>The address of a key set, which Apigee fetches and caches for 300 s (discuss.google.dev/t/158938).</summary>
    JwksUri,

    /// <summary>A shared secret, for HS algorithms.</summary>
    SecretKey,

    /// <summary>A private key, to sign or to decrypt.</summary>
    PrivateKey,

    /// <summary>Another key of an encrypted token: PasswordKey or DirectKey.</summary>
    Other,
}

/// <summary>A key of a JWT policy.</summary>
/// <param name="Form">How it is given.</param>
/// <param name="Value">The text or the variable.</param>
public sealed record JwtKey(JwtKeyForm Form, Setting Value);

/// <summary>A claim or header that a JWT policy demands or sets.</summary>
/// <param name="Name">The claim's name.</param>
/// <param name="Type">string (default), number, boolean or map.</param>
/// <param name="IsArray">Whether the value is an array.</param>
/// <param name="Value">The value. A <c>map</c> with a reference expands message templates inside the variable.</param>
public sealed record JwtClaim(string Name, string Type, bool IsArray, Setting Value);

/// <summary>What VerifyJWT, VerifyJWS, DecodeJWT and GenerateJWT have in common.</summary>
public abstract record JwtPolicy : Policy
{
    /// <summary>The signing algorithms as written: one, or a comma list of one family; null when absent.</summary>
    public Setting? Algorithm { get; init; }

    /// <summary>The key encryption algorithm of an encrypted token; null for signed tokens.</summary>
    public Setting? KeyEncryptionAlgorithm { get; init; }

    /// <summary>
    /// The variable that holds the token; null for the default, <c>request.header.authorization</c> with the Bearer prefix stripped. Any other variable must hold the
    /// bare token (DecodeJWT page, 2026-04-10).
    /// </summary>
    public string? Source { get; init; }

    /// <summary>The Source element, or null.</summary>
    public SourceLocation? SourceLocation { get; init; }

    /// <summary>The demanded or set issuer; null: not checked.</summary>
    public Setting? Issuer { get; init; }

    /// <summary>The demanded or set audience; null: not checked.</summary>
    public Setting? Audience { get; init; }

    /// <summary>The demanded or set subject; null: not checked.</summary>
    public Setting? Subject { get; init; }

    /// <summary>The demanded or set <c>jti</c>.</summary>
    public Setting? Id { get; init; }

    /// <summary>The keys given.</summary>
    public ImmutableArray<JwtKey> Keys { get; init; } = [];

    /// <summary>Further claims, compared exactly with the whole value.</summary>
    public ImmutableArray<JwtClaim> Claims { get; init; } = [];

    /// <summary>Further JOSE headers.</summary>
    public ImmutableArray<JwtClaim> Headers { get; init; } = [];

    /// <summary>The variable of <c>AdditionalClaims/@ref</c>; null when none.</summary>
    public string? ClaimsReference { get; init; }

    /// <summary>Whether an unresolved variable becomes empty instead of a fault. Default false.</summary>
    public bool IgnoreUnresolvedVariables { get; init; }
}

/// <summary>Verifies a signed or encrypted JWT. Expiry is checked if the token has one; issuer, audience and claims only if given.</summary>
public sealed record VerifyJwtPolicy : JwtPolicy
{
    /// <summary>Grace for exp and nbf as written, e.g. <c>120s</c>; null: none.</summary>
    public Setting? TimeAllowance { get; init; }

    /// <summary>The greatest accepted lifetime of a token; null: any.</summary>
    public Setting? MaxLifespan { get; init; }

    /// <summary>Whether an <c>iat</c> in the future is accepted.</summary>
    public bool IgnoreIssuedAt { get; init; }
}

/// <summary>Reads a JWT without verifying it, and sets the same variables as VerifyJWT but for <c>valid</c>.</summary>
public sealed record DecodeJwtPolicy : JwtPolicy;

/// <summary>Makes a JWT.</summary>
public sealed record GenerateJwtPolicy : JwtPolicy
{
    /// <summary>The lifetime, e.g. <c>1h</c>; null: no <c>exp</c>.</summary>
    public Setting? ExpiresIn { get; init; }

    /// <summary>The variable that gets the token; by default <c>jwt.{policy}.generated_jwt</c> [B].</summary>
    public string? OutputVariable { get; init; }
}

/// <summary>Verifies a JWS. It knows no issuer, audience or claims: such elements are ignored.</summary>
public sealed record VerifyJwsPolicy : JwtPolicy;

/// <summary>Apigee's own OAuth 2.0 operations.</summary>
public sealed record OAuthV2Policy : Policy
{
    /// <summary>The operation, e.g. <c>VerifyAccessToken</c>; empty when not given.</summary>
    public required string Operation { get; init; }

    /// <summary>The variable that holds the token; null for the Authorization header.</summary>
    public string? AccessToken { get; init; }

    /// <summary>For verification: the accepted scopes, any one of which suffices; null: none is demanded. For generation: a variable.</summary>
    public Setting? Scope { get; init; }

    /// <summary>Whether the caller is authorised by an external service, whose outcome is in <c>oauth_external_authorization_status</c>.</summary>
    public bool ExternalAuthorization { get; init; }

    /// <summary>The variable with a token of an external service to import; null when none.</summary>
    public string? ExternalAccessToken { get; init; }

    /// <summary>Whether the external token is stored.</summary>
    public bool StoreToken { get; init; }

    /// <summary>The lifetime of the access token in milliseconds.</summary>
    public Setting? ExpiresIn { get; init; }

    /// <summary>The lifetime of the refresh token in milliseconds.</summary>
    public Setting? RefreshTokenExpiresIn { get; init; }

    /// <summary>The grant types served.</summary>
    public ImmutableArray<string> SupportedGrantTypes { get; init; } = [];

    /// <summary>Whether the operation refuses requests without a valid token.</summary>
    public bool Verifies => Operation is "VerifyAccessToken" or "VerifyJWTAccessToken" or "ValidateToken";
}

/// <summary>Reads the attributes of an Apigee token; fails when the token is unknown or expired.</summary>
public sealed record GetOAuthV2InfoPolicy : Policy
{
    /// <summary>The variable that holds the token; null when it looks up something else.</summary>
    public string? AccessToken { get; init; }

    /// <summary>Whether expired and revoked tokens are answered, too.</summary>
    public bool IgnoreAccessTokenStatus { get; init; }
}

/// <summary>Checks an API key: approved, unexpired, app and developer active, product covering proxy, environment, path and verb.</summary>
public sealed record VerifyApiKeyPolicy : Policy
{
    /// <summary>Where the key comes from; literal text is a key written into the bundle.</summary>
    public required Setting ApiKey { get; init; }
}

/// <summary>Encodes or decodes HTTP Basic credentials. Decoding does not authenticate.</summary>
public sealed record BasicAuthenticationPolicy : Policy
{
    /// <summary>Encode or Decode.</summary>
    public required string Operation { get; init; }

    /// <summary>The user name; for Decode the variable it is written to.</summary>
    public Setting? User { get; init; }

    /// <summary>The password; for Decode the variable it is written to.</summary>
    public Setting? Password { get; init; }

    /// <summary>The variable to decode.</summary>
    public string? Source { get; init; }

    /// <summary>The variable that gets the encoded header.</summary>
    public string? AssignTo { get; init; }
}

/// <summary>Admits callers by IP address.</summary>
public sealed record AccessControlPolicy : Policy
{
    /// <summary>What happens when no rule matches: ALLOW or DENY.</summary>
    public string NoRuleMatchAction { get; init; } = "ALLOW";

    /// <summary>The actions of the rules in order.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];

    /// <summary>Whether some address is refused.</summary>
    public bool Restricts =>
        string.Equals(NoRuleMatchAction, "DENY", StringComparison.OrdinalIgnoreCase)
        || Actions.Any(action => string.Equals(action, "DENY", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Reads and writes key value maps.</summary>
public sealed record KeyValueMapOperationsPolicy : Policy
{
    /// <summary>The map's name: literal, or from a variable (MapName/@ref); null when neither is given.</summary>
    public Setting? Map { get; init; }

    /// <summary>organization, environment (default), apiproxy or policy.</summary>
    public string Scope { get; init; } = "environment";

    /// <summary>The reads.</summary>
    public ImmutableArray<KeyValueMapGet> Gets { get; init; } = [];

    /// <summary>The writes.</summary>
    public ImmutableArray<KeyValueMapPut> Puts { get; init; } = [];

    /// <summary>The entries written at deployment, in clear in the bundle.</summary>
    public ImmutableArray<KeyValueMapPut> InitialEntries { get; init; } = [];
}

/// <summary>A read of a key value map.</summary>
/// <param name="AssignTo">The variable that gets the value. The prefix <c>private.</c> hides it from debug sessions.</param>
/// <param name="Key">The parameters of the key, joined with a blank in multi-part keys.</param>
/// <param name="Location">The Get element.</param>
public sealed record KeyValueMapGet(string AssignTo, ImmutableArray<Setting> Key, SourceLocation Location);

/// <summary>A write to a key value map.</summary>
/// <param name="Key">The parameters of the key.</param>
/// <param name="Values">The values.</param>
/// <param name="Location">The Put or Entry element.</param>
public sealed record KeyValueMapPut(ImmutableArray<Setting> Key, ImmutableArray<Setting> Values, SourceLocation Location);

/// <summary>Calls a service from within a flow.</summary>
public sealed record ServiceCalloutPolicy : Policy
{
    /// <summary>The variable of the request message.</summary>
    public string RequestVariable { get; init; } = "servicecallout.request";

    /// <summary>The variable that gets the response; null: the answer is not awaited [B].</summary>
    public string? ResponseVariable { get; init; }

    /// <summary>What is written into the request.</summary>
    public ImmutableArray<MessageEdit> Request { get; init; } = [];

    /// <summary>Where it goes.</summary>
    public required TargetConnection Connection { get; init; }
}

/// <summary>The key of a cache entry.</summary>
/// <param name="Prefix">The literal prefix; null when it comes from the scope.</param>
/// <param name="Fragments">The fragments, literal or from variables.</param>
/// <param name="Location">The CacheKey element.</param>
public sealed record CacheKey(string? Prefix, ImmutableArray<Setting> Fragments, SourceLocation Location);

/// <summary>What the cache policies have in common.</summary>
public abstract record CachePolicy : Policy
{
    /// <summary>The key; null when none is given.</summary>
    public CacheKey? Key { get; init; }

    /// <summary>Global, Application, Proxy, Target or Exclusive; null when not given.</summary>
    public string? Scope { get; init; }

    /// <summary>The cache; null for the shared default.</summary>
    public string? CacheResource { get; init; }

    /// <summary>The time to live in seconds as written; null when not given.</summary>
    public Setting? TimeToLive { get; init; }
}

/// <summary>Looks a value up. Sets <c>lookupcache.{policy}.cachehit</c>.</summary>
public sealed record LookupCachePolicy : CachePolicy
{
    /// <summary>The variable that gets the value.</summary>
    public string? AssignTo { get; init; }
}

/// <summary>Stores a value.</summary>
public sealed record PopulateCachePolicy : CachePolicy
{
    /// <summary>The variable that is stored.</summary>
    public string? Source { get; init; }
}

/// <summary>Removes a value.</summary>
public sealed record InvalidateCachePolicy : CachePolicy;

/// <summary>Caches whole responses; a hit on the request path answers at once.</summary>
public sealed record ResponseCachePolicy : CachePolicy
{
    /// <summary>The condition under which the lookup is skipped; null: never.</summary>
    public ConditionText? SkipLookup { get; init; }
}

/// <summary>What a Set, Add, Copy or Remove section does to a message.</summary>
public sealed record MessageEdit
{
    /// <summary>Set, Add, Copy or Remove.</summary>
    public required string Verb { get; init; }

    /// <summary>The headers. In Remove and Copy only the names count.</summary>
    public ImmutableArray<NamedSetting> Headers { get; init; } = [];

    /// <summary>Whether an empty Headers element names all of them.</summary>
    public bool AllHeaders { get; init; }

    /// <summary>The query parameters.</summary>
    public ImmutableArray<NamedSetting> QueryParams { get; init; } = [];

    /// <summary>The form parameters.</summary>
    public ImmutableArray<NamedSetting> FormParams { get; init; } = [];

    /// <summary>The payload; null when not touched.</summary>
    public Setting? Payload { get; init; }

    /// <summary>The HTTP verb; null when not touched.</summary>
    public Setting? HttpVerb { get; init; }

    /// <summary>The path; null when not touched.</summary>
    public Setting? Path { get; init; }

    /// <summary>The status code; null when not touched.</summary>
    public Setting? StatusCode { get; init; }

    /// <summary>The message that Copy reads; null for the default.</summary>
    public string? Source { get; init; }

    /// <summary>Where the section is.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>An assignment of a variable. Which source wins is Ref, then Template, then Value as the fallback [B].</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">The literal; null when not given.</param>
/// <param name="Reference">The variable copied; null when not given.</param>
/// <param name="Template">The message template; null when not given.</param>
/// <param name="TemplateReference">The variable that holds a template; null when not given.</param>
/// <param name="ResourceUrl">A resource file; null when not given.</param>
/// <param name="Location">The AssignVariable element.</param>
public sealed record VariableAssignment(
    string Name,
    string? Value,
    string? Reference,
    string? Template,
    string? TemplateReference,
    string? ResourceUrl,
    SourceLocation Location
)
{
    /// <summary>What is left of the literal when it may be secret.</summary>
    public Redacted? Secret { get; init; }
}

/// <summary>Changes a message and sets variables, in document order.</summary>
public sealed record AssignMessagePolicy : Policy
{
    /// <summary>The message that is changed; null for the current one.</summary>
    public string? AssignTo { get; init; }

    /// <summary>Whether AssignTo makes a new message.</summary>
    public bool CreateNew { get; init; }

    /// <summary>The assignments.</summary>
    public ImmutableArray<VariableAssignment> Variables { get; init; } = [];

    /// <summary>The edits in document order.</summary>
    public ImmutableArray<MessageEdit> Edits { get; init; } = [];

    /// <summary>Whether an unresolved variable becomes empty instead of a fault. Default false.</summary>
    public bool IgnoreUnresolvedVariables { get; init; }
}

/// <summary>Raises a fault, whatever else is true.</summary>
public sealed record RaiseFaultPolicy : Policy
{
    /// <summary>The edits of the fault response.</summary>
    public ImmutableArray<MessageEdit> Edits { get; init; } = [];

    /// <summary>The assignments.</summary>
    public ImmutableArray<VariableAssignment> Variables { get; init; } = [];

    /// <summary>The status code as written; null when not set.</summary>
    public string? StatusCode => Edits.Select(edit => edit.StatusCode?.Text).FirstOrDefault(code => code is not null);
}

/// <summary>Where ExtractVariables reads from.</summary>
public enum ExtractionSource
{
    /// <summary>The path after the base path.</summary>
    UriPath,

    /// <summary>A query parameter.</summary>
    QueryParam,

    /// <summary>A header.</summary>
    Header,

    /// <summary>A form parameter.</summary>
    FormParam,

    /// <summary>A variable.</summary>
    Variable,

    /// <summary>A JSON payload, by JSONPath.</summary>
    Json,

    /// <summary>An XML payload, by XPath.</summary>
    Xml,
}

/// <summary>One extraction.</summary>
/// <param name="Source">Where it reads.</param>
/// <param name="Name">The header, parameter or variable; empty for paths and payloads.</param>
/// <param name="Expression">The pattern, JSONPath or XPath.</param>
/// <param name="Variables">The variables it sets, with the policy's prefix.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Extraction(
    ExtractionSource Source,
    string Name,
    string Expression,
    ImmutableArray<string> Variables,
    SourceLocation Location
);

/// <summary>Copies parts of a message into variables.</summary>
public sealed record ExtractVariablesPolicy : Policy
{
    /// <summary>The message it reads; null for the current one.</summary>
    public string? Source { get; init; }

    /// <summary>The extractions in document order.</summary>
    public ImmutableArray<Extraction> Extractions { get; init; } = [];
}

/// <summary>Code that runs in a flow.</summary>
public sealed record ScriptPolicy : Policy
{
    /// <summary>The resource, e.g. <c>jsc://scopes.js</c>; null when the source is inline.</summary>
    public string? ResourceUrl { get; init; }

    /// <summary>Libraries loaded before it, in order.</summary>
    public ImmutableArray<string> IncludeUrls { get; init; } = [];

    /// <summary>The inline source, with credentials masked; null when it is a resource.</summary>
    public string? InlineSource { get; init; }

    /// <summary>The Java class; null for scripts.</summary>
    public string? ClassName { get; init; }

    /// <summary>The properties the code can read.</summary>
    public ImmutableArray<NamedSetting> Properties { get; init; } = [];

    /// <summary>Whether it is JavaScript, which can be read; Python and Java cannot.</summary>
    public bool IsJavaScript => string.Equals(Kind, "Javascript", StringComparison.Ordinal);
}

/// <summary>Sends the message to a gRPC service that may change it: not analysable.</summary>
public sealed record ExternalCalloutPolicy : Policy;

/// <summary>Runs a shared flow in place, with the same variables.</summary>
public sealed record FlowCalloutPolicy : Policy
{
    /// <summary>The shared flow's name.</summary>
    public required string SharedFlow { get; init; }

    /// <summary>The parameters, visible inside as variables of that name [B].</summary>
    public ImmutableArray<NamedSetting> Parameters { get; init; } = [];
}

/// <summary>Counts requests against an allowance.</summary>
public sealed record QuotaPolicy : Policy
{
    /// <summary>What is counted separately; null: everything together.</summary>
    public Setting? Identifier { get; init; }

    /// <summary>The allowance.</summary>
    public Setting? Allow { get; init; }

    /// <summary>The step whose product gives the numbers; null when they are not taken from the product.</summary>
    public string? ProductStep { get; init; }

    /// <summary>Whether the counter is shared by all nodes.</summary>
    public bool Distributed { get; init; }
}

/// <summary>Smooths the rate of requests.</summary>
public sealed record SpikeArrestPolicy : Policy
{
    /// <summary>The rate, e.g. <c>30ps</c>.</summary>
    public Setting? Rate { get; init; }
}

/// <summary>Limits tokens of language models: LLMTokenQuota or PromptTokenLimit.</summary>
public sealed record TokenLimitPolicy : Policy;

/// <summary>Answers CORS preflights and adds CORS headers.</summary>
public sealed record CorsPolicy : Policy
{
    /// <summary>The accepted origins; may be templates.</summary>
    public string AllowOrigins { get; init; } = "";

    /// <summary>Whether credentials are allowed.</summary>
    public bool AllowCredentials { get; init; }

    /// <summary>Whether the policy answers preflights itself. Default true [B].</summary>
    public bool GeneratePreflightResponse { get; init; } = true;
}

/// <summary>Sends a message to a log.</summary>
public sealed record MessageLoggingPolicy : Policy
{
    /// <summary>The texts that are logged, as message templates.</summary>
    public ImmutableArray<Setting> Messages { get; init; } = [];

    /// <summary>CloudLogging, Syslog or File.</summary>
    public string Destination { get; init; } = "";
}

/// <summary>Refuses malformed or oversized payloads: JSON, XML or regular expression threat protection, or validation against an OpenAPI description.</summary>
public sealed record ThreatProtectionPolicy : Policy
{
    /// <summary>The OpenAPI description; null for the other kinds.</summary>
    public string? OasResource { get; init; }
}

/// <summary>Computes or verifies an HMAC.</summary>
public sealed record HmacPolicy : Policy
{
    /// <summary>The key, always by reference.</summary>
    public Setting? SecretKey { get; init; }

    /// <summary>The value to compare with; null when the policy only computes.</summary>
    public Setting? VerificationValue { get; init; }
}

/// <summary>Validates a SAML assertion.</summary>
public sealed record ValidateSamlPolicy : Policy;

/// <summary>Evaluates a condition into a variable; never faults.</summary>
public sealed record AssertConditionPolicy : Policy
{
    /// <summary>The condition; null when there is none.</summary>
    public ConditionText? Condition { get; init; }
}

/// <summary>Checks a Google IAM permission of the caller.</summary>
public sealed record VerifyIamPolicy : Policy;
