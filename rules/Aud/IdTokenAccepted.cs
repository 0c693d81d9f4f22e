using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Aud;

/// <summary>An ID token passes where an access token is meant.</summary>
public sealed class IdTokenAccepted : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-009",
        Name = "id-token-accepted",
        Title = "The audience demanded of an access token is a client id, so ID tokens pass",
        Level = Level.Error,
        SecuritySeverity = 7.6,
        Cwe = 287,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer || !subject.LeadsToBackend)
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Audience.IsKnown)
        {
            // Whether any audience passes is asked elsewhere.
            return Verdict.NotApplicable;
        }

        foreach (var audience in subject.Audience.Texts)
        {
            var client = context.Landscape.Okta.Select(org => org.FindClient(audience)).FirstOrDefault(app => app is not null);
            if (
                (client is not null || IsClientId(audience))
                && subject.Server?.Audiences.Contains(audience, StringComparer.Ordinal) != true
            )
            {
                return Fail(subject, audience, client);
            }
        }

        return Verdict.Pass;
    }

    // Okta's own client ids: 0oa and 17 letters or digits (management API reference, ids in examples, 2026-08).
    private static bool IsClientId(string text) =>
        text.Length == 20 && text.StartsWith("0oa", StringComparison.Ordinal) && text.All(char.IsAsciiLetterOrDigit);

    private static Verdict.Fail Fail(TokenCheck subject, string audience, Model.Okta.OktaApp? client)
    {
        var place = subject.Audience.Origin ?? subject.Jwt!.Audience!.Location;
        var right = subject.Server is { Audiences: [var only] } ? only : null;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands audience '{audience}', which is the client id"
                + (client is null ? "" : $" of '{client.Label}'")
                + ": ID tokens carry it, access tokens do not. The front end's ID token opens the API, without any scope"
                + (right is null ? "." : $", and access tokens ('{right}') are refused."),
            Location = place,
            Cause = $"{subject.Cause}/audience/{audience}",
            Facts =
            [
                new Fact("gateway", "audience", audience, place),
                .. right is not null
                    ? [new Fact("okta", "audience", right, subject.Server!.Location.At("audiences"))]
                    : Array.Empty<Fact>(),
            ],
            Related = client is null ? [] : [new RelatedPlace(client.Location, "the client whose id it is")],
            Remedy = right is null
                ? "Demand the audience of the authorization server that issues access tokens for this API."
                : $"Demand the audience of {subject.Server!.Description}, '{right}', and have clients send their access token.",
            Edits =
                right is not null && subject.Audience is Trace.Flows.Resolution.Known known && subject.Jwt!.Audience is { } setting
                    ? ValueEdit.At(known, setting, right)
                    : [],
        };
    }
}
