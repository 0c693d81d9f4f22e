using CsCheck;

namespace Auditor.Trace.Tests;

/// <summary>Generators of small proxies and requests. Paths on which the vendor's documents are unclear (an empty last segment, the parent of <c>/**</c>) are left out.</summary>
internal static class Generated
{
    private static readonly Gen<Cond> Tests = Gen.OneOf<Cond>(
        Gen.OneOf("GET", "POST", "get").Select(verb => (Cond)new Cond.Test("request.verb", "=", verb)),
        Gen.OneOf("GET", "post").Select(verb => (Cond)new Cond.Test("request.verb", ":=", verb)),
        Gen.OneOf("GET", "DELETE").Select(verb => (Cond)new Cond.Test("request.verb", "!=", verb)),
        Gen.OneOf("/a", "/a/*", "/b/**", "/a/x").Select(path => (Cond)new Cond.Test("proxy.pathsuffix", "~/", path)),
        Gen.OneOf("/a*", "*x", "/b/*y").Select(path => (Cond)new Cond.Test("proxy.pathsuffix", "~", path)),
        Gen.OneOf("/a", "/b").Select(path => (Cond)new Cond.Test("proxy.pathsuffix", "=|", path)),
        Gen.Select(
            Gen.OneOf("request.header.x-mode", "request.header.x-copy", "flow.v"),
            Gen.OneOf("=", "!=", ":="),
            Gen.OneOf("x", "Y", null),
            (variable, op, value) => (Cond)new Cond.Test(variable, op, value)
        ),
        Gen.Select(
            Gen.OneOf("Verify", "VerifyAndContinue"),
            Gen.OneOf("*read*", "*write*", "*only*", "[]"),
            (policy, pattern) => (Cond)new Cond.Test($"jwt.{policy}.decoded.claim.scp", pattern[0] == '[' ? "=" : "~", pattern)
        )
    );

    private static readonly Gen<Cond> Conditions = Gen.Recursive<Cond>(
        (depth, inner) =>
            depth >= 2
                ? Tests
                : Gen.Frequency<Cond>(
                    (4, Tests),
                    (1, Gen.Select(inner, inner, (left, right) => (Cond)new Cond.And(left, right))),
                    (1, Gen.Select(inner, inner, (left, right) => (Cond)new Cond.Or(left, right))),
                    (1, inner.Select(condition => (Cond)new Cond.Not(condition)))
                )
    );

    private static Gen<Cond?> Optional(int often) =>
        Gen.Frequency<Cond?>((often, Conditions.Select(condition => (Cond?)condition)), (3, Gen.Const((Cond?)null)));

    private static Gen<Stp> Step(bool mayCall) =>
        Gen.Select(
            mayCall ? Gen.Enum<Act>() : Gen.OneOf(Act.Verify, Act.VerifyAndContinue, Act.Refuse, Act.SetX, Act.SetY, Act.Copy),
            Optional(3),
            // An unconditional refusal ends the story too often.
            (act, condition) => act == Act.Refuse && condition is null ? new Stp(Act.SetX, null) : new Stp(act, condition)
        );

    /// <summary>Proxies.</summary>
    public static Gen<ProxySpec> Proxies { get; } =
        Gen.Select(
            Step(true).List[0, 3],
            Gen.Select(Optional(5), Step(true).List[0, 2], (condition, steps) => new Flw(condition, steps)).List[0, 3],
            Step(true).List[0, 1],
            Gen.Select(Optional(2), Gen.Bool, (condition, isNull) => new Rte(condition, isNull)).List[0, 2],
            Step(true).List[0, 1],
            Step(false).List[0, 2],
            (pre, flows, post, routes, target, shared) => new ProxySpec(pre, flows, post, [.. routes, new Rte(null, false)], target, shared)
        );

    /// <summary>Requests.</summary>
    public static Gen<RequestSpec> Requests { get; } =
        Gen.Select(
            Gen.OneOf("GET", "POST", "DELETE", "PATCH"),
            Gen.OneOf("", "/", "/a", "/a/x", "/a/x/y", "/b/x", "/b/x/y", "/c", "/ax"),
            Gen.OneOf<string?>(null, "x", "y", "Y", "other"),
            Gen.OneOf<string?>(null, "x", "y"),
            Gen.Bool,
            Gen.OneOf("read", "write", "readonly").List[0, 2].Select(scopes => scopes.Distinct().ToList()),
            (verb, suffix, mode, copy, hasToken, scopes) => new RequestSpec(verb, suffix, mode, copy, hasToken, scopes)
        );
}
