using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules;

/// <summary>What the rules about claims that tokens do not carry have in common.</summary>
internal static class MissingClaim
{
    /// <summary>The cause of findings about a read: the step that decides by it, whoever calls its bundle.</summary>
    public static string CauseOf(ClaimRead read) => $"{Names.Of(read.Owner, read.Endpoint.Program.Organization)}/{read.Claim}/{read.Step}";

    /// <summary>The verdict on a read of a claim.</summary>
    /// <param name="read">The read.</param>
    /// <param name="context">The audit.</param>
    /// <param name="outage">The severity when everybody is refused.</param>
    /// <param name="silent">The severity when nobody is.</param>
    /// <param name="remedy">What to do, given the server.</param>
    public static Verdict Judge(
        ClaimRead read,
        AuditContext context,
        double outage,
        double silent,
        Func<AuthorizationServer, string> remedy
    )
    {
        var trust = Trust.Of(read.Check, context);
        if (trust.Server is not { } server)
        {
            return trust.Instead!;
        }

        if (read.IsCarried == true)
        {
            return Verdict.Pass;
        }

        if (read.IsCarried is null)
        {
            return Trust.HookOf(server, context.Landscape) is { } hook
                    ? new Verdict.Open(
                        $"whether tokens of {server.Description} carry '{read.Claim}' is not known: no claim of that name is defined, and inline hook '{hook.Hook}' may add it",
                        $"what inline hook '{hook.Hook}' adds",
                        read.Location
                    )
                : server.Claims.Coverage.IsGap
                    ? new Verdict.NotAssessed($"the claims of {server.Description}: {server.Claims.Coverage.Reason}", server.Location)
                : new Verdict.Open($"the claims of {server.Description} were not collected", "the claims of the server", server.Location);
        }

        var defined = server.Claims.Items.FirstOrDefault(claim => string.Equals(claim.Name, read.Claim, StringComparison.Ordinal));
        var why =
            defined is null ? "no such claim is defined"
            : defined.Status != "ACTIVE" ? "the claim is inactive"
            : "the claim is for ID tokens only";
        var (effect, level, severity) = (read.Refuses, read.Effect) switch
        {
            (true, MissingClaimEffect.AlwaysRuns) => ($"'{read.Step}' refuses every request", Level.Error, outage),
            (true, MissingClaimEffect.NeverRuns) => ($"'{read.Step}' never refuses anything", Level.Error, silent),
            (_, MissingClaimEffect.AlwaysRuns) => ($"'{read.Step}' always runs", Level.Warning, 4.0),
            (_, MissingClaimEffect.NeverRuns) => ($"'{read.Step}' never runs", Level.Warning, 5.0),
            _ => ($"the condition of '{read.Step}' decides without it", Level.Warning, 4.0),
        };
        return new Verdict.Fail
        {
            Message =
                $"{(read.IsInScript ? "The script" : "The condition")} reads claim '{read.Claim}', which access tokens of {server.Description} do not carry ({why}): the variable is null, and {effect}.",
            Location = read.Location,
            Cause = CauseOf(read),
            Code = read.Effect switch
            {
                MissingClaimEffect.NeverRuns => "silent",
                MissingClaimEffect.AlwaysRuns when read.Refuses => "outage",
                _ => null,
            },
            Level = level,
            SecuritySeverity = severity,
            Facts =
            [
                new Fact("gateway", "claim read", read.Variable, read.Location),
                new Fact("okta", "claim", why, defined?.Location ?? server.Location),
            ],
            Related = [new RelatedPlace(defined?.Location ?? server.Location, $"the claims of {server.Description}")],
            Remedy = remedy(server),
        };
    }
}
