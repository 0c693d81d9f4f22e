using CsCheck;

namespace Auditor.Trace.Tests.Simulation;

/// <summary>
/// Generators of small gateways and requests. Paths on which the vendor's documents are unclear (an empty last segment, the parent of <c>/**</c>) are left out; what is
/// unclear besides has its worlds.
/// </summary>
internal static class Generated
{
    private static readonly Gen<Cond> Plain = Gen.OneOf<Cond>(
        Test("request.verb", "=", "GET", "POST", "get"),
        Test("message.verb", "=", "GET", "DELETE"),
        Test("request.verb", ":=", "GET", "post"),
        Test("request.verb", "!=", "GET", "DELETE", "OPTIONS"),
        Test("proxy.pathsuffix", "~/", "/a", "/a/*", "/b/**", "/a/x", "/*/x"),
        Test("proxy.pathsuffix", "~", "/a*", "*x", "/b/*y"),
        Test("proxy.pathsuffix", "~~", "/a(/x)*", "/[ab]/x", "^/b.+$"),
        Test("proxy.pathsuffix", "=|", "/a", "/b"),
        Gen.Select(
            Gen.OneOf("request.header.x-mode", "request.header.X-Mode", "request.header.x-copy", "flow.v", "flow.w"),
            Gen.OneOf("=", "!=", ":=", "~", "=|"),
            Gen.OneOf("x", "Y", "o*"),
            (variable, op, value) => (Cond)new Cond.Test(variable, op, value)
        ),
        Gen.Select(
            Gen.OneOf("request.header.x-mode", "request.header.x-copy", "flow.v", "flow.w"),
            Gen.OneOf("=", "!=", ":=", ">", ">=", "<", "<="),
            (variable, op) => (Cond)new Cond.Test(variable, op, null)
        ),
        Gen.Select(
            Gen.OneOf("request.header.x-mode", "request.header.x-copy", "flow.v"),
            Gen.OneOf(">", ">=", "<", "<="),
            Gen.OneOf("x", "Y", "7", "10"),
            (variable, op, value) => (Cond)new Cond.Test(variable, op, value)
        ),
        Test("flow.t", "=", "x-t", "none-t"),
        Test("flow.o", "=", "x", "y"),
        Test("assertcondition.Assert.truthValue", "=", "true", "false"),
        Test("JWT.failed", "=", "true"),
        Gen.Select(
            Gen.OneOf("Verify", "VerifyAndContinue", "VerifyOther", "Decode"),
            Gen.OneOf("*read*", "*write*", "*only*", "[]"),
            (policy, pattern) => (Cond)new Cond.Test($"jwt.{policy}.decoded.claim.scp", pattern[0] == '[' ? "=" : "~", pattern)
        )
    );

    // Now and then in the words of the language, and negated inside.
    private static readonly Gen<Cond> Tests = Gen.Select(
        Plain,
        Gen.Int[0, 9],
        (condition, how) =>
            condition is Cond.Test test
                ? test with
                {
                    InWords = how is 0 or 1 or 2,
                    // A negation before an operator of the null table other than these is not documented.
                    IsNegated = how is 2 or 3 && test.Value is not null && test.Operator is "~" or "~/" or "~~" or "=|",
                }
                : condition
    );

    private static readonly Gen<Cond> Conditions = Over(Tests);

    private static Gen<Cond> Over(Gen<Cond> tests) =>
        Gen.Recursive<Cond>(
            (depth, inner) =>
                depth >= 2
                    ? tests
                    : Gen.Frequency<Cond>(
                        (4, tests),
                        (1, Gen.Select(inner, inner, (left, right) => (Cond)new Cond.And(left, right))),
                        (1, Gen.Select(inner, inner, (left, right) => (Cond)new Cond.Or(left, right))),
                        (1, inner.Select(condition => (Cond)new Cond.Not(condition)))
                    )
        );

