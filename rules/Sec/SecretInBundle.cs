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
                $"{credential.Place} of {subject.Bundle.Description} holds a {credential.Kind.Replace('-', ' ')} ({credential.Value.Length} characters): it is in the repository, in every export and in every backup.",
            Location = credential.Location,
            Cause = subject.Key,
            Facts = [new Fact("gateway", credential.Kind, Model.Mask.Text, credential.Location)],
            Remedy =
                "Rotate the credential first: it must count as known. Then read it from a key value map into a private.* variable, or from a secret manager.",
        };
    }
}
