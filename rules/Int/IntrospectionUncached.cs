using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Int;

/// <summary>Every request asks the identity provider about its token.</summary>
public sealed class IntrospectionUncached : IRule<TokenLookup>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "INT-001",
        Name = "introspection-uncached",
        Title = "Every request asks the identity provider about its token",
        Level = Level.Warning,
        SecuritySeverity = 6.0,
        Cwe = 400,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "introspection callouts",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenLookup subject, AuditContext context)
    {
        if (subject is { Caches.IsEmpty: false, IsStored: true })
        {
            return Verdict.Pass;
        }

        var what = subject.Kind == CalloutKind.UserInfo ? "the userinfo endpoint" : "the introspection endpoint";
        var next = Next(subject, context);
        var problem = subject.Caches.IsEmpty
            ? "on every request, and no cache is looked up first"
            : $"on every request: LookupCache '{subject.Caches[0].Policy.Name}' never finds anything, because nothing stores an answer in its cache";
        return new Verdict.Fail
        {
            Message =
                $"ServiceCallout '{subject.Policy.Name}' of {subject.Owner.Description} calls {what} {problem}: each call waits for the identity provider, and its rate limit becomes the limit of the API."
                + (next is null ? "" : $" Proxy '{next}', which comes next, asks again."),
            Location = subject.Policy.Location,
            Cause = subject.Cause,
            Level = next is null ? Level.Warning : Level.Error,
            SecuritySeverity = next is null ? 5.0 : 6.0,
            Related =
            [
                new RelatedPlace(subject.Step, "the step that makes the call"),
                .. subject.Caches.Select(cache => new RelatedPlace(cache.Policy.Location, "the cache that stays empty")),
            ],
            Remedy =
                "Look the answer up in a cache first, keyed by a SHA-256 of the whole token, call only on a miss, and store the answer until the token expires or "
                + "for as long as a revoked token may live, whichever is shorter.",
        };
    }

    // A proxy behind this one that asks once more.
    private static string? Next(TokenLookup subject, AuditContext context) =>
        subject
            .Endpoint.Routes.Select(route => route.Connection)
            .OfType<TargetConnection.Local>()
            .Select(local => local.Proxy)
            .OfType<string>()
            .FirstOrDefault(proxy =>
                context.Traced.Endpoints.Any(endpoint =>
                    endpoint.Program.Bundle.Name == proxy && endpoint.Lookups.Any(lookup => lookup.Caches.IsEmpty || !lookup.IsStored)
                )
            );
}
