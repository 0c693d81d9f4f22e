using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>Nothing limits how often a caller can reach a backend.</summary>
public sealed class RateControlMissing : IRule<BackendRoute>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-015",
        Name = "rate-control-missing",
        Title = "A path to a backend has no limit on the rate of requests",
        Level = Level.Warning,
        SecuritySeverity = 5.5,
        Cwe = 770,
        Fix = FixKind.Manual,
        Subjects = "ways to a backend",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BackendRoute subject, AuditContext context)
    {
        var program = subject.Endpoint.Program;
        if (subject.Endpoint.NotAssessed is { } reason)
        {
            return new Verdict.NotAssessed(reason, subject.Location);
        }

        if (program.Endpoint is null || !subject.IsReachable)
        {
            // A shared flow leads nowhere by itself.
            return Verdict.NotApplicable;
        }

        if (subject.Unlimited is not { } unlimited)
        {
            // A callout on the way to a target is as limited as the target.
            return subject.Callout is null ? Verdict.Pass : Verdict.NotApplicable;
        }

        return unlimited.IsDefinite
            ? Fail(subject, unlimited, context)
            : new Verdict.Open(
                $"requests get to {subject.Name} of {program.Bundle.Description} without a limit of their rate, depending on {unlimited.Deciding}",
                unlimited.Closes,
                unlimited.Unknowns.Select(unknown => unknown.Location).FirstOrDefault(location => location is not null) ?? subject.Location
            );
    }

    private static Verdict.Fail Fail(BackendRoute subject, Possibility unlimited, AuditContext context)
    {
        var program = subject.Endpoint.Program;
        var models = ServesModels(subject, context);
        var quiet = !models && subject.HostsAreKnown && subject.Hosts.All(Hosts.IsInternal) && OnlyReads(subject.Endpoint);
        return new Verdict.Fail
        {
            Message =
                $"Nothing limits the rate of requests to {subject.Name} of {program.Bundle.Description}: {unlimited.Witness.RequestLine} passes neither SpikeArrest nor Quota"
                + (models ? ", and every call to the model costs money." : ", so one caller can take the backend down."),
            Location = program.Endpoint!.Location,
            Cause = Names.Of(program.Bundle, program.Organization) + "/" + program.Endpoint.Name,
            Level = quiet ? Level.Note : Level.Warning,
            SecuritySeverity =
                models ? 5.5
                : quiet ? 2.5
                : 4.2,
            Witness = unlimited.Witness,
            Related = [new RelatedPlace(subject.Location, "where the requests go")],
            Remedy = models
                ? "Put SpikeArrest into the PreFlow of the proxy endpoint, and LLMTokenQuota or PromptTokenLimit after the client is identified."
                : "Put SpikeArrest into the PreFlow of the proxy endpoint or into the PreProxyFlowHook, and a Quota per client after the client is identified.",
        };
    }

    private static bool ServesModels(BackendRoute subject, AuditContext context) =>
        context.Landscape.Apigee.Any(organization =>
            organization.Products.Items.Any(product =>
                product.HasModelOperations
                && (
                    product.Operations.Any(operation => operation.Proxy == subject.Endpoint.Program.Bundle.Name)
                    || product.Proxies.Contains(subject.Endpoint.Program.Bundle.Name, StringComparer.Ordinal)
                )
            )
        );

    private static bool OnlyReads(TracedEndpoint endpoint) =>
        !endpoint.Operations.IsEmpty
        && endpoint.Operations.All(operation =>
            !operation.Verbs.IsEmpty && operation.Verbs.All(verb => verb is "GET" or "HEAD" or "OPTIONS")
        );
}
