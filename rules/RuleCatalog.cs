using System.Reflection;
using Auditor.Rules.App;
using Auditor.Rules.Aud;
using Auditor.Rules.Drf;
using Auditor.Rules.Env;
using Auditor.Rules.Gov;
using Auditor.Rules.Grp;
using Auditor.Rules.Int;
using Auditor.Rules.Key;
using Auditor.Rules.Pol;
using Auditor.Rules.Scp;
using Auditor.Rules.Sec;
using Auditor.Rules.Shd;
using Auditor.Rules.Tls;
using Auditor.Rules.Tok;
using Auditor.Trace;

namespace Auditor.Rules;

/// <summary>The rules, in one visible list.</summary>
public static class RuleCatalog
{
    /// <summary>All rules, in the order of families and ids.</summary>
    public static ImmutableArray<IRule> All { get; } =
    [
        new AudienceMismatch(),
        new AudienceNotVerified(),
        new IssuerNotVerified(),
        new IssuerMismatch(),
        new IssuerModeDynamic(),
        new OrgAuthorizationServerTrusted(),
        new JwksIssuerCrossed(),
        new IssuerFromToken(),
        new IdTokenAccepted(),
        new AudienceTooBroad(),
        new ScopeNotEnforced(),
        new UnknownScopeRequired(),
        new ScopeUngrantable(),
        new ScopeUnmapped(),
        new ScopeSubstringMatch(),
        new WrongScopeClaim(),
        new WildcardScopeRule(),
        new PinnedSigningKey(),
        new PinnedKeyNotPublished(),
        new JwksCacheOutlivesRotation(),
        new RotationManualOrOverdue(),
        new WeakOrWideAlgorithm(),
        new TokenEncryptionMismatch(),
        new BackendReachableWithoutToken(),
        new AuthFailOpen(),
        new AuthPolicyDisabled(),
        new AuthSkippedWhenCredentialAbsent(),
        new AuthConditionSpoofable(),
        new NoDefaultDeny(),
        new MethodGap(),
        new DecodeWithoutVerify(),
        new ClaimUsedBeforeVerification(),
        new FlowHookMissingOrFailOpen(),
        new SiblingEntryUnprotected(),
        new RateControlMissing(),
        new AccessTokenLifetimeTooLong(),
        new RefreshTokenUnbounded(),
        new TokenInUrl(),
        new TokenPassthrough(),
        new LegacyGrantEnabled(),
        new IdentityHeaderSpoofable(),
        new SecretInBundle(),
        new SecretExposedByKvm(),
        new SecretReused(),
        new CredentialLogged(),
        new TemplateInjection(),
        new CustomJwtCode(),
        new IntrospectionUncached(),
        new IntrospectionCacheKeyWeak(),
        new IntrospectionFailOpen(),
        new UnknownGroupRequired(),
        new GroupClaimNotIssued(),
        new GroupMatchAmbiguous(),
        new DisabledOnOneSide(),
        new EffectiveAccessMismatch(),
        new PolicyForAllClients(),
        new AgentClientUngoverned(),
        new ForeignEnvironmentIssuer(),
        new TokenValidInBoth(),
        new AuthPolicyDiffers(),
        new RevisionSkew(),
        new ConfigurationKeyMissing(),
        new AccessRuleDiffers(),
        new DriftFromBaseline(),
        new UnmanagedResource(),
        new DeployedBundleDiffers(),
        new AccessWidened(),
        new ChangeOutsidePipeline(),
        new EvidenceIncomplete(),
        new TargetCertificateNotVerified(),
        new AuthPolicyUnattached(),
        new ShadowedAccessRule(),
        new WaiverExpired(),
        new UnknownPolicyElement(),
        new MalformedCondition(),
    ];

    /// <summary>The page of a rule, as Markdown.</summary>
    public static string PageOf(IRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var name = rule.GetType().Name + ".md";
#pragma warning disable RS0030 // The page is part of the assembly: nothing outside is read.
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"Rule {rule.Info.Id} has no page {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
#pragma warning restore RS0030
        return System.Text.Encoding.UTF8.GetString(bytes);
    }
}