    // What tells one fault from another.
    private static readonly Gen<Cond> FaultConditions = Gen.OneOf(
        Test("fault.name", "=", "RaiseFault", "TokenExpired", "JwtIssuerMismatch"),
        Test("JWT.failed", "=", "true"),
        Tests
    );

    private static readonly Act[] Common =
    [
        Act.Verify,
        Act.Verify,
        Act.VerifyAndContinue,
        Act.VerifyNever,
        Act.VerifyOther,
        Act.Decode,
        Act.Refuse,
        Act.RefuseAndContinue,
        Act.SetX,
        Act.SetY,
        Act.Copy,
        Act.CopyOr,
        Act.Fill,
        Act.Header,
        Act.Drop,
        Act.Extract,
        Act.Entry,
        Act.Property,
        Act.Assert,
        Act.ScriptSets,
        Act.ScriptThrows,
    ];

    private static Gen<Cond> Test(string variable, string op, params string[] values) =>
        Gen.OneOf(values).Select(value => (Cond)new Cond.Test(variable, op, value));

    private static Gen<Cond?> Optional(Gen<Cond> conditions, int often) =>
        Gen.Frequency<Cond?>((often, conditions.Select(condition => (Cond?)condition)), (3, Gen.Const((Cond?)null)));

    private static Gen<Stp> Step(params Act[] more) =>
        Gen.Select(
            Gen.OneOf([.. Common, .. more]),
            Optional(Conditions, 3),
            // An unconditional refusal ends the story too often.
            (act, condition) => act == Act.Refuse && condition is null ? new Stp(Act.SetX, null) : new Stp(act, condition)
        );

    private static Gen<IReadOnlyList<T>> List<T>(Gen<T> gen, int from, int to) => gen.List[from, to].Select(list => (IReadOnlyList<T>)list);

    private static readonly Gen<Stp> FaultStep = Gen.Select(
        Gen.OneOf(Act.Status200, Act.Status200, Act.Status503, Act.Raise418, Act.SetX, Act.Copy),
        Optional(FaultConditions, 1),
        (act, condition) => new Stp(act, condition)
    );

    private static readonly Gen<Faults> FaultRules = Gen.Select(
        List(Gen.Select(Optional(FaultConditions, 6), List(FaultStep, 0, 2), (condition, steps) => new Flw(condition, steps)), 0, 2),
        Gen.Select(
            Gen.Int[0, 2],
            Optional(FaultConditions, 1),
            List(FaultStep, 1, 2),
            (some, condition, steps) => some == 0 ? new Flw(condition, steps) : null
        ),
        Gen.Bool,
        (rules, last, always) => new Faults(rules, last, always)
    );

    private static Gen<Target> Targets(params Act[] more) =>
        Gen.Select(
            List(Step(more), 0, 1),
            List(Flow(more), 0, 2),
            List(Step(more), 0, 1),
            FaultRules,
            (pre, flows, post, faults) => new Target(pre, flows, post, faults)
        );

    private static Gen<Flw> Flow(params Act[] more) =>
        Gen.Select(Optional(Conditions, 6), List(Step(more), 0, 2), (condition, steps) => new Flw(condition, steps));

    private static Gen<ProxySpec> Proxies(Way[] ways, params Act[] more) =>
        Gen.Select(
            List(Step([.. more, Act.Preflight]), 0, 3),
            List(Flow(more), 0, 3),
            List(Step(more), 0, 1),
            List(Gen.Select(Optional(Conditions, 3), Gen.OneOf(ways), (condition, way) => new Rte(condition, way)), 0, 2),
            Gen.OneOf(ways),
            Targets(more),
            Gen.Select(Targets(more), FaultRules),
            (pre, flows, post, routes, last, first, rest) =>
                new ProxySpec(pre, flows, post, [.. routes, new Rte(null, last)], first, rest.Item1, rest.Item2)
        );

