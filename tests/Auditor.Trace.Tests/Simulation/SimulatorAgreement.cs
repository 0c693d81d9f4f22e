using System.Collections.Concurrent;
using System.Globalization;
using Auditor.Testing;
using CsCheck;

namespace Auditor.Trace.Tests.Simulation;

/// <summary>The interpreter against a simulator that somebody wrote without knowing it, on gateways that nobody wrote.</summary>
public sealed class SimulatorAgreement
{
    private const int Batches = 20;
    private const int GatewaysPerBatch = 20;
    private const int RequestsPerGateway = 51;

    // Both questions are asked of the same gateways, traced once.
    private static readonly Lazy<(List<Gateway> Gateways, List<RequestSpec> Requests, TracedLandscape Traced)[]> Cases = new(() =>
        [
            .. Batch(Gen.Select(Generated.Gateways.List[GatewaysPerBatch], Generated.Requests.List[GatewaysPerBatch * RequestsPerGateway]))
                .AsParallel()
                .AsOrdered()
                .Select(generated => (generated.Item1, generated.Item2, Trace(generated.Item1))),
        ]
    );

    private readonly ConcurrentDictionary<string, int> counts = new(StringComparer.Ordinal);

    [Fact]
    public void What_the_interpreter_says_of_a_request_is_what_happens_to_it()
    {
        Parallel.ForEach(
            Cases.Value,
            batch =>
            {
                for (var k = 0; k < batch.Requests.Count; k++)
                {
                    Compare(batch.Gateways[k / RequestsPerGateway], batch.Requests[k], batch.Traced, k / RequestsPerGateway);
                }
            }
        );
        Assert.True(Count("cases") >= 20_000, $"only {Count("cases")} cases");
        Assert.All(
            ["accepted", "rejected", "answered", "depends", "masked", "accepted without a credential", "status said", "rejected behind"],
            kind => Assert.True(Count(kind) >= 100, $"few are {kind}: {Count(kind)}")
        );
        // Being open is always right, and seldom useful: what configuration decides must mostly be decided.
        Assert.True(
            Count("open needlessly") * 20 < Count("cases"),
            $"{Count("open needlessly")} of {Count("cases")} are open without need"
        );
        Assert.True(
            Count("status said") * 20 > Count("rejected with one status") * 19,
            $"a status is said of {Count("status said")} of {Count("rejected with one status")} refusals that have one"
        );
    }

    [Fact]
    public void Every_request_that_is_shown_gets_what_it_is_said_to_get()
    {
        foreach (var (gateways, _, traced) in Cases.Value)
        {
            for (var i = 0; i < gateways.Count; i++)
            {
                var endpoint = EndpointOf(traced, i);
                foreach (var bypass in endpoint.Operations.Select(operation => operation.Bypass))
                {
                    if (bypass is { IsDefinite: true })
                    {
                        Replay(gateways[i], bypass.Witness, i, "accepted", null);
                    }
                }

                foreach (var masked in endpoint.MaskedRefusals.Where(masked => masked.IsDefinite))
                {
                    Replay(gateways[i], masked.Witness, i, "rejected", masked.Status);
                }
            }
        }

        Assert.True(Count("shown accepted") > 200, $"only {Count("shown accepted")} ways were shown");
        Assert.True(Count("shown rejected") > 20, $"only {Count("shown rejected")} masked refusals were shown");
    }

