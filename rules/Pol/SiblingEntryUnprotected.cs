using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>Another entry exposes the same backend without the checks that guard the first.</summary>
public sealed class SiblingEntryUnprotected : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-012",
        Name = "sibling-entry-unprotected",
        Title = "Another proxy or endpoint exposes the same backend without the checks that guard it elsewhere",
        Level = Level.Error,
        SecuritySeverity = 8.1,
        Cwe = 288,
        Fix = FixKind.Manual,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context)
    {
        if (subject.NotAssessed is not null || subject.Endpoint.Program.Endpoint is null || !subject.LeadsToBackend)
        {
            return Verdict.NotApplicable;
        }

        var backends = BackendsOf(subject.Endpoint);
        if (backends.IsEmpty)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Bypass is not { IsDefinite: true, OnlyHarmlessVerbs: false, Cause: BypassCause.NoVerification } bypass)
        {
            // Open entries are told once, by the rules about ways past authentication.
            return subject.Bypass is null ? Verdict.Pass : Verdict.NotApplicable;
        }

        foreach (var sibling in context.Traced.Endpoints)
        {
            if (
                ReferenceEquals(sibling, subject.Endpoint)
                || sibling.Program.Environment?.Name != subject.Environment
                || sibling.Program.Organization.Name != subject.Endpoint.Program.Organization.Name
                || !IsGuarded(sibling)
            )
            {
                continue;
            }

            if (BackendsOf(sibling).Intersect(backends, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } shared)
            {
                return Fail(subject, bypass, sibling, shared);
            }
        }

        return Verdict.NotApplicable;
    }

    private static Verdict.Fail Fail(Operation subject, Bypass bypass, TracedEndpoint sibling, string shared)
    {
        var program = subject.Endpoint.Program;
        var guard = sibling.Checks[0];
        return new Verdict.Fail
        {
            Message =
                $"{BypassRule.Request(bypass.Witness)} reaches '{shared}' through {program.Bundle.Description} without any check, while {sibling.Program.Bundle.Description} guards the same backend with {guard.Policy.Kind} '{guard.Policy.Name}'.",
            Location = program.Endpoint!.Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related =
            [
                new RelatedPlace(sibling.Location, $"the guarded entry, {sibling.Program.BasePath}"),
                new RelatedPlace(guard.Location, "what guards it"),
            ],
            Remedy =
                $"Undeploy {program.Bundle.Description} if nobody needs it, or attach the same checks (the same shared flow) in its PreFlow.",
        };
    }

    private static bool IsGuarded(TracedEndpoint endpoint) =>
        endpoint.NotAssessed is null
        && !endpoint.Checks.IsEmpty
        && !endpoint.Operations.IsEmpty
        && endpoint.Operations.All(operation => operation.Bypass is null && operation.DeclaredPublic is null);

    // Known addresses without their query, and target servers by host.
    private static ImmutableArray<string> BackendsOf(TracedEndpoint endpoint) =>
        [
            .. endpoint
                .Routes.Where(route => route is { Callout: null, IsReachable: true })
                .SelectMany(route =>
                    route.Address.IsKnown ? route.Address.Texts.Select(Normalise).AsEnumerable()
                    : route.HostsAreKnown ? route.Hosts
                    : []
                )
                .Where(text => text.Length > 0)
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];

    private static string Normalise(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) ? $"{uri.Host}{uri.AbsolutePath}".TrimEnd('/') : "";
}
