using Auditor.Testing;

namespace Auditor.Trace.Tests;

/// <summary>What cannot be read may have changed what was set before it: where a check hangs on that, nobody can say that it runs.</summary>
public sealed class UnreadWriters
{
    private const string Proxy = "apis/p/apiproxy/";
    private const string Verify =
        "<VerifyJWT name=\"Verify\"><Algorithm>RS256</Algorithm><PublicKey><JWKS uri=\"https://idp.example/keys\"/></PublicKey></VerifyJWT>";
    private const string Flag =
        "<AssignMessage name=\"Flag\"><AssignVariable><Name>needs.token</Name><Value>yes</Value></AssignVariable></AssignMessage>";
    private const string Guarded = "<Step><Condition>needs.token = \"yes\"</Condition><Name>Verify</Name></Step>";

    [Fact]
    public void A_flag_that_nothing_else_writes_is_what_was_set() => Assert.Null(Bypass("", "", Guarded));

    [Theory]
    [InlineData("<FlowCallout name=\"Between\"><SharedFlowBundle>elsewhere</SharedFlowBundle></FlowCallout>", "shared flow 'elsewhere'")]
    [InlineData("<Frobnication name=\"Between\"><Depth>3</Depth></Frobnication>", "Frobnication 'Between'")]
    [InlineData(
        "<Javascript name=\"Between\"><Source>context.setVariable(context.getVariable(\"request.header.name\"), \"no\");</Source></Javascript>",
        "Javascript 'Between'"
    )]
    [InlineData("<AssignMessage name=\"Between\"><AssignVariable>", "policy 'Between'")]
    public void What_may_write_any_variable_may_write_one_that_was_set(string policy, string writer) =>
        Assert.Contains($"{writer} overwrites what is set", Open(policy, "<Step><Name>Between</Name></Step>", Guarded));

    [Fact]
    public void A_part_of_a_script_that_is_not_followed_may_take_a_variable_away() =>
        Assert.Contains(
            "Javascript 'Between'",
            Open(
                "<Javascript name=\"Between\"><Source>while (Math.random() &gt; 0.5) { context.removeVariable(\"needs.token\"); }</Source></Javascript>",
                "<Step><Name>Between</Name></Step>",
                Guarded
            )
        );

    [Fact]
    public void What_a_script_reads_may_have_been_overwritten_before() =>
        Assert.Contains("ExternalCallout 'Between' overwrites what is set", Words(Read(Skipping("context.getVariable(\"needs.token\")"))));

    [Fact]
    public void A_script_that_makes_the_names_it_reads_may_read_what_was_overwritten() =>
        Assert.Contains(
            "ExternalCallout 'Between' overwrites what is set",
            Words(Read(Skipping("context.getVariable(\"needs.\" + \"token\")")))
        );

    [Theory]
    [InlineData(
        "<FlowCallout name=\"Copy\"><SharedFlowBundle>check</SharedFlowBundle><Parameters><Parameter name=\"asked\" ref=\"needs.token\"/></Parameters></FlowCallout>"
    )]
    [InlineData(
        "<ExtractVariables name=\"Copy\"><Source>request</Source><Variable name=\"needs.token\"><Pattern>{asked}</Pattern></Variable></ExtractVariables>"
    )]
    public void What_is_copied_may_have_been_overwritten_before(string copy)
    {
        var estate = Estate(
            "<ExternalCallout name=\"Between\"/>",
            "<Step><Name>Between</Name></Step>",
            "<Step><Name>Copy</Name></Step>" + Guarded.Replace("needs.token", "asked", StringComparison.Ordinal)
        );
        estate
            .With(Proxy + "policies/Copy.xml", copy)
            .With("sharedflows/check/sharedflowbundle/check.xml", "<SharedFlowBundle name=\"check\"/>")
            .With("sharedflows/check/sharedflowbundle/sharedflows/default.xml", "<SharedFlow name=\"default\"/>");
        Assert.Contains("ExternalCallout 'Between' overwrites what is set", Words(Read(estate)));
    }

    private static Estate Skipping(string value) =>
        Estate(
                "<ExternalCallout name=\"Between\"/>",
                "<Step><Name>Between</Name></Step>",
                "<Step><Name>Reset</Name></Step><Step><Name>Read</Name></Step><Step><Condition>skip != \"yes\"</Condition><Name>Verify</Name></Step>"
            )
            .With(
                Proxy + "policies/Reset.xml",
                "<AssignMessage name=\"Reset\"><AssignVariable><Name>skip</Name><Value>no</Value></AssignVariable></AssignMessage>"
            )
            .With(
                Proxy + "policies/Read.xml",
                $"<Javascript name=\"Read\"><Source>if ({value} !== \"yes\") {{ context.setVariable(\"skip\", \"yes\"); }}</Source></Javascript>"
            );

    private static string Open(string policy, string between, string after)
    {
        var bypass = Bypass(policy, between, after);
        Assert.NotNull(bypass);
        Assert.False(bypass.IsDefinite);
        return Words(bypass);
    }

    private static string Words(Bypass? bypass) => string.Join("; ", bypass!.Unknowns.Select(unknown => unknown.What));

    private static Bypass? Bypass(string policy, string between, string after) => Read(Estate(policy, between, after));

    private static Estate Estate(string policy, string between, string after)
    {
        var estate = Auditor
            .Testing.Estate.Empty()
            .With(Proxy + "p.xml", "<APIProxy name=\"p\"/>")
            .With(Proxy + "policies/Verify.xml", Verify)
            .With(Proxy + "policies/Flag.xml", Flag)
            .With(
                Proxy + "proxies/default.xml",
                $"""
                <ProxyEndpoint name="default">
                  <PreFlow name="PreFlow"><Request><Step><Name>Flag</Name></Step>{between}{after}</Request></PreFlow>
                  <HTTPProxyConnection><BasePath>/p</BasePath></HTTPProxyConnection>
                  <RouteRule name="default"><URL>https://backend.example</URL></RouteRule>
                </ProxyEndpoint>
                """
            );
        return policy.Length == 0 ? estate : estate.With(Proxy + "policies/Between.xml", policy);
    }

    private static Bypass? Read(Estate estate) =>
        estate.Read(input =>
            Assert.Single(TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None).Operations).Bypass
        );
}
