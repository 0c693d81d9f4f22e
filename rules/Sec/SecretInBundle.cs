using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Sec;

/// <summary>A credential is written into a bundle.</summary>
public sealed class SecretInBundle : IRule<BundleCredential>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SEC-001",
        Name = "secret-in-bundle",
        Title = "A credential is written into a bundle",
        Level = Level.Error,
        SecuritySeverity = 8.9,
        Cwe = 798,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "bundles and credentials",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BundleCredential subject, AuditContext context)
    {
        if (subject.Credential is not { } credential)
        {
            return subject.Bundle.IsReadable
                ? Verdict.Pass
                : new Verdict.NotAssessed(
                    $"{subject.Bundle.Unreadable[0].Location}: {subject.Bundle.Unreadable[0].Reason}",
                    subject.Bundle.Unreadable[0].Location
                );
        }

        if (credential.IsPlaceholder)
        {
            // Something to be filled in at build time; another rule asks whether it was.
            return Verdict.NotApplicable;
        }

        return new Verdict.Fail
        {
            Message =
                $"In {subject.Bundle.Description}, {credential.Place} holds {Words(credential.Kind)} ({credential.Value.Length} characters): it is in the repository, in every export and in every backup.",
            Location = credential.Location,
            Cause = subject.Key,
            Facts = [new Fact("gateway", credential.Kind, Model.Mask.Text, credential.Location)],
            Remedy =
                "Rotate the credential first: it must count as known. Then read it from a key value map into a private.* variable, or from a secret manager.",
        };
    }

    private static string Words(string kind) =>
        kind switch
        {
            "api-key" => "an API key",
            "authorization-header" => "an Authorization header",
            "aws-access-key" => "an AWS access key",
            "github-token" => "a GitHub token",
            "google-api-key" => "a Google API key",
            "hmac-key" => "an HMAC key",
            "jwt" => "a JSON web token",
            "okta-api-token" => "an Okta API token",
            "slack-token" => "a Slack token",
            "url-password" => "a password in a URL",
            _ => "a " + kind.Replace('-', ' '),
        };
}
