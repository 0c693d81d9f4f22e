using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>The operations, and what their requests need.</content>
internal sealed partial class EndpointTracer
{
    private IEnumerable<Operation> Operations(IReadOnlyList<StepVisit> seen)
    {
        var declared = Declarations().Aggregate(Diagram.False, (sum, declaration) => diagram.Or(sum, Covers(declaration)));
        var flows = admitted
            .Concat(strangers)
            .Where(path => path.Destination != Destination.NullRoute)
            .Select(path => path.Flow)
            .Distinct()
            .ToList();
        if (
            program.Endpoint is null
            && !admitted.SelectMany(path => path.Visits).Any(visit => visit.Policy is { } policy && AuthPolicies.Verifies(policy))
        )
        {
            // A shared flow that verifies nothing is not there to protect anything.
            yield break;
        }

        if (NobodyArrives(seen) is { } closed)
        {
            yield return closed;
        }

        foreach (var flow in program.Endpoint is { } proxy ? proxy.Flows.Cast<Flow?>().Append(null) : [null])
        {
            if (!flows.Contains(flow))
            {
                continue;
            }

            var ways = admitted
                .Where(path => path.Flow == flow && path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
                .ToList();
            var open = strangers
                .Where(path => path.Flow == flow && path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
                .ToList();
            if (ways.Count == 0 && open.Count == 0)
            {
                continue;
            }

            var (verbs, paths) = OperationShape.Of(flow, program, knowledge);
            var undeclared = open.Select(path => (Path: path, Reach: diagram.Without(path.Reaches, declared)))
                .Where(pair => pair.Reach != Diagram.False)
                .ToList();
            yield return new Operation(endpoint, flow)
            {
                Verbs = verbs,
                Paths = paths,
                Destination = string.Join(
                    ", ",
                    ways.Concat(open).Select(path => path.Words).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                ),
                Bypass = undeclared.Count == 0 ? null : BypassOf(flow, undeclared),
                DeclaredPublic = undeclared.Count == 0 && open.Count > 0 ? Declarations().FirstOrDefault() : null,
                Checks = [.. ChecksOf(ways)],
                Requirement = RequirementOf(ways),
                WithoutScopes = WithoutScopes(ways),
                Products = [.. ProductsOf(ways)],
            };
        }
    }

    // A proxy that leads somewhere and lets nobody through is one whose steps were not understood, more often than one that is closed on purpose: where they ask for variables that
    // the estate makes for itself. That a claim or a key is not there without a check is understood.
    private Operation? NobodyArrives(IReadOnlyList<StepVisit> seen)
    {
        var route = program.Endpoint?.Routes.FirstOrDefault(route => !route.IsNull);
        if (
            program.Endpoint is not { } proxy
            || route is null
            || seen.Any(visit => visit.Policy is { Enabled: true } policy && AuthPolicies.Verifies(policy))
            || !seen.Any(visit =>
                visit.Step?.Condition is { } condition && VariableUses.Of(condition).Any(use => FlowInterpreter.IsOfTheEstate(use.Variable))
            )
            || proxy.Routes.TakeWhile(other => other != route).Any(other => other.Condition is null)
            || admitted.Concat(strangers).Any(path => path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
        )
        {
            return null;
        }

        var (verbs, paths) = OperationShape.Of(null, program, knowledge);
        var target = route.TargetEndpoint is { } name ? $"target '{name}'" : "its backend";
        return new Operation(endpoint, null)
        {
            Verbs = verbs,
            Paths = paths,
            Destination = target,
            Bypass = new Bypass
            {
                Cause = BypassCause.NoVerification,
                IsDefinite = false,
                Witness = new Witness
                {
                    Method = "GET",
                    Path = program.BasePath is { Length: > 0 } path ? path : "/",
                    Token = "no valid token or key",
                    Reaches = target,
                },
                Unknowns =
                [
                    new TraceUnknown(
                        "what its steps ask for: as they were read, they let nobody through, whoever it is",
                        "what sets the variables that the steps ask for; or that everybody is refused on purpose",
                        proxy.Location
                    ),
                ],
            },
        };
    }

    private IEnumerable<OperationCheck> ChecksOf(List<FlowPath> ways)
    {
        foreach (var check in endpoint.Checks)
        {
            var (all, passing) = (Diagram.False, Diagram.False);
            foreach (var way in ways)
            {
                all = diagram.Or(all, way.Reaches);
                passing = diagram.Or(passing, diagram.And(way.Reaches, Passed(way, check.Policy)));
            }

            if (passing != Diagram.False)
            {
                yield return new OperationCheck(check, diagram.Implies(all, passing));
            }
        }
    }

    /// <summary>When a request passes a policy on a way, and the policy did not fail.</summary>
    private int Passed(FlowPath way, Policy policy) =>
        way
            .Visits.Where(visit => ReferenceEquals(visit.Policy, policy))
            .Aggregate(Diagram.False, (sum, visit) => diagram.Or(sum, diagram.Without(visit.Runs, visit.Fails)));

    /// <summary>The requests along a way whose token is verified; all requests where no token ever is.</summary>
    private int WithToken(FlowPath way, bool anyToken) =>
        anyToken
            ? diagram.And(
                way.Reaches,
                endpoint
                    .Checks.Where(check => check.IsOfToken)
                    .Aggregate(Diagram.False, (sum, check) => diagram.Or(sum, Passed(way, check.Policy)))
            )
            : way.Reaches;

    /// <summary>
    /// The requests along a way that pass a check of a key or of an Apigee token and belong to nothing that a product opens: the check refuses them, whoever's key it is
    /// (InvalidApiKeyForGivenResource; Google, <i>Introduction to API products</i>, 2026-04). None where the products are not all known.
    /// </summary>
    private int OutsideOfProducts(FlowPath way)
    {
        var products = program.Organization.Products;
        if (
            program.Environment is null
            || !products.IsComplete
            || products.Items.IsEmpty
            || products.Items.Any(product => product.HasModelOperations)
        )
        {
            return Diagram.False;
        }

        var keyed = way
            .Visits.Select(visit => visit.Policy)
            .Where(policy => policy is VerifyApiKeyPolicy or OAuthV2Policy && AuthPolicies.Verifies(policy))
            .Distinct()
            .Aggregate(Diagram.False, (sum, policy) => diagram.Or(sum, Passed(way, policy!)));
        return keyed == Diagram.False
            ? Diagram.False
            : diagram.Without(
                keyed,
                ProductResources().Aggregate(Diagram.False, (sum, item) => diagram.Or(sum, Opens(item.Resource, item.Verbs)))
            );
    }

    private bool AnyToken(List<FlowPath> ways) =>
        ways.Exists(way =>
            endpoint.Checks.Any(check => check.IsOfToken && diagram.And(way.Reaches, Passed(way, check.Policy)) != Diagram.False)
        );

    private Requirement? RequirementOf(List<FlowPath> ways)
    {
        var anyToken = AnyToken(ways);
        return requirements!.Of(ways.Aggregate(Diagram.False, (sum, way) => diagram.Or(sum, WithToken(way, anyToken))));
    }

    /// <summary>What happens with a token that is in order and has no scopes; null when no token is verified.</summary>
    private ScopelessToken? WithoutScopes(List<FlowPath> ways)
    {
        if (!AnyToken(ways))
        {
            return null;
        }

        ScopelessToken? possible = null;
        foreach (var way in ways)
        {
            var (surely, perhaps) = requirements!.Without(
                diagram.Without(WithToken(way, true), OutsideOfProducts(way)),
                claim => claim.IsScope
            );
            var definite = diagram.ForAll(surely, VariableKind.Unknown);
            if (definite != Diagram.False)
            {
                var harmful = diagram.And(definite, Unsafe());
                return new ScopelessToken(true, [], Build(way, harmful == Diagram.False ? definite : harmful), harmful != Diagram.False);
            }

            if (perhaps != Diagram.False && possible is null)
            {
                var function = WithFewestUnknowns(perhaps);
                var assignment = diagram.Satisfy(function, witnesses.Preference)!;
                possible = new ScopelessToken(
                    false,
                    Unknowns(function, assignment),
                    Build(way, function),
                    diagram.And(perhaps, Unsafe()) != Diagram.False
                );
            }
        }

        return possible ?? ScopelessToken.Refused;

        Witness Build(FlowPath way, int function) =>
            witnesses.Build(way, diagram.Satisfy(function, witnesses.Preference)!, "a valid token without any scope of the API");
    }

    private IEnumerable<ProductGrant> ProductsOf(List<FlowPath> ways)
    {
        var reaches = ways.Aggregate(Diagram.False, (sum, way) => diagram.Or(sum, way.Reaches));
        foreach (var (product, resource, verbs, operation) in ProductResources())
        {
            var covered = diagram.And(reaches, Covers(resource, verbs));
            if (covered != Diagram.False)
            {
                yield return new ProductGrant(product, operation, resource, covered == reaches);
            }
        }
    }
}