    private static readonly Gen<Hook?> Hooks = Gen.Select(
        Gen.Int[0, 3],
        List(Step(Act.CallInner), 1, 2),
        Gen.Bool,
        (some, steps, goesOn) => some == 0 ? new Hook(steps, goesOn) : null
    );

    private static readonly Way[] Own = [Way.First, Way.First, Way.Second, Way.Url, Way.Null];

    /// <summary>Gateways.</summary>
    public static Gen<Gateway> Gateways { get; } =
        Gen.Select(
            Proxies([.. Own, Way.Proxy, Way.Path], Act.Call, Act.CallAndContinue, Act.Call, Act.CallAndContinue, Act.Opaque),
            Proxies(Own, Act.Call),
            List(Step(Act.CallInner, Act.CallInner), 0, 2),
            List(Step(), 0, 2),
            Hooks,
            Hooks,
            (front, back, shared, inner, proxy, target) => new Gateway(front, back, shared, inner, proxy, target)
        );

    /// <summary>Conditions over a request and a variable of which nothing is known. Regular expressions say themselves where they begin and end.</summary>
    public static Gen<Cond> ForThreeValues { get; } =
        Over(
            Gen.OneOf<Cond>(
                Test("request.verb", "=", "GET", "POST", "get"),
                Test("request.verb", ":=", "GET", "post"),
                Test("proxy.pathsuffix", "~/", "/a", "/a/*", "/b/**", "/*/x"),
                Test("proxy.pathsuffix", "~", "/a*", "*x", "/b/*y"),
                Test("proxy.pathsuffix", "~~", "^/a(/x)*$", "^/[ab]/x$"),
                Gen.Select(
                    Gen.OneOf("request.header.x-mode", "request.header.x-copy", "flow.o"),
                    Gen.OneOf("=", "!=", ":=", "~", "=|"),
                    Gen.OneOf("x", "Y", "o*"),
                    (variable, op, value) => (Cond)new Cond.Test(variable, op, value)
                ),
                Gen.Select(
                    Gen.OneOf("request.header.x-mode", "request.header.x-copy"),
                    Gen.OneOf(">", ">=", "<", "<="),
                    Gen.OneOf("x", "Y", "7", "10"),
                    (variable, op, value) => (Cond)new Cond.Test(variable, op, value)
                ),
                Gen.Select(
                    Gen.OneOf("request.header.x-mode", "request.header.x-copy", "flow.o"),
                    Gen.OneOf("=", "!=", ":=", ">", ">=", "<", "<="),
                    (variable, op) => (Cond)new Cond.Test(variable, op, null)
                )
            )
        );

    /// <summary>Requests.</summary>
    public static Gen<RequestSpec> Requests { get; } =
        Gen.Select(
            Gen.OneOf("GET", "GET", "POST", "DELETE", "PATCH", "OPTIONS"),
            Gen.OneOf("", "/a", "/a/x", "/a/x/y", "/b/x", "/b/x/y", "/c", "/ax"),
            Gen.OneOf<string?>(null, "x", "y", "Y", "other", "7", "12"),
            Gen.OneOf<string?>(null, "x", "y", "7.5"),
            Gen.OneOf(Token.None, Token.Good, Token.Good, Token.Expired, Token.Other),
            Gen.Select(Gen.OneOf("read", "write", "readonly").List[0, 2].Select(scopes => scopes.Distinct().ToList()), Gen.Bool),
            (verb, suffix, mode, copy, token, rest) => new RequestSpec(verb, suffix, mode, copy, token, rest.Item1, rest.Item2)
        );

    /// <summary>All ways in which what is not known can be.</summary>
    public static IReadOnlyList<World> Worlds { get; } =
    [
        .. from lets in new[] { true, false }
        from sets in new[] { null, "x", "y" }
        from claims in new[] { true, false }
        from handled in new[] { true, false }
        from origin in new[] { true, false }
        select new World(lets, sets, claims, handled, origin),
    ];
}
