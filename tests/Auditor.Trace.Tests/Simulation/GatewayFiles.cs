using System.Globalization;
using System.Security;
using System.Text;
using Auditor.Testing;

namespace Auditor.Trace.Tests.Simulation;

/// <summary>Writes generated gateways as the recording of one organization, an environment for each.</summary>
internal static class GatewayFiles
{
    private const string Org = "apigee/gen/";

    public static Estate Write(IReadOnlyList<Gateway> gateways)
    {
        var estate = Estate.Empty();
        var names = Enumerable.Range(0, gateways.Count).ToList();
        estate.With("recording.json", """{"format":1,"capturedAt":"2026-11-20T02:00:00Z"}""");
        estate.With(Org + "organization.json", """{"name":"gen","runtimeType":"CLOUD","state":"ACTIVE"}""");
        estate.With(Org + "environments.json", $"[{Join(names, i => $"\"e{i}\"")}]");
        estate.With(
            Org + "apis.json",
            $"{{\"proxies\":[{Join(names, i => $$"""{"name":"p{{i}}","revision":["1"]},{"name":"b{{i}}","revision":["1"]}""")}]}}"
        );
        estate.With(
            Org + "sharedflows.json",
            $"{{\"sharedFlows\":[{Join(names, i => string.Join(',', Flows(i).Select(name => $$"""{"name":"{{name}}","revision":["1"]}""")))}]}}"
        );
        estate.With(Org + "deployments.json", Deployments(names, i => [$"p{i}", $"b{i}"]));
        estate.With(Org + "deployments@sharedFlows=true.json", Deployments(names, Flows));
        foreach (var i in names)
        {
            Write(estate, gateways[i], i);
        }

        return estate;
    }

    private static string[] Flows(int i) => [$"sf{i}", $"in{i}", $"hp{i}", $"ht{i}"];

    private static string Deployments(List<int> names, Func<int, string[]> deployed) =>
        $"{{\"deployments\":[{Join(names, i => string.Join(',', deployed(i).Select(name => $$"""{"environment":"e{{i}}","apiProxy":"{{name}}","revision":"1","state":"READY"}""")))}]}}";

    private static string Join(IEnumerable<int> names, Func<int, string> text) => string.Join(',', names.Select(text));

    private static void Write(Estate estate, Gateway gateway, int i)
    {
        var environment = string.Create(CultureInfo.InvariantCulture, $"{Org}environments/e{i}");
        estate.With(environment + ".json", $$"""{"name":"e{{i}}","state":"ACTIVE"}""");
        estate.With(
            environment + "/flowhooks.json",
            """["PreProxyFlowHook","PreTargetFlowHook","PostTargetFlowHook","PostProxyFlowHook"]"""
        );
        foreach (
            var (point, hook, flow) in new[]
            {
                ("PreProxyFlowHook", gateway.BeforeProxy, $"hp{i}"),
                ("PreTargetFlowHook", gateway.BeforeTarget, $"ht{i}"),
                ("PostTargetFlowHook", null, ""),
                ("PostProxyFlowHook", null, ""),
            }
        )
        {
            estate.With(
                $"{environment}/flowhooks/{point}.json",
                hook is null
                    ? $$"""{"flowHookPoint":"{{point}}","continueOnError":false}"""
                    : $$"""{"flowHookPoint":"{{point}}","sharedFlow":"{{flow}}","continueOnError":{{(hook.ContinueOnError ? "true" : "false")}}}"""
            );
        }

        estate.With(environment + "/keyvaluemaps.json", """["settings"]""");
        estate.With(environment + "/keyvaluemaps/settings.json", """{"name":"settings","encrypted":true}""");
        estate.With(environment + "/keyvaluemaps/settings/entries.json", """{"keyValueEntries":[{"name":"mode","value":"y"}]}""");
        estate.With(environment + "/resourcefiles.json", """{"resourceFile":[{"name":"gen","type":"properties"}]}""");
        estate.With(environment + "/resourcefiles/properties/gen", "mode=x\n");
        Write(estate, gateway.Front, $"p{i}", i);
        Write(estate, gateway.Back, $"b{i}", i);
        WriteFlow(estate, $"sf{i}", gateway.SharedFlow, i);
        WriteFlow(estate, $"in{i}", gateway.Inner, i);
        WriteFlow(estate, $"hp{i}", gateway.BeforeProxy?.Steps ?? [], i);
        WriteFlow(estate, $"ht{i}", gateway.BeforeTarget?.Steps ?? [], i);
    }

    private static void Write(Estate estate, ProxySpec proxy, string name, int i)
    {
        var root = $"{Org}apis/{name}/revisions/1/apiproxy/";
        estate.With(root + name + ".xml", $"<APIProxy name=\"{name}\" revision=\"1\"/>");
        estate.With(root + "proxies/default.xml", ProxyEndpoint(proxy, name));
        estate.With(
            root + "targets/first.xml",
            TargetEndpoint("first", proxy.First, "<HTTPTargetConnection><URL>https://first.example</URL></HTTPTargetConnection>")
        );
        estate.With(
            root + "targets/second.xml",
            TargetEndpoint("second", proxy.Second, "<HTTPTargetConnection><URL>https://second.example</URL></HTTPTargetConnection>")
        );
        estate.With(
            root + "targets/proxy.xml",
            TargetEndpoint(
                "proxy",
                proxy.First,
                $"<LocalTargetConnection><APIProxy>b{i}</APIProxy><ProxyEndpoint>default</ProxyEndpoint></LocalTargetConnection>"
            )
        );
        estate.With(
            root + "targets/path.xml",
            TargetEndpoint("path", proxy.Second, $"<LocalTargetConnection><Path>/b{i}/a</Path></LocalTargetConnection>")
        );
        WritePolicies(estate, root, proxy.Steps, i);
    }

    /// <summary>The endpoint as it is written, for messages, too.</summary>
    public static string ProxyEndpoint(ProxySpec proxy, string name)
    {
        var text = new StringBuilder("<ProxyEndpoint name=\"default\">\n");
        text.Append(Flow("PreFlow", proxy.PreFlow)).Append("<Flows>\n");
        for (var i = 0; i < proxy.Flows.Count; i++)
        {
            text.Append(Flow("f" + i.ToString(CultureInfo.InvariantCulture), proxy.Flows[i]));
        }

        text.Append("</Flows>\n").Append(Flow("PostFlow", proxy.PostFlow)).Append(FaultRules(proxy.Faults));
        text.Append(CultureInfo.InvariantCulture, $"<HTTPProxyConnection><BasePath>/{name}</BasePath></HTTPProxyConnection>\n");
        for (var i = 0; i < proxy.Routes.Count; i++)
        {
            var route = proxy.Routes[i];
            text.Append(CultureInfo.InvariantCulture, $"<RouteRule name=\"r{i}\">")
                .Append(Condition(route.Condition))
                .Append(
                    route.Way switch
                    {
                        Way.Null => "",
                        Way.Url => "<URL>https://url.example</URL>",
                        var way => $"<TargetEndpoint>{way.ToString().ToLowerInvariant()}</TargetEndpoint>",
                    }
                )
                .Append("</RouteRule>\n");
        }

        return text.Append("</ProxyEndpoint>").ToString();
    }

    public static string TargetEndpoint(string name, Target target, string connection) =>
        $"<TargetEndpoint name=\"{name}\">\n{Flow("PreFlow", target.PreFlow)}<Flows>\n{string.Concat(target.Flows.Select((flow, i) => Flow("t" + i.ToString(CultureInfo.InvariantCulture), flow)))}</Flows>\n{Flow("PostFlow", target.PostFlow)}{FaultRules(target.Faults)}{connection}</TargetEndpoint>";

    /// <summary>The steps as they are written.</summary>
    public static string Steps(IReadOnlyList<Stp> steps) =>
        string.Concat(steps.Select(step => $"  <Step>{Condition(step.Condition)}<Name>{step.Act}</Name></Step>\n"));

    private static void WriteFlow(Estate estate, string name, IReadOnlyList<Stp> steps, int i)
    {
        var root = $"{Org}sharedflows/{name}/revisions/1/sharedflowbundle/";
        estate.With(root + name + ".xml", $"<SharedFlowBundle name=\"{name}\" revision=\"1\"/>");
        estate.With(root + "sharedflows/default.xml", $"<SharedFlow name=\"default\">{Steps(steps)}</SharedFlow>");
        WritePolicies(estate, root, steps, i);
    }

    private static void WritePolicies(Estate estate, string root, IEnumerable<Stp> steps, int i)
    {
        foreach (var act in steps.Select(step => step.Act).Distinct())
        {
            estate.With($"{root}policies/{act}.xml", Policy(act, i));
            if (act is Act.ScriptSets or Act.ScriptThrows)
            {
                estate.With($"{root}resources/jsc/{act}.js", act == Act.ScriptSets ? SettingScript : ThrowingScript);
            }
        }
    }

    private const string SettingScript = """
        var mode = context.getVariable("request.header.x-mode");
        if (mode === "x") {
          context.setVariable("flow.v", "x");
        } else {
          context.setVariable("flow.w", "y");
        }
        """;

    private const string ThrowingScript = """
        if (context.getVariable("request.verb") === "DELETE") {
          throw "not this one";
        }
        """;

    private static string Policy(Act act, int i)
    {
        const string Keys = "<Algorithm>RS256</Algorithm><PublicKey><JWKS uri=\"https://idp.example/keys\"/></PublicKey>";
        const string Own = Keys + "<Issuer>https://idp.example</Issuer><Audience>api</Audience>";
        return act switch
        {
            Act.Verify => $"<VerifyJWT name=\"{act}\">{Own}</VerifyJWT>",
            Act.VerifyAndContinue => $"<VerifyJWT name=\"{act}\" continueOnError=\"true\">{Own}</VerifyJWT>",
            Act.VerifyNever => $"<VerifyJWT name=\"{act}\" enabled=\"false\">{Own}</VerifyJWT>",
            Act.VerifyOther => $"<VerifyJWT name=\"{act}\">{Keys}<Issuer>https://other.example</Issuer></VerifyJWT>",
            Act.Decode => $"<DecodeJWT name=\"{act}\"/>",
            Act.Refuse => Raise(act, 403),
            Act.RefuseAndContinue => Raise(act, 403).Replace("name=", "continueOnError=\"true\" name=", StringComparison.Ordinal),
            Act.Raise418 => Raise(act, 418),
            Act.SetX => Assign(act, "flow.v", "<Value>x</Value>"),
            Act.SetY => Assign(act, "flow.v", "<Value>y</Value>"),
            Act.Copy => Assign(act, "flow.v", "<Ref>request.header.x-copy</Ref>"),
            Act.CopyOr => Assign(act, "flow.v", "<Value>x</Value><Ref>request.header.x-copy</Ref>"),
            Act.Fill => Assign(act, "flow.t", "<Template>{flow.v:none}-t</Template>"),
            Act.Property => Assign(act, "flow.v", "<Ref>propertyset.gen.mode</Ref>"),
            Act.Header =>
                $"<AssignMessage name=\"{act}\"><Set><Headers><Header name=\"X-Mode\">x</Header></Headers></Set><AssignTo type=\"request\"/></AssignMessage>",
            Act.Drop =>
                $"<AssignMessage name=\"{act}\"><Remove><Headers><Header name=\"X-Copy\"/></Headers></Remove><AssignTo type=\"request\"/></AssignMessage>",
            Act.Status200 => SetStatus(act, 200),
            Act.Status503 => SetStatus(act, 503),
            Act.Extract =>
                $"<ExtractVariables name=\"{act}\"><VariablePrefix>flow</VariablePrefix><Header name=\"x-mode\"><Pattern>{{v}}</Pattern></Header></ExtractVariables>",
            Act.Entry =>
                $"<KeyValueMapOperations name=\"{act}\" mapIdentifier=\"settings\"><Scope>environment</Scope><Get assignTo=\"flow.v\"><Key><Parameter>mode</Parameter></Key></Get></KeyValueMapOperations>",
            Act.Assert => $"<AssertCondition name=\"{act}\"><Condition>request.verb = \"GET\"</Condition></AssertCondition>",
            Act.ScriptSets or Act.ScriptThrows =>
                $"<Javascript name=\"{act}\" timeLimit=\"200\"><ResourceURL>jsc://{act}.js</ResourceURL></Javascript>",
            Act.Opaque => $"<JavaCallout name=\"{act}\"><ClassName>x.Auth</ClassName><ResourceURL>java://x.jar</ResourceURL></JavaCallout>",
            Act.Preflight =>
                $"<CORS name=\"{act}\"><AllowOrigins>*</AllowOrigins><GeneratePreflightResponse>true</GeneratePreflightResponse></CORS>",
            Act.Call => Callout(act, $"sf{i}", ""),
            Act.CallAndContinue => Callout(act, $"sf{i}", " continueOnError=\"true\""),
            Act.CallInner => Callout(act, $"in{i}", ""),
            _ => throw new ArgumentOutOfRangeException(nameof(act)),
        };
    }

    private static string Callout(Act act, string flow, string attribute) =>
        $"<FlowCallout name=\"{act}\"{attribute}><SharedFlowBundle>{flow}</SharedFlowBundle></FlowCallout>";

    private static string Raise(Act act, int status) =>
        $"<RaiseFault name=\"{act}\"><FaultResponse><Set><StatusCode>{status}</StatusCode></Set></FaultResponse></RaiseFault>";

    private static string SetStatus(Act act, int status) =>
        $"<AssignMessage name=\"{act}\"><Set><StatusCode>{status}</StatusCode></Set><AssignTo type=\"response\"/></AssignMessage>";

    private static string Assign(Act act, string variable, string value) =>
        $"<AssignMessage name=\"{act}\"><AssignVariable><Name>{variable}</Name>{value}</AssignVariable></AssignMessage>";

    private static string Flow(string name, IReadOnlyList<Stp> steps) =>
        $"<{name} name=\"{name}\"><Request>\n{Steps(steps)}</Request></{name}>\n";

    private static string Flow(string name, Flw flow) =>
        $"<Flow name=\"{name}\">{Condition(flow.Condition)}<Request>\n{Steps(flow.Steps)}</Request></Flow>\n";

    private static string FaultRules(Faults faults)
    {
        var text = new StringBuilder("<FaultRules>\n");
        for (var i = 0; i < faults.Rules.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<FaultRule name=\"r{i}\">")
                .Append(Condition(faults.Rules[i].Condition))
                .Append(Steps(faults.Rules[i].Steps))
                .Append("</FaultRule>\n");
        }

        text.Append("</FaultRules>\n");
        if (faults.Default is { } last)
        {
            text.Append("<DefaultFaultRule name=\"last\">").Append(Condition(last.Condition)).Append(Steps(last.Steps));
            text.Append(
                CultureInfo.InvariantCulture,
                $"<AlwaysEnforce>{(faults.AlwaysEnforce ? "true" : "false")}</AlwaysEnforce></DefaultFaultRule>\n"
            );
        }

        return text.ToString();
    }

    private static string Condition(Cond? condition) =>
        condition is null ? "" : $"<Condition>{SecurityElement.Escape(condition.Text)}</Condition>";
}
