using System.Collections.Concurrent;
using Auditor.Testing;
using CsCheck;

namespace Auditor.Trace.Tests;

/// <summary>The interpreter against a simulator that somebody wrote without knowing it, on proxies that nobody wrote.</summary>
public sealed class SimulatorAgreement
{
    private const int Batches = 20;
    private const int ProxiesPerBatch = 20;
    private const int RequestsPerProxy = 55;

    [Fact]
    public void What_the_interpreter_says_of_a_request_is_what_happens_to_it()
    {
        var cases = 0;
        var outcomes = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        Parallel.ForEach(
            Batch(Gen.Select(Generated.Proxies.List[ProxiesPerBatch], Generated.Requests.List[ProxiesPerBatch * RequestsPerProxy])),
            generated =>
            {
                var (proxies, requests) = generated;
                var traced = Trace(proxies);
                for (var i = 0; i < proxies.Count; i++)
                {
                    for (var k = 0; k < RequestsPerProxy; k++)
                    {
                        var request = requests[i * RequestsPerProxy + k];
                        var expected = new Simulator(proxies[i], request).Run();
                        Compare(proxies[i], request, expected, traced, Name(i));
                        outcomes.AddOrUpdate(expected, 1, (_, count) => count + 1);
                        Interlocked.Increment(ref cases);
                    }
                }
            }
        );
        Assert.True(cases >= 20_000, $"only {cases} cases");
        Assert.All(
            ["accepted", "rejected", "answered"],
            outcome => Assert.True(outcomes.GetValueOrDefault(outcome) > 500, $"few are {outcome}")
        );
    }

    [Fact]
    public void Every_request_that_is_shown_as_a_way_past_the_checks_gets_through()
    {
        var shown = 0;
        Parallel.ForEach(
            Batch(Generated.Proxies.List[ProxiesPerBatch]),
            proxies =>
            {
                var traced = Trace(proxies);
                for (var i = 0; i < proxies.Count; i++)
                {
                    var endpoint = traced.Endpoints.Single(candidate => candidate.Program.Bundle.Name == Name(i));
                    foreach (var bypass in endpoint.Operations.Select(operation => operation.Bypass))
                    {
                        if (bypass is not { IsDefinite: true })
                        {
                            continue;
                        }

                        Interlocked.Increment(ref shown);
                        var request = new RequestSpec(
                            bypass.Witness.Method,
                            bypass.Witness.Path[(Name(i).Length + 1)..],
                            Header(bypass, "X-Mode"),
                            Header(bypass, "X-Copy"),
                            HasToken: false,
                            []
                        );
                        Assert.True(
                            new Simulator(proxies[i], request).Run() == "accepted",
                            $"{request} does not get through {Text(proxies[i])}"
                        );
                    }
                }
            }
        );
        Assert.True(shown > 200, $"only {shown} ways were shown");
    }

    // The same cases in every run; AUDITOR_SEED tries others.
    private static IEnumerable<T> Batch<T>(Gen<T> gen)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("AUDITOR_SEED"), out var given) ? given : 1UL;
        return Enumerable.Range(0, Batches).Select(batch => gen.Generate(new PCG((uint)batch, seed), null, out _));
    }

    private static void Compare(ProxySpec proxy, RequestSpec request, string expected, TracedLandscape traced, string name)
    {
        var decision = traced.Decide(null, Request(name, request));
        var actual = decision.Outcome switch
        {
            DecisionOutcome.Accepted => "accepted",
            DecisionOutcome.Rejected => "rejected",
            DecisionOutcome.Answered => "answered",
            _ => "open: " + string.Join("; ", decision.Unknowns.Select(unknown => unknown.What)),
        };
        Assert.True(expected == actual, $"simulated {expected}, decided {actual} ({decision.RejectedBy}): {request}\n{Text(proxy)}");
        if (expected == "accepted" && !request.HasToken)
        {
            var endpoint = traced.Endpoints.Single(candidate => candidate.Program.Bundle.Name == name);
            Assert.True(
                endpoint.Operations.Any(operation => operation.Bypass is not null),
                $"no way past the checks was found, and {request} is one: {Text(proxy)}"
            );
        }
    }

    private static GatewayRequest Request(string name, RequestSpec request)
    {
        var headers = System.Collections.Immutable.ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);
        headers = request.Mode is { } mode ? headers.Add("x-mode", mode) : headers;
        headers = request.Copy is { } copy ? headers.Add("x-copy", copy) : headers;
        var contents = new TokenContents { Others = OtherClaims.Absent };
        return new GatewayRequest
        {
            Method = request.Verb,
            Path = $"/{name}{request.Suffix}",
            Headers = headers,
            At = DateTimeOffset.UnixEpoch,
            Token = request.HasToken
                ? new PresentedToken
                {
                    Issuer = "https://idp.example",
                    Audiences = ["api"],
                    Algorithm = "RS256",
                    Contents = contents with { Lists = contents.Lists.Add("scp", [.. request.Scopes]) },
                }
                : null,
        };
    }

    private static TracedLandscape Trace(List<ProxySpec> proxies)
    {
        var estate = Estate.Empty();
        for (var i = 0; i < proxies.Count; i++)
        {
            foreach (var (path, text) in proxies[i].Files(Name(i)))
            {
                estate.With(path, text);
            }
        }

        return estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
    }

    private static string Name(int i) => $"p{i}";

    private static string? Header(Bypass bypass, string name) =>
        bypass.Witness.Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    private static string Text(ProxySpec proxy) =>
        string.Join(
            '\n',
            proxy.Files("p").Where(file => file.Path.Contains("default.xml", StringComparison.Ordinal)).Select(file => file.Text)
        );
}
