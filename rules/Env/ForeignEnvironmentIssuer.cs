using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Env;

/// <summary>An environment trusts the identity provider of another one.</summary>
public sealed class ForeignEnvironmentIssuer : IRule<TokenCheck>
{
    // Okta's domain for preview orgs; development and trial orgs are told by the first label (developer documentation, 2026-08).
    private const string Preview = ".oktapreview.com";
    private const string KeySet = "key set";
    private static readonly string[] Trials = ["dev-", "trial-", "integrator-", "demo-"];

    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-001",
        Name = "foreign-environment-issuer",
        Title = "An environment trusts the issuer, the keys or the introspection endpoint of another environment",
        Level = Level.Error,
        SecuritySeverity = 8.8,
        Cwe = 1188,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Environment is not { } environment || subject.Role is not (TokenRole.Bearer or TokenRole.Login))
        {
            return Verdict.NotApplicable;
        }

        var judged = false;
        foreach (var (what, setting, value) in Settings(subject))
        {
            foreach (var text in value.Texts)
            {
                if (OktaUrl.Read(text, context.Landscape) is not { } url || IsIdle(subject, what, value, url, context))
                {
                    continue;
                }

                judged = true;
                if (Foreign(url, environment, context) is { } why)
                {
                    return Fail(subject, context, environment, what, text, value, setting, why);
                }
            }
        }

        return judged ? Verdict.Pass : Verdict.NotApplicable;
    }

    /// <summary>The cause of a finding about a check: what else is wrong with its issuer, its keys or what its server issues follows from it.</summary>
    internal static string CauseOf(TokenCheck check) => $"{check.Cause}/{check.Environment}";

    private static IEnumerable<(string What, Setting? Setting, Resolution Value)> Settings(TokenCheck subject)
    {
        if (subject.Jwt is { } jwt)
        {
            yield return ("issuer", jwt.Issuer, subject.Issuer);
            foreach (var key in subject.Keys.Where(key => key.Form == JwtKeyForm.JwksUri))
            {
                yield return (KeySet, key.Setting, key.Value);
            }

            yield return ("audience", jwt.Audience, subject.Audience);
        }
        else if (subject.Kind == TokenCheckKind.Introspection)
        {
            yield return (
                "introspection endpoint",
                ((ServiceCalloutPolicy)subject.Policy).Connection is TargetConnection.Http { Url: { } url } ? url : null,
                subject.Source
            );
        }
    }

    // Of several key sets, chosen by the token's issuer, those of issuers that the policy does not demand: what they verify is refused all the same.
    private static bool IsIdle(TokenCheck subject, string what, Resolution value, OktaUrl url, AuditContext context) =>
        what == KeySet
        && value.Texts.Length > 1
        && subject.Issuer.IsKnown
        && !subject.Issuer.Texts.Any(issuer =>
            OktaUrl.Read(issuer, context.Landscape) is { } demanded
            && string.Equals(demanded.Uri.Host, url.Uri.Host, StringComparison.OrdinalIgnoreCase)
        );

    // Why the org is not the environment's own; null when it is, or when nothing says whose it is.
    private static string? Foreign(OktaUrl url, string environment, AuditContext context)
    {
        var host = url.Uri.Host;
        var pairs = context.Settings.Pairs;
        var own = pairs.Where(pair => pair.Environment == environment).ToList();
        if (own.Count > 0)
        {
            var isOwn = own.Exists(pair =>
                string.Equals(pair.OktaHost, host, StringComparison.OrdinalIgnoreCase)
                || (url.Org is { } org && string.Equals(pair.OktaHost, org.Host, StringComparison.OrdinalIgnoreCase))
                || context.Landscape.Okta.Any(org => org.HasHost(pair.OktaHost) && org.HasHost(host))
            );
            if (isOwn)
            {
                return null;
            }

            var other = pairs.FirstOrDefault(pair =>
                pair.Environment != environment
                && (
                    string.Equals(pair.OktaHost, host, StringComparison.OrdinalIgnoreCase)
                    || (url.Org is { } org && string.Equals(pair.OktaHost, org.Host, StringComparison.OrdinalIgnoreCase))
                )
            );
            return other is not null
                ? $"'{host}' serves environment '{other.Environment}'; this environment is served by '{own[0].OktaHost}'"
                : $"this environment is served by '{own[0].OktaHost}', not by '{host}'";
        }

        if (!EnvironmentClass.IsProduction(environment, context.Settings))
        {
            return null;
        }

        return host.EndsWith(Preview, StringComparison.OrdinalIgnoreCase) ? $"'{host}' is a preview org"
            : OktaUrl.IsOktaHost(host) && Trials.Any(prefix => host.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                ? $"'{host}' is a development or trial org"
            : null;
    }

    private static Verdict.Fail Fail(
        TokenCheck subject,
        AuditContext context,
        string environment,
        string what,
        string text,
        Resolution value,
        Setting? setting,
        string why
    )
    {
        var place = value.Origin ?? setting?.Location ?? subject.Location;
        var fallback = setting is { Reference: { } reference, Text.Length: > 0 } && place == setting.Location ? reference : null;
        var production = EnvironmentClass.IsProduction(environment, context.Settings);
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' in environment '{environment}' trusts {what} '{text}': {why}. "
                + (fallback is null ? "" : $"The value is the default in the element, taken because '{fallback}' is not set here. ")
                + (
                    production
                        ? "Whoever can sign in there, with its test users and weaker policies, gets in here."
                        : "Tokens of one environment open the other."
                ),
            Location = place,
            Cause = CauseOf(subject),
            Code = fallback is null ? null : "default-text",
            SecuritySeverity = production ? 8.8 : 7.8,
            Facts = [new Fact("gateway", what, text, place)],
            Related =
                subject.Location == place ? [] : [new RelatedPlace(subject.Location, "where it is used"), .. Trust.Way(value).Take(4)],
            Remedy =
                $"Set the {what} of environment '{environment}' in its own property set, to the org that serves it, and leave no default in the element.",
        };
    }
}
