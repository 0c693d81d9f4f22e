using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Key;

/// <summary>The signing keys of a trusted server are not rotated.</summary>
public sealed class RotationManualOrOverdue : IRule<TrustedServer>
{
    // How long a signing key may be in use. Okta rotates four times a year (key rotation concept page, 2026-08); twice that is overdue.
    private const int MaximumDays = 180;

    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-004",
        Name = "rotation-manual-or-overdue",
        Title = "The signing keys of an authorization server that a gateway trusts are not rotated",
        Level = Level.Warning,
        SecuritySeverity = 6.5,
        Cwe = 324,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "trusted authorization servers",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TrustedServer subject, AuditContext context)
    {
        var server = subject.Server;
        if (!server.IsActive)
        {
            return Verdict.NotApplicable;
        }

        if (server.Signing is not { RotationMode: { } mode } signing)
        {
            return new Verdict.Open(
                $"how {server.Description} rotates its signing keys is not known",
                $"credentials.signing of {server.Description}",
                subject.Location
            );
        }

        var age = signing.LastRotated is { } rotated ? (int)(context.Now - rotated).TotalDays : (int?)null;
        if (age > MaximumDays)
        {
            return Fail(
                subject,
                signing,
                "overdue",
                Level.Error,
                6.5,
                $"{Upper(server.Description)} signs with key '{signing.Kid}' since {signing.LastRotated:yyyy-MM-dd}, {age.Value.ToString(CultureInfo.InvariantCulture)} days: the limit is {MaximumDays.ToString(CultureInfo.InvariantCulture)}.",
                mode
            );
        }

        if (string.Equals(mode, "MANUAL", StringComparison.Ordinal))
        {
            return Fail(
                subject,
                signing,
                "manual",
                Level.Warning,
                6.0,
                $"{Upper(server.Description)} does not rotate its signing key '{signing.Kid}' by itself (rotationMode 'MANUAL'): it stays until somebody remembers.",
                mode
            );
        }

        return signing.NextRotation is { } next && next < context.Now
            ? Fail(
                subject,
                signing,
                "missed",
                Level.Error,
                6.5,
                $"{Upper(server.Description)} was to rotate its signing key '{signing.Kid}' on {next:yyyy-MM-dd}, and has not.",
                mode
            )
            : Verdict.Pass;
    }

    private static Verdict.Fail Fail(
        TrustedServer subject,
        SigningSettings signing,
        string code,
        Level level,
        double severity,
        string message,
        string mode
    )
    {
        var pinning = subject.Checks.FirstOrDefault(check =>
            check.Keys.Any(key => key.Form is JwtKeyForm.PublicKey or JwtKeyForm.Certificate or JwtKeyForm.Jwks)
        );
        return new Verdict.Fail
        {
            Message = message,
            Location = signing.Location,
            Cause = subject.Key,
            Code = code,
            Level = level,
            SecuritySeverity = severity,
            Related = [.. subject.Checks.Take(8).Select(check => new RelatedPlace(check.Location, "trusts its keys"))],
            Remedy = pinning is null
                ? "Set rotationMode to AUTO; the gateway fetches the key set, so nothing breaks."
                : $"First let {pinning.Policy.Kind} '{pinning.Policy.Name}' fetch the key set instead of pinning a key, then set rotationMode to AUTO: the other way round the rotation is an outage.",
            Edits =
                pinning is null && mode != "AUTO"
                    ? [new Edit(EditKind.SetJsonValue, signing.Location.At("rotationMode"), null, "\"AUTO\"")]
                    : [],
        };
    }

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
