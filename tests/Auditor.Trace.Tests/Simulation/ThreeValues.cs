using System.Collections.Immutable;
using System.Globalization;
using System.Security;
using Auditor.Testing;
using CsCheck;

namespace Auditor.Trace.Tests.Simulation;

/// <summary>
/// Conditions of which everything is known have the value that they have for somebody who reads them aloud; where something is not known, they have a value exactly if
/// it does not matter.
/// </summary>
public sealed class ThreeValues
{
    private const int ConditionsPerEstate = 60;
    private const int RequestsPerCondition = 20;

    // What the code of which nothing is known may leave behind.
    private static readonly string?[] Unknown = [null, "x", "y", "Y", "ox", "o*", "other"];

    [Fact]
    public void A_condition_has_a_value_exactly_if_what_is_not_known_does_not_matter()
    {
        var (known, open) = (0, 0);
        for (var batch = 0U; batch < 5; batch++)
        {
            var conditions = Generated.ForThreeValues.List[ConditionsPerEstate].Generate(new PCG(batch, 7), null, out _);
            var requests = Generated.Requests.List[RequestsPerCondition].Generate(new PCG(batch, 8), null, out _);
            var traced = Trace(conditions);
            for (var i = 0; i < conditions.Count; i++)
            {
                foreach (var request in requests)
                {
                    var values = Unknown.Select(left => Holds(conditions[i], request, left)).Distinct().ToList();
                    var outcome = Decide(traced, i, request);
                    var expected = values is [var only]
                        ? (only ? DecisionOutcome.Rejected : DecisionOutcome.Accepted)
                        : DecisionOutcome.Open;
                    Assert.True(outcome == expected, $"{conditions[i].Text} for {request}: {outcome}, not {expected}");
                    known += values.Count == 1 ? 1 : 0;
                    open += values.Count == 2 ? 1 : 0;
                }
            }
        }

        Assert.True(known > 1_000 && open > 200, $"{known} have a value, {open} have none");
    }

    private static bool Holds(Cond condition, RequestSpec request, string? left) =>
        condition switch
        {
            Cond.And and => Holds(and.Left, request, left) && Holds(and.Right, request, left),
            Cond.Or or => Holds(or.Left, request, left) || Holds(or.Right, request, left),
            Cond.Not not => !Holds(not.Inner, request, left),
            Cond.Test test => Operators.Holds(
                test.Variable switch
                {
                    "request.verb" => request.Verb,
                    "proxy.pathsuffix" => request.Suffix,
                    "request.header.x-mode" => request.Mode,
                    "request.header.x-copy" => request.Copy,
                    "flow.o" => left,
                    _ => null,
                },
                test.Operator,
                test.Value
            ) != test.IsNegated,
            _ => throw new InvalidOperationException(),
        };

    private static DecisionOutcome Decide(TracedLandscape traced, int i, RequestSpec request)
    {
        var headers = ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);
        headers = request.Mode is { } mode ? headers.Add("x-mode", mode) : headers;
        headers = request.Copy is { } copy ? headers.Add("x-copy", copy) : headers;
        headers = request.HasOrigin ? headers.Add("origin", "https://shop.example") : headers;
        return traced
            .Decide(
                null,
                new GatewayRequest
                {
                    Method = request.Verb,
                    Path = $"/c{i}{request.Suffix}",
                    Headers = headers,
                    At = DateTimeOffset.UnixEpoch,
                }
            )
            .Outcome;
    }

    private static TracedLandscape Trace(List<Cond> conditions)
    {
        var estate = Estate.Empty();
        for (var i = 0; i < conditions.Count; i++)
        {
            var root = string.Create(CultureInfo.InvariantCulture, $"apis/c{i}/apiproxy/");
            estate.With($"{root}c{i}.xml", $"<APIProxy name=\"c{i}\"/>");
            estate.With(root + "policies/Refuse.xml", "<RaiseFault name=\"Refuse\"/>");
            estate.With(root + "policies/Opaque.xml", "<Script name=\"Opaque\"><ResourceURL>py://count.py</ResourceURL></Script>");
            estate.With(root + "resources/py/count.py", "flow.setVariable('flow.' + name(), 'x')");
            estate.With(
                root + "proxies/default.xml",
                $"""
                <ProxyEndpoint name="default">
                  <PreFlow name="PreFlow">
                    <Request>
                      <Step><Name>Opaque</Name></Step>
                      <Step><Condition>{SecurityElement.Escape(conditions[i].Text)}</Condition><Name>Refuse</Name></Step>
                    </Request>
                  </PreFlow>
                  <HTTPProxyConnection><BasePath>/c{i}</BasePath></HTTPProxyConnection>
                  <RouteRule name="default"><URL>https://backend.example</URL></RouteRule>
                </ProxyEndpoint>
                """
            );
        }

        return estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
    }
}
