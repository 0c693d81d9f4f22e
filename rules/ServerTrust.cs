using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules;

/// <summary>Whether a gateway trusts an authorization server, for rules about the server.</summary>
/// <param name="IsTrusted">Whether it does; null when that is not known.</param>
/// <param name="Instead">What a rule about trusted servers answers when it does not, or may not.</param>
internal readonly record struct ServerTrust(bool? IsTrusted, Verdict? Instead)
{
    /// <summary>Whether some proxy that was collected trusts a server.</summary>
    public static ServerTrust Of(AuthorizationServer server, AuditContext context)
    {
        if (context.Traced.TokenChecks.Any(check => check.Server == server && check.Role == TokenRole.Bearer))
        {
            return new ServerTrust(true, null);
        }

        if (context.Landscape.Apigee.IsEmpty)
        {
            return new ServerTrust(
                null,
                new Verdict.Open(
                    "no Apigee organization is part of the input, so which authorization servers a gateway trusts is not known",
                    "a recording of the Apigee organization, or its bundles"
                )
            );
        }

        // A check that does not say whom it trusts might trust this server.
        var unresolved = context.Traced.TokenChecks.FirstOrDefault(check =>
            check is { Kind: TokenCheckKind.Jwt, Role: TokenRole.Bearer, Server: null }
            && check.Issuer is Resolution.Opaque or Resolution.Unresolved
        );
        return unresolved is null
            ? new ServerTrust(false, Verdict.NotApplicable)
            : new ServerTrust(
                null,
                new Verdict.Open(
                    $"whether a gateway trusts {server.Description} is not known: the issuer that {unresolved.Policy.Kind} '{unresolved.Policy.Name}' demands is {unresolved.Issuer.Words}",
                    unresolved.Issuer is Resolution.Opaque opaque ? opaque.Closes : "a known issuer",
                    unresolved.Location
                )
            );
    }

    /// <summary>What a rule answers when the policies or rules of a server were not all read; null when they were.</summary>
    public static Verdict? Unread(AuthorizationServer server, AuditContext context) =>
        context.Traced.IssuanceOf(server).Unread is not { } unread ? null
        : unread.IsGap
            ? new Verdict.NotAssessed($"the access policies of {server.Description} were not all read: {unread.Reason}", server.Location)
        : new Verdict.Open(
            $"the access policies of {server.Description} were not collected",
            "the policies and rules of the server",
            server.Location
        );
}
