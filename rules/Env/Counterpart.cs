using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Env;

/// <summary>The server that the same check trusts in production or outside of it, as the other one.</summary>
internal sealed record Counterpart(AuthorizationServer Server, string Environment, string OwnEnvironment, bool IsProduction)
{
    public static Counterpart? Of(AuthorizationServer server, AuditContext context)
    {
        var own = context
            .Traced.TokenChecks.Where(check => ReferenceEquals(check.Server, server) && check.Role == TokenRole.Bearer)
            .OrderBy(check => check.Key, StringComparer.Ordinal)
            .ToList();
        var isProduction = own.Exists(check => EnvironmentClass.IsProduction(check.Environment, context.Settings));
        if (isProduction && own.Exists(check => IsOutside(check, context)))
        {
            // One server for both: there is nothing to compare, and token-valid-in-both says so.
            return null;
        }

        foreach (var check in own.Where(check => isProduction || IsOutside(check, context)))
        {
            var other = context.Traced.TokenChecks.FirstOrDefault(candidate =>
                candidate is { Server: not null, Role: TokenRole.Bearer }
                && !ReferenceEquals(candidate.Server, server)
                && candidate.Policy.Name == check.Policy.Name
                && candidate.Owner.Name == check.Owner.Name
                && candidate.Endpoint.Program.Bundle.Name == check.Endpoint.Program.Bundle.Name
                && candidate.Endpoint.Program.Endpoint?.Name == check.Endpoint.Program.Endpoint?.Name
                && (isProduction ? IsOutside(candidate, context) : EnvironmentClass.IsProduction(candidate.Environment, context.Settings))
            );
            if (other is not null)
            {
                return new Counterpart(other.Server!, other.Environment!, check.Environment!, !isProduction);
            }
        }

        return null;
    }

    private static bool IsOutside(TokenCheck check, AuditContext context) =>
        EnvironmentClass.Of(check.Environment, context.Settings) is "staging" or "development";
}
