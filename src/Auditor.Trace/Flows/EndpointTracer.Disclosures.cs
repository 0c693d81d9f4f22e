using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Operations without a backend whose answer gives a key or a token of the gateway's away.</content>
internal sealed partial class EndpointTracer
{
    private IEnumerable<Operation> Disclosing()
    {
        var declared = Declarations().Aggregate(Diagram.False, (sum, declaration) => diagram.Or(sum, Covers(declaration)));
        foreach (var flow in program.Endpoint is { } proxy ? proxy.Flows.Cast<Flow?>().Append(null) : [])
        {
            if (admitted.Concat(strangers).Any(path => path.Flow == flow && !path.Answer.IsFollowed))
            {
                var shape = OperationShape.Of(flow, program, knowledge);
                yield return new Operation(endpoint, flow)
                {
                    LeadsToBackend = false,
                    Verbs = shape.Verbs,
                    Paths = shape.Paths,
                    Destination = "an answer",
                    NotAssessed = "over budget: the answers of one endpoint meet more than 20,000 steps of responses",
                };
                continue;
            }

            var given = admitted
                .Concat(strangers)
                .Where(path => path.Flow == flow)
                .SelectMany(path => path.Answer.Disclosed)
                .Select(held => held.What)
                .Distinct()
                .ToList();
            if (given.Count == 0)
            {
                continue;
            }

            var open = strangers
                .Where(path => path.Flow == flow)
                .SelectMany(path =>
                    path.Answer.Disclosed.Select(held => (Path: path, held.What, Reach: diagram.Without(held.Guard, declared)))
                )
                .ToList();
            var undeclared = open.Where(item => item.Reach != Diagram.False)
                .OrderByDescending(item => diagram.ForAll(item.Reach, VariableKind.Unknown) != Diagram.False)
                .ThenBy(item => item.What.Kind)
                .ToList();
            var (verbs, paths) = OperationShape.Of(flow, program, knowledge);
            yield return new Operation(endpoint, flow)
            {
                LeadsToBackend = false,
                Verbs = verbs,
                Paths = paths,
                Destination = "an answer with " + string.Join(", ", given.Select(what => what.Words).Order(StringComparer.Ordinal)),
                Bypass = undeclared is [var first, ..] ? BypassOf(flow, [(first.Path, first.Reach)], first.What) : null,
                DeclaredPublic = undeclared.Count == 0 && open.Count > 0 ? Declarations().FirstOrDefault() : null,
            };
        }
    }
}
