using System.Globalization;
using Auditor.Testing;

namespace Auditor.Trace.Tests;

/// <summary>What is too large is not assessed, and says so: it never passes, and nothing is thrown.</summary>
public sealed class Budgets
{
    [Fact]
    public void Conditions_that_are_too_entangled_leave_the_endpoint_not_assessed()
    {
        // A comparison of many headers pairwise needs more decisions than there is room for.
        var names = Enumerable.Range(0, 24).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        var condition = string.Join(
            " or ",
            names.Take(12).Select((name, i) => $"(request.header.a{name} = \"x\" and request.header.b{names[i + 12]} = \"x\")")
        );
        var traced = Trace(
            string.Concat(
                Enumerable
                    .Range(0, 4)
                    .Select(i =>
                        $"<Step><Condition>{condition.Replace("\"x\"", $"\"x{i}\"", StringComparison.Ordinal)}</Condition><Name>Verify</Name></Step>"
                    )
            )
        );
        var operation = Assert.Single(traced.Operations);
        if (operation.NotAssessed is { } reason)
        {
            Assert.Contains("budget", reason, StringComparison.Ordinal);
            Assert.Null(operation.Bypass);
            Assert.Null(operation.Admits(TokenContents.WithScopes([])).Answer);
        }
        else
        {
            Assert.NotNull(operation.Bypass);
        }
    }

    [Fact]
    public void A_proxy_of_two_hundred_flows_is_traced()
    {
        var flows = string.Concat(
            Enumerable
                .Range(0, 200)
                .Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"<Flow name=\"f{i}\"><Condition>proxy.pathsuffix MatchesPath \"/r{i}/*\" and request.verb = \"GET\"</Condition><Request><Step><Name>Verify</Name></Step></Request></Flow>"
                    )
                )
        );
        var traced = Trace("", flows);
        Assert.Equal(201, traced.Operations.Length);
        Assert.NotNull(traced.Operations[^1].Bypass);
        Assert.All(traced.Operations.SkipLast(1), operation => Assert.Null(operation.Bypass));
    }

    [Fact]
    public void Shared_flows_that_call_themselves_end()
    {
        var estate = Estate.Empty();
        estate.With("apis/p/apiproxy/p.xml", "<APIProxy name=\"p\"/>");
        estate.With(
            "apis/p/apiproxy/policies/Call.xml",
            "<FlowCallout name=\"Call\"><SharedFlowBundle>loop</SharedFlowBundle></FlowCallout>"
        );
        estate.With("apis/p/apiproxy/proxies/default.xml", Endpoint("<Step><Name>Call</Name></Step>", ""));
        estate.With("sharedflows/loop/sharedflowbundle/loop.xml", "<SharedFlowBundle name=\"loop\"/>");
        estate.With(
            "sharedflows/loop/sharedflowbundle/policies/Call.xml",
            "<FlowCallout name=\"Call\"><SharedFlowBundle>loop</SharedFlowBundle></FlowCallout>"
        );
        estate.With(
            "sharedflows/loop/sharedflowbundle/sharedflows/default.xml",
            "<SharedFlow name=\"default\"><Step><Name>Call</Name></Step></SharedFlow>"
        );
        var operation = Assert.Single(Read(estate).Operations);
        Assert.False(operation.Bypass!.IsDefinite);
    }

    private static TracedLandscape Trace(string steps, string flows = "")
    {
        var estate = Estate.Empty();
        estate.With("apis/p/apiproxy/p.xml", "<APIProxy name=\"p\"/>");
        estate.With(
            "apis/p/apiproxy/policies/Verify.xml",
            "<VerifyJWT name=\"Verify\"><Algorithm>RS256</Algorithm><PublicKey><JWKS uri=\"https://idp.example/keys\"/></PublicKey></VerifyJWT>"
        );
        estate.With("apis/p/apiproxy/proxies/default.xml", Endpoint(steps, flows));
        return Read(estate);
    }

    private static string Endpoint(string steps, string flows) =>
        $"""
            <ProxyEndpoint name="default">
              <PreFlow name="PreFlow"><Request>{steps}</Request></PreFlow>
              <Flows>{flows}</Flows>
              <HTTPProxyConnection><BasePath>/p</BasePath></HTTPProxyConnection>
              <RouteRule name="default"><URL>https://backend.example</URL></RouteRule>
            </ProxyEndpoint>
            """;

    private static TracedLandscape Read(Estate estate) =>
        estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
}
