using System.Globalization;
using Auditor.Testing;

namespace Auditor.Trace.Tests;

/// <summary>What is too large is not assessed, and says so: it never passes, and nothing is thrown.</summary>
public sealed class Budgets
{
    private const string Verify =
        "<VerifyJWT name=\"Verify\"><Algorithm>RS256</Algorithm><PublicKey><JWKS uri=\"https://idp.example/keys\"/></PublicKey></VerifyJWT>";

    [Fact]
    public void Conditions_that_are_too_entangled_leave_the_endpoint_not_assessed()
    {
        // Whether many pairs of headers agree needs more decisions than there is room for, in any order of the headers.
        var condition = string.Join(
            " or ",
            Enumerable.Range(0, 16).Select(i => $"(request.header.a{i} = \"x\" and request.header.b{i} = \"x\")")
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
        Assert.Contains("budget", operation.NotAssessed, StringComparison.Ordinal);
        Assert.Null(operation.Bypass);
        Assert.Null(operation.Admits(TokenContents.WithScopes([])).Answer);
        var decision = traced.Decide(
            null,
            new GatewayRequest
            {
                Method = "GET",
                Path = "/p",
                At = DateTimeOffset.UnixEpoch,
            }
        );
        Assert.Equal(DecisionOutcome.Open, decision.Outcome);
        Assert.Contains("budget", Assert.Single(decision.Unknowns).Closes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/**", "proxy.pathsuffix MatchesPath")]
    [InlineData("*a", "request.header.x Matches")]
    public void Patterns_of_thousands_of_stars_leave_the_endpoint_not_assessed(string part, string asked)
    {
        var condition = $"{asked} \"{string.Concat(Enumerable.Repeat(part, 3_000))}\"";
        var operation = Assert.Single(Trace($"<Step><Condition>{condition}</Condition><Name>Verify</Name></Step>").Operations);
        Assert.Contains("budget", operation.NotAssessed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_of_four_hundred_terms_is_within_the_budget()
    {
        var terms = Enumerable.Range(0, 400).Select(i => $"request.header.h{i} = \"{i}\"");
        Assert.Null(
            Assert
                .Single(Trace($"<Step><Condition>{string.Join(" and ", terms)}</Condition><Name>Verify</Name></Step>").Operations)
                .NotAssessed
        );
        Assert.Null(
            Assert
                .Single(Trace($"<Step><Condition>{string.Join(" or ", terms)}</Condition><Name>Verify</Name></Step>").Operations)
                .NotAssessed
        );
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(11, true)]
    [InlineData(19, true)]
    public void Shared_flows_twenty_deep_are_followed_to_the_step_that_verifies(int ignoring, bool getsPast)
    {
        const int Depth = 20;
        var estate = Estate.Empty();
        estate.With("apis/p/apiproxy/p.xml", "<APIProxy name=\"p\"/>");
        estate.With("apis/p/apiproxy/policies/Call.xml", Call(0));
        estate.With("apis/p/apiproxy/proxies/default.xml", Endpoint("<Step><Name>Call</Name></Step>", ""));
        for (var i = 0; i < Depth; i++)
        {
            var root = $"sharedflows/sf{i}/sharedflowbundle/";
            var isLast = i == Depth - 1;
            estate.With($"{root}sf{i}.xml", $"<SharedFlowBundle name=\"sf{i}\"/>");
            estate.With(root + (isLast ? "policies/Verify.xml" : "policies/Call.xml"), isLast ? Verify : Call(i + 1));
            estate.With(
                root + "sharedflows/default.xml",
                $"<SharedFlow name=\"default\"><Step><Name>{(isLast ? "Verify" : "Call")}</Name></Step></SharedFlow>"
            );
        }

        var bypass = Assert.Single(Read(estate).Operations).Bypass;
        Assert.Equal(getsPast, bypass is { IsDefinite: true, Cause: BypassCause.FailOpen });
        Assert.Equal(getsPast, bypass is not null);

        string Call(int flow) =>
            $"<FlowCallout name=\"Call\"{(flow == ignoring ? " continueOnError=\"true\"" : "")}><SharedFlowBundle>sf{flow}</SharedFlowBundle></FlowCallout>";
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

    [Fact]
    public void Answers_that_are_too_many_leave_open_what_they_give_away_and_nothing_else()
    {
        // Whether an answer holds the token is asked for each of 150 flows, with 150 steps of their common response.
        var flows = string.Concat(
            Enumerable
                .Range(0, 150)
                .Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"<Flow name=\"f{i}\"><Condition>proxy.pathsuffix MatchesPath \"/r{i}\"</Condition></Flow>"
                    )
                )
        );
        var estate = Estate.Empty();
        estate.With("apis/p/apiproxy/p.xml", "<APIProxy name=\"p\"/>");
        estate.With("apis/p/apiproxy/policies/Verify.xml", Verify);
        estate.With(
            "apis/p/apiproxy/policies/Sign.xml",
            "<GenerateJWT name=\"Sign\"><Algorithm>HS256</Algorithm><SecretKey><Value ref=\"private.key\"/></SecretKey><OutputVariable>state</OutputVariable></GenerateJWT>"
        );
        estate.With(
            "apis/p/apiproxy/policies/Header.xml",
            "<AssignMessage name=\"Header\"><Set><Headers><Header name=\"X-Gateway\">p</Header></Headers></Set></AssignMessage>"
        );
        estate.With(
            "apis/p/apiproxy/proxies/default.xml",
            Endpoint("<Step><Name>Verify</Name></Step><Step><Name>Sign</Name></Step>", flows)
                .Replace(
                    "<RouteRule",
                    $"<PostFlow name=\"PostFlow\"><Response>{string.Concat(Enumerable.Repeat("<Step><Name>Header</Name></Step>", 150))}</Response></PostFlow>"
                        + "<RouteRule name=\"own\"><Condition>request.header.own = \"1\"</Condition></RouteRule><RouteRule",
                    StringComparison.Ordinal
                )
        );
        var traced = Read(estate);
        Assert.Null(Assert.Single(traced.Endpoints).NotAssessed);
        var (ways, answers) = (
            traced.Operations.Where(operation => operation.LeadsToBackend).ToList(),
            traced.Operations.Where(operation => !operation.LeadsToBackend).ToList()
        );
        Assert.Equal(151, ways.Count);
        Assert.All(ways, operation => Assert.Equal((null, null), (operation.NotAssessed, operation.Bypass)));
        Assert.Equal(151, answers.Count);
        Assert.All(answers, operation => Assert.Contains("the answers of one endpoint", operation.NotAssessed, StringComparison.Ordinal));
    }

    private static TracedLandscape Trace(string steps, string flows = "")
    {
        var estate = Estate.Empty();
        estate.With("apis/p/apiproxy/p.xml", "<APIProxy name=\"p\"/>");
        estate.With("apis/p/apiproxy/policies/Verify.xml", Verify);
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
