using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>What the rules about ways past authentication have in common: each is about one cause, and they never speak of the same way twice.</summary>
internal static class BypassRule
{
    /// <summary>The verdict of a rule about some causes on an operation.</summary>
    public static Verdict Judge(Operation operation, Func<BypassCause, bool> isMine, Func<Bypass, Verdict> fail)
    {
        if (operation.NotAssessed is { } reason)
        {
            return new Verdict.NotAssessed(reason, operation.Location);
        }

        if (operation.Bypass is not { } bypass)
        {
            return Verdict.Pass;
        }

        if (!isMine(bypass.Cause))
        {
            // Another rule of the family explains it.
            return Verdict.NotApplicable;
        }

        if (bypass.IsDefinite)
        {
            return fail(bypass);
        }

        return Dependence.Open(
            $"whether a request without a valid credential reaches {bypass.Witness.Reaches} of {operation.Endpoint.Program.Bundle.Description}",
            bypass.Unknowns,
            bypass.Culprit?.Location ?? operation.Location
        ) with
        {
            Cause =
                Names.Of(operation.Endpoint.Program.Bundle, operation.Endpoint.Program.Organization)
                + "/"
                + operation.Endpoint.Program.Endpoint?.Name,
        };
    }

    /// <summary>The culprit by stable names, or the endpoint where a step is missing.</summary>
    public static string Cause(Operation operation, Bypass bypass)
    {
        var program = operation.Endpoint.Program;
        var bundle = Names.Of(program.Bundle, program.Organization);
        return bypass.Culprit switch
        {
            { Hook: { } hook } => $"{program.Organization.Name}/{program.Environment?.Name}/{hook.Point}",
            { Policy: { } policy } culprit => Names.Of(culprit.Owner, program.Organization) + "/" + policy.Name,
            _ => bundle + "/" + (program.Endpoint?.Name ?? ""),
        };
    }

    /// <summary>The way of the witness as related places: the steps that would have stopped it.</summary>
    public static ImmutableArray<RelatedPlace> Way(Bypass bypass) =>
        [
            .. bypass
                .Witness.Steps.Where(step =>
                    !step.IsAside
                    && (
                        step.Outcome == "failed-and-continued"
                        || (
                            step.Outcome is "disabled" or "skipped"
                            && step.Location != bypass.Culprit?.Step?.Location
                            && bypass.Verifying.Contains(step.Location)
                        )
                    )
                )
                .Select(step => new RelatedPlace(step.Location, $"{step.Step}: {step.Why}"))
                .DistinctBy(place => place.Location)
                .Take(8),
        ];

    /// <summary>The request in words: <c>GET /orders/v1/items/x without Authorization</c>.</summary>
    public static string Request(Witness witness)
    {
        var with = witness.Headers.IsEmpty
            ? ""
            : " with " + string.Join(", ", witness.Headers.Select(header => $"{header.Name}: {header.Value}"));
        var without = witness.WithoutHeaders.IsEmpty ? "" : " without " + string.Join(", ", witness.WithoutHeaders);
        return witness.RequestLine + with + without;
    }

    /// <summary>The operation, or the shared flow, as the subject of a sentence.</summary>
    public static string Of(Operation operation) => operation.Endpoint.Program.Bundle.Description;

    /// <summary>The place of the culprit, or the operation.</summary>
    public static SourceLocation Place(Operation operation, Bypass bypass) => bypass.Culprit?.Location ?? operation.Location;
}