    // The same cases in every run; AUDITOR_SEED tries others.
    private static IEnumerable<T> Batch<T>(Gen<T> gen)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("AUDITOR_SEED"), out var given) ? given : 1UL;
        return Enumerable.Range(0, Batches).Select(batch => gen.Generate(new PCG((uint)batch, seed), null, out _));
    }

    private void Compare(Gateway gateway, RequestSpec request, TracedLandscape traced, int i)
    {
        var outcomes = Generated.Worlds.Select(world => Simulator.Run(gateway, request, world)).Distinct().ToList();
        var ends = outcomes.Select(outcome => outcome.End).Distinct(StringComparer.Ordinal).ToList();
        var decision = traced.Decide($"e{i}", Request(i, request));
        Note("cases");
        Note(ends is [var only] ? only : "depends");
        if (ends is ["rejected"] && outcomes.Select(outcome => outcome.Status).Distinct().Count() == 1)
        {
            Note("rejected with one status");
        }

        if (
            ends is ["rejected"]
            && outcomes is [{ By: { } by }]
            && gateway.Back.Steps.Any(step => step.Act == by)
            && !gateway.Front.Steps.Any(step => step.Act == by)
        )
        {
            Note("rejected behind");
        }

        if (decision.Outcome == DecisionOutcome.Open)
        {
            // Both of what depends on the world must be possible; where the world does not matter, saying so is only a pity.
            if (ends.Count == 1)
            {
                Note("open needlessly");
            }
        }
        else
        {
            var actual = decision.Outcome.ToString().ToLowerInvariant();
            Assert.True(
                ends is [var expected] && expected == actual,
                $"simulated {string.Join(" or ", ends)}, decided {actual} ({decision.RejectedBy}): {request}\n{Text(gateway)}"
            );
            if (decision is { Outcome: DecisionOutcome.Rejected, Status: { } status })
            {
                Note("status said");
                Assert.True(
                    outcomes.TrueForAll(outcome => outcome.Status.ToString(CultureInfo.InvariantCulture) == status),
                    $"simulated {string.Join(" or ", outcomes)}, decided {status} ({decision.RejectedBy}): {request}\n{Text(gateway)}"
                );
            }
        }

        // A caller without any credential that some step of the gateway would take.
        if (request.Token is Token.None or Token.Expired)
        {
            var endpoint = EndpointOf(traced, i);
            if (ends.Contains("accepted", StringComparer.Ordinal))
            {
                Note("accepted without a credential");
                Assert.True(
                    endpoint.Operations.Any(operation => operation.Bypass is not null),
                    $"no way past the checks was found, and {request} is one: {Text(gateway)}"
                );
            }

            if (outcomes.Exists(IsMasked))
            {
                Note("masked");
                // What the proxy behind masks is its own doing.
                var masked = traced
                    .Endpoints.Where(candidate => candidate.Program.Environment!.Name == $"e{i}")
                    .SelectMany(candidate => candidate.MaskedRefusals);
                Assert.True(masked.Any(), $"no refusal is seen to be masked, and that of {request} is: {Text(gateway)}");
            }
        }
    }

    private static bool IsMasked(Outcome outcome) =>
        outcome is { End: "rejected", Status: 200, By: Act.Verify or Act.VerifyOther or Act.Refuse };

    private void Replay(Gateway gateway, Model.Findings.Witness witness, int i, string end, string? status)
    {
        // Claims of forged tokens and the like are told in words.
        if (!witness.Circumstances.IsEmpty)
        {
            Note("told in words");
            return;
        }

        Note("shown " + end);
        var request = new RequestSpec(
            witness.Method,
            witness.Path[($"/p{i}".Length)..],
            Header(witness, "X-Mode"),
            Header(witness, "X-Copy"),
            Header(witness, "Authorization") is null ? Token.None : Token.Expired,
            [],
            Header(witness, "Origin") is not null
        );
        foreach (var world in Generated.Worlds)
        {
            var outcome = Simulator.Run(gateway, request, world);
            Assert.True(
                outcome.End == end && (status is null || outcome.Status.ToString(CultureInfo.InvariantCulture) == status),
                $"{request} is {outcome}, not {end} {status}: {string.Join("; ", witness.Steps.Select(step => step.Step + " " + step.Outcome))}\n{Text(gateway)}"
            );
        }
    }

    private static GatewayRequest Request(int i, RequestSpec request)
    {
        var headers = System.Collections.Immutable.ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);
        headers = request.Mode is { } mode ? headers.Add("x-mode", mode) : headers;
        headers = request.Copy is { } copy ? headers.Add("x-copy", copy) : headers;
        headers = request.HasOrigin ? headers.Add("origin", "https://shop.example") : headers;
        var contents = new TokenContents { Others = OtherClaims.Absent };
        return new GatewayRequest
        {
            Method = request.Verb,
            Path = $"/p{i}{request.Suffix}",
            Headers = headers,
            At = DateTimeOffset.UnixEpoch,
            Token =
                request.Token == Token.None
                    ? null
                    : new PresentedToken
                    {
                        Issuer = request.Token == Token.Other ? "https://other.example" : "https://idp.example",
                        Audiences = ["api"],
                        Algorithm = "RS256",
                        ExpiresAt = request.Token == Token.Expired ? DateTimeOffset.UnixEpoch.AddHours(-1) : null,
                        Contents = contents with { Lists = contents.Lists.Add("scp", [.. request.Scopes]) },
                    },
        };
    }

    private static TracedLandscape Trace(List<Gateway> gateways) =>
        GatewayFiles
            .Write(gateways)
            .Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));

    private static TracedEndpoint EndpointOf(TracedLandscape traced, int i) =>
        traced.Endpoints.Single(candidate => candidate.Program.Bundle.Name == $"p{i}");

    private static string? Header(Model.Findings.Witness witness, string name) =>
        witness.Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    private void Note(string kind) => counts.AddOrUpdate(kind, 1, (_, count) => count + 1);

    private int Count(string kind) => counts.GetValueOrDefault(kind);

    private static string Text(Gateway gateway) =>
        $"""
            {GatewayFiles.ProxyEndpoint(gateway.Front, "front")}
            {GatewayFiles.TargetEndpoint("first (proxy)", gateway.Front.First, "")}
            {GatewayFiles.TargetEndpoint("second (path)", gateway.Front.Second, "")}
            shared flow: {GatewayFiles.Steps(gateway.SharedFlow)}
            inner: {GatewayFiles.Steps(gateway.Inner)}
            PreProxyFlowHook, goes on {gateway.BeforeProxy?.ContinueOnError}: {GatewayFiles.Steps(gateway.BeforeProxy?.Steps ?? [])}
            PreTargetFlowHook, goes on {gateway.BeforeTarget?.ContinueOnError}: {GatewayFiles.Steps(gateway.BeforeTarget?.Steps ?? [])}
            behind: {GatewayFiles.ProxyEndpoint(gateway.Back, "back")}
            {GatewayFiles.TargetEndpoint("first", gateway.Back.First, "")}
            {GatewayFiles.TargetEndpoint("second", gateway.Back.Second, "")}
            """;
}
