using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Key;

/// <summary>A server encrypts its access tokens and the gateway cannot read them, or the other way round.</summary>
public sealed class TokenEncryptionMismatch : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-008",
        Name = "token-encryption-mismatch",
        Title = "One side encrypts access tokens and the other does not",
        Level = Level.Error,
        SecuritySeverity = 6.4,
        Cwe = 757,
        Fix = FixKind.Manual,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var trust = Trust.Of(subject, context);
        if (trust.Server is not { } server)
        {
            return subject.Jwt?.KeyEncryptionAlgorithm is null ? Verdict.NotApplicable : trust.Instead!;
        }

        var demanded = subject.Jwt!.KeyEncryptionAlgorithm;
        var encrypted = server.AccessTokenEncryption;
        var differ =
            demanded is { Reference: null, Text: { Length: > 0 } text }
            && encrypted is not null
            && !string.Equals(text, encrypted, StringComparison.Ordinal);
        if (encrypted is null == demanded is null && !differ)
        {
            return Verdict.Pass;
        }

        var place = server.Location.At("accessTokenEncryptedResponseAlgorithm");
        return new Verdict.Fail
        {
            Message =
                $"{Sentence(server.Description)} "
                + (
                    encrypted is null ? "signs its access tokens and does not encrypt them"
                    : differ ? $"encrypts its access tokens with {encrypted}"
                    : $"encrypts its access tokens ({encrypted})"
                )
                + $", and {subject.Policy.Kind} '{subject.Policy.Name}' "
                + (
                    demanded is null ? "only reads signed ones"
                    : differ ? $"decrypts with {demanded.Text}"
                    : "only reads encrypted ones"
                )
                + ": every call fails with FailedToDecode or InvalidToken.",
            Location = demanded?.Location ?? subject.Location,
            Cause = $"{subject.Cause}/encryption",
            Facts =
            [
                new Fact("gateway", "encryption", demanded is null ? "none" : demanded.Text, demanded?.Location ?? subject.Location),
                new Fact("okta", "encryption", encrypted ?? "none", place),
            ],
            Related = [new RelatedPlace(place, $"what {server.Description} does")],
            Remedy = encrypted is null
                ? "Verify signed tokens: <Algorithm> and the key set of the server, without <Algorithms> for encryption."
                : "Decrypt in the policy with the key whose public half the server uses (<Type>Encrypted</Type>, <Algorithms>, <PrivateKey>), or switch encryption off at the server until the gateway can.",
        };
    }

    private static string Sentence(string description) => char.ToUpperInvariant(description[0]) + description[1..];
}
