using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Which tokens of callers go on to a backend.</content>
internal sealed partial class BackendRouteFinder
{
    private IEnumerable<ForwardedToken> ForwardedTokens(List<FlowPath> paths, TargetConnection? connection)
    {
        if (connection is TargetConnection.Local)
        {
            // Another proxy of the same gateway checks for itself.
            yield break;
        }

        var replaced = (connection as TargetConnection.Http)?.Authentication?.Header;
        foreach (var (check, reader, token) in TokensOf(paths))
        {
            var carriers = paths
                .SelectMany(path => path.State.Names)
                .Append(token)
                .Where(name => IsSent(name) && !string.Equals(name, HeaderPrefix + replaced?.ToLowerInvariant(), StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal);
            foreach (var carrier in carriers)
            {
                var ways = paths
                    .Select(path => (Path: path, Taken: diagram.And(path.Reaches, Passed(path, reader))))
                    .Select(way => (way.Path, diagram.And(way.Taken, Carries(way.Path, carrier, token)), way.Taken));
                if (possible.Given(ways, "a valid token") is { } found)
                {
                    yield return new ForwardedToken(check, carrier, found);
                    break;
                }
            }
        }
    }

    // The caller's tokens: those that checks verify; where there are none, the bearer token that a step takes out of the Authorization header for code to judge.
    private List<(TokenCheck? Check, Policy Reader, string Token)> TokensOf(List<FlowPath> paths)
    {
        var tokens = endpoint
            .Checks.Where(check => TokenVariable(check) is not null)
            .Select(check => ((TokenCheck?)check, check.Policy, TokenVariable(check)!))
            .ToList();
        if (tokens.Count == 0)
        {
            tokens.AddRange(
                paths
                    .SelectMany(path => path.Visits)
                    .Where(visit => visit.Runs != Diagram.False)
                    .Select(visit => visit.Policy)
                    .OfType<ExtractVariablesPolicy>()
                    .Where(policy => policy.Enabled && policy.Extractions.Any(IsBearer))
                    .Distinct()
                    .Select(policy => ((TokenCheck?)null, (Policy)policy, "request.header.authorization"))
                    .Take(1)
            );
        }

        return tokens;
    }

    private static bool IsBearer(Extraction extraction) =>
        extraction.Source == ExtractionSource.Header
        && string.Equals(extraction.Name, "authorization", StringComparison.OrdinalIgnoreCase)
        && extraction.Expression.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    private IEnumerable<ForwardedToken> CopiedTokens(ServiceCalloutPolicy callout, List<(FlowPath Path, int Runs)> ways, string name)
    {
        if (CalloutRecogniser.Recognise(callout) != CalloutKind.TokenCheck || callout.RequestVariable is "request")
        {
            yield break;
        }

        foreach (var check in endpoint.Checks)
        {
            if (
                TokenVariable(check) is { } token
                && possible.First(ways.Select(way => (way.Path, diagram.And(way.Runs, Passed(way.Path, check.Policy)))), "a valid token")
                    is { } found
            )
            {
                yield return new ForwardedToken(check, token, found with { Witness = found.Witness with { Reaches = name } });
            }
        }
    }

    private static bool IsSent(string variable) =>
        variable.StartsWith(HeaderPrefix, StringComparison.Ordinal) || variable.StartsWith("request.queryparam.", StringComparison.Ordinal);

    // The variable in which the caller sends the token that a check verifies.
    private static string? TokenVariable(TokenCheck check) =>
        check switch
        {
            { Role: not TokenRole.Bearer } => null,
            { Kind: TokenCheckKind.Introspection } => "request.header.authorization",
            { Kind: TokenCheckKind.Jwt, Source: Resolution.Tainted tainted } => Whole(tainted.Source),
            _ => null,
        };

    // A part that a pattern takes out goes on with the whole: extracted:{source}:{variable}.
    private static string Whole(string source) =>
        source.Split(':') is ["extracted", .. var middle, _] ? VariableName.Canonical(string.Join(':', middle)) : source;

    private int Passed(FlowPath path, Policy policy) =>
        path
            .Visits.Where(visit => ReferenceEquals(visit.Policy, policy))
            .Aggregate(Diagram.False, (sum, visit) => diagram.Or(sum, diagram.Without(visit.Runs, visit.Fails)));

    // When a variable holds the token, whole or as a part.
    private int Carries(FlowPath path, string variable, string token)
    {
        var result = Diagram.False;
        foreach (var alternative in interpreter.Arriving(path, variable))
        {
            if (
                alternative.Value is FlowValue.Named { Symbol: var symbol }
                && (
                    symbol.Name == token
                    || symbol.Source == token
                    || symbol.Name.StartsWith($"extracted:{token}:", StringComparison.Ordinal)
                )
            )
            {
                result = diagram.Or(result, diagram.Without(alternative.Guard, symbols.IsNull(symbol)));
            }
        }

        return result;
    }
}
