using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Tests.Okta;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Collectors.Tests.Judges;

#pragma warning disable RS0030 // The judges are processes of their own.
/// <summary>We wrote the client and the simulator both; these are judged by programs that we did not write.</summary>
public sealed class JudgeTests
{
    [Fact]
    public async Task Okta_s_own_client_reads_from_the_simulator_what_the_recording_holds()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.PageSize = 2;
        // Nobody there waits by the simulator's clock.
        org.Simulator.Limits.Sizes.Keys.ToList().ForEach(bucket => org.Simulator.Limits.Sizes[bucket] = int.MaxValue);
        var seen = JsonNode.Parse(
            await Node.RunAsync("okta-sdk.mjs", org.Simulator.Server.Origin.AbsoluteUri.TrimEnd('/'), SimulatedOrg.ApiToken)
        )!;
        var root = Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1");
        string[] Recorded(string path, string key = "id") =>
            [
                .. JsonNode
                    .Parse(File.ReadAllText(Path.Combine(root, path + ".json")))!
                    .AsArray()
                    .Select(row => row![key]!.GetValue<string>()),
            ];
        static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(item => item!.GetValue<string>())];

        var servers = Recorded("authorizationServers");
        Assert.Equal(servers, Texts(seen["servers"]));
        Assert.Equal(Recorded("apps"), Texts(seen["apps"]));
        Assert.Equal(Recorded("groups"), Texts(seen["groups"]));
        foreach (var server in servers)
        {
            var theirs = seen["byServer"]![server]!;
            var path = "authorizationServers/" + server;
            Assert.Equal(Recorded(path + "/scopes", "name"), Texts(theirs["scopes"]));
            Assert.Equal(Recorded(path + "/claims"), Texts(theirs["claims"]));
            Assert.Equal(Recorded(path + "/credentials/keys", "kid"), Texts(theirs["keys"]));
            Assert.Equal(Recorded(path + "/policies"), Texts(theirs["policies"]));
            foreach (var policy in Recorded(path + "/policies"))
            {
                Assert.Equal(Recorded($"{path}/policies/{policy}/rules"), Texts(theirs["rules"]![policy]));
            }
        }
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_certified_server_accepts_our_assertion_and_our_proof(string algorithm)
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (pem, jwk) =
            algorithm == "RS256" ? (rsa.ExportPkcs8PrivateKeyPem(), Public(rsa)) : (curve.ExportPkcs8PrivateKeyPem(), Public(curve));
        jwk["kid"] = "k1";
        using var process = await Node.StartAsync("oidc-provider.mjs", "0oaJUDGE", jwk.ToJsonString());
        try
        {
            var issuer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(issuer);
            var url = new Uri(issuer);
            var clock = TimeProvider.System;
            var manners = new Manners { Deadline = TimeSpan.FromHours(5) };
            using var client = LivePipeline.NewClient(
                url,
                LivePipeline.Exchange(new EndpointTable(url, [OktaEndpoints.Token]), manners, clock),
                ownsHandler: true
            );
            using var tokens = new OktaTokens(
                client,
                new OktaCredential.ServiceApp("0oaJUDGE", ClientKey.Parse(pem, "k1")),
                ["okta.apps.read"],
                [],
                new ServerClock(clock),
                manners,
                clock
            );
            var token = await tokens.GetAsync(TestContext.Current.CancellationToken);
            Assert.True(token.IsBound);
            Assert.Equal(["okta.apps.read"], token.Scopes);
        }
        finally
        {
            process.Kill();
        }
    }

    private static JsonObject Public(RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }

    private static JsonObject Public(ECDsa key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64UrlEncoder.Encode(parameters.Q.X),
            ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
        };
    }
}
#pragma warning restore RS0030
