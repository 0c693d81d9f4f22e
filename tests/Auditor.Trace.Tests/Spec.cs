using System.Globalization;
using System.Security;
using System.Text;

namespace Auditor.Trace.Tests;

/// <summary>A condition of a generated proxy, as its author meant it: nothing of the program under test has a part in it.</summary>
internal abstract record Cond
{
    public sealed record And(Cond Left, Cond Right) : Cond;

    public sealed record Or(Cond Left, Cond Right) : Cond;

    public sealed record Not(Cond Inner) : Cond;

    public sealed record Test(string Variable, string Operator, string? Value) : Cond;

    /// <summary>As it is written in a bundle, every part in parentheses.</summary>
    public string Text =>
        this switch
        {
            And and => $"({and.Left.Text}) and ({and.Right.Text})",
            Or or => $"({or.Left.Text}) or ({or.Right.Text})",
            Not not => $"not ({not.Inner.Text})",
            Test test => $"{test.Variable} {test.Operator} {(test.Value is null ? "null" : $"\"{test.Value}\"")}",
            _ => throw new InvalidOperationException(),
        };
}

internal enum Act
{
    /// <summary>VerifyJWT.</summary>
    Verify,

    /// <summary>VerifyJWT with continueOnError.</summary>
    VerifyAndContinue,

    /// <summary>VerifyJWT that is switched off.</summary>
    VerifyNever,

    /// <summary>RaiseFault.</summary>
    Refuse,

    /// <summary>AssignMessage: flow.v = "x".</summary>
    SetX,

    /// <summary>AssignMessage: flow.v = "y".</summary>
    SetY,

    /// <summary>AssignMessage: flow.v = a header.</summary>
    Copy,

    /// <summary>FlowCallout of the shared flow.</summary>
    Call,

    /// <summary>FlowCallout with continueOnError.</summary>
    CallAndContinue,
}

internal sealed record Stp(Act Act, Cond? Condition);

internal sealed record Flw(Cond? Condition, IReadOnlyList<Stp> Steps);

internal sealed record Rte(Cond? Condition, bool IsNull);

/// <summary>A small proxy.</summary>
internal sealed record ProxySpec(
    IReadOnlyList<Stp> PreFlow,
    IReadOnlyList<Flw> Flows,
    IReadOnlyList<Stp> PostFlow,
    IReadOnlyList<Rte> Routes,
    IReadOnlyList<Stp> TargetPreFlow,
    IReadOnlyList<Stp> SharedFlow
)
{
    /// <summary>Its files, below a folder.</summary>
    public IEnumerable<(string Path, string Text)> Files(string name)
    {
        var proxy = $"apis/{name}/apiproxy/";
        yield return (proxy + name + ".xml", $"<APIProxy name=\"{name}\"/>");
        var text = new StringBuilder("<ProxyEndpoint name=\"default\">");
        text.Append("<PreFlow name=\"PreFlow\"><Request>").Append(Steps(PreFlow)).Append("</Request></PreFlow><Flows>");
        for (var i = 0; i < Flows.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<Flow name=\"f{i}\">")
                .Append(Condition(Flows[i].Condition))
                .Append("<Request>")
                .Append(Steps(Flows[i].Steps))
                .Append("</Request></Flow>");
        }

        text.Append("</Flows><PostFlow name=\"PostFlow\"><Request>").Append(Steps(PostFlow)).Append("</Request></PostFlow>");
        text.Append(CultureInfo.InvariantCulture, $"<HTTPProxyConnection><BasePath>/{name}</BasePath></HTTPProxyConnection>");
        for (var i = 0; i < Routes.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<RouteRule name=\"r{i}\">")
                .Append(Condition(Routes[i].Condition))
                .Append(Routes[i].IsNull ? "" : "<TargetEndpoint>default</TargetEndpoint>")
                .Append("</RouteRule>");
        }

        yield return (proxy + "proxies/default.xml", text.Append("</ProxyEndpoint>").ToString());
        yield return (
            proxy + "targets/default.xml",
            "<TargetEndpoint name=\"default\"><PreFlow name=\"PreFlow\"><Request>"
                + Steps(TargetPreFlow)
                + "</Request></PreFlow><HTTPTargetConnection><URL>https://backend.example</URL></HTTPTargetConnection></TargetEndpoint>"
        );
        foreach (var policy in Policies(name, [.. PreFlow, .. Flows.SelectMany(flow => flow.Steps), .. PostFlow, .. TargetPreFlow]))
        {
            yield return (proxy + policy.Path, policy.Text);
        }

        var shared = $"sharedflows/{name}-sf/sharedflowbundle/";
        yield return (shared + name + "-sf.xml", $"<SharedFlowBundle name=\"{name}-sf\"/>");
        yield return (shared + "sharedflows/default.xml", $"<SharedFlow name=\"default\">{Steps(SharedFlow)}</SharedFlow>");
        foreach (var policy in Policies(name, SharedFlow))
        {
            yield return (shared + policy.Path, policy.Text);
        }
    }

    private static IEnumerable<(string Path, string Text)> Policies(string name, IReadOnlyList<Stp> steps) =>
        Policies(name).Where(policy => steps.Any(step => policy.Path == $"policies/{step.Act}.xml"));

    private static IEnumerable<(string Path, string Text)> Policies(string name)
    {
        const string Verify = """
            <Algorithm>RS256</Algorithm><PublicKey><JWKS uri="https://idp.example/keys"/></PublicKey><Issuer>https://idp.example</Issuer><Audience>api</Audience>
            """;
        yield return ("policies/Verify.xml", $"<VerifyJWT name=\"Verify\">{Verify}</VerifyJWT>");
        yield return (
            "policies/VerifyAndContinue.xml",
            $"<VerifyJWT name=\"VerifyAndContinue\" continueOnError=\"true\">{Verify}</VerifyJWT>"
        );
        yield return ("policies/VerifyNever.xml", $"<VerifyJWT name=\"VerifyNever\" enabled=\"false\">{Verify}</VerifyJWT>");
        yield return ("policies/Refuse.xml", "<RaiseFault name=\"Refuse\"/>");
        yield return ("policies/SetX.xml", Assign("SetX", "<Value>x</Value>"));
        yield return ("policies/SetY.xml", Assign("SetY", "<Value>y</Value>"));
        yield return ("policies/Copy.xml", Assign("Copy", "<Ref>request.header.x-copy</Ref>"));
        yield return ("policies/Call.xml", $"<FlowCallout name=\"Call\"><SharedFlowBundle>{name}-sf</SharedFlowBundle></FlowCallout>");
        yield return (
            "policies/CallAndContinue.xml",
            $"<FlowCallout name=\"CallAndContinue\" continueOnError=\"true\"><SharedFlowBundle>{name}-sf</SharedFlowBundle></FlowCallout>"
        );
    }

    private static string Assign(string name, string value) =>
        $"<AssignMessage name=\"{name}\"><AssignVariable><Name>flow.v</Name>{value}</AssignVariable></AssignMessage>";

    private static string Steps(IReadOnlyList<Stp> steps) =>
        string.Concat(steps.Select(step => $"<Step>{Condition(step.Condition)}<Name>{step.Act}</Name></Step>"));

    private static string Condition(Cond? condition) =>
        condition is null ? "" : $"<Condition>{SecurityElement.Escape(condition.Text)}</Condition>";
}

/// <summary>A request, and whether it has a token that is in order.</summary>
internal sealed record RequestSpec(string Verb, string Suffix, string? Mode, string? Copy, bool HasToken, IReadOnlyList<string> Scopes);
