namespace Auditor.Trace.Tests;

/// <summary>
/// Runs one request through one generated proxy, step by step, the way Apigee documents it. It is written for this and shares nothing with the interpreter under test: it
/// knows only concrete texts, and stops at the first fault.
/// </summary>
internal sealed class Simulator(ProxySpec proxy, RequestSpec request)
{
    private readonly Dictionary<string, string?> variables = new(StringComparer.Ordinal);

    private sealed class Fault : Exception;

    /// <summary>What comes out: <c>accepted</c>, <c>rejected</c> or <c>answered</c>.</summary>
    public string Run()
    {
        try
        {
            Run(proxy.PreFlow);
            foreach (var flow in proxy.Flows)
            {
                if (flow.Condition is null || Holds(flow.Condition))
                {
                    Run(flow.Steps);
                    break;
                }
            }

            Run(proxy.PostFlow);
            foreach (var route in proxy.Routes)
            {
                if (route.Condition is null || Holds(route.Condition))
                {
                    if (route.IsNull)
                    {
                        return "answered";
                    }

                    Run(proxy.TargetPreFlow);
                    return "accepted";
                }
            }

            return "no route";
        }
        catch (Fault)
        {
            return "rejected";
        }
    }

    private void Run(IReadOnlyList<Stp> steps)
    {
        foreach (var step in steps)
        {
            if (step.Condition is null || Holds(step.Condition))
            {
                Do(step.Act);
            }
        }
    }

    private void Do(Act act)
    {
        switch (act)
        {
            case Act.Verify when !request.HasToken:
            case Act.Refuse:
                throw new Fault();
            case Act.Verify or Act.VerifyAndContinue:
                if (request.HasToken)
                {
                    variables[$"jwt.{act}.decoded.claim.scp"] =
                        "[" + string.Join(',', request.Scopes.Select(scope => $"\"{scope}\"")) + "]";
                }

                break;
            case Act.SetX:
                variables["flow.v"] = "x";
                break;
            case Act.SetY:
                variables["flow.v"] = "y";
                break;
            case Act.Copy:
                variables["flow.v"] = request.Copy;
                break;
            case Act.Call:
                Run(proxy.SharedFlow);
                break;
            case Act.CallAndContinue:
                try
                {
                    Run(proxy.SharedFlow);
                }
                catch (Fault)
                {
                    // The fault ends the shared flow and nothing else.
                }

                break;
            default:
                break;
        }
    }

    private bool Holds(Cond condition) =>
        condition switch
        {
            Cond.And and => Holds(and.Left) && Holds(and.Right),
            Cond.Or or => Holds(or.Left) || Holds(or.Right),
            Cond.Not not => !Holds(not.Inner),
            Cond.Test test => Holds(Value(test.Variable), test.Operator, test.Value),
            _ => throw new InvalidOperationException(),
        };

    private string? Value(string variable) =>
        variable switch
        {
            "request.verb" => request.Verb,
            "proxy.pathsuffix" => request.Suffix,
            "request.header.x-mode" => request.Mode,
            "request.header.x-copy" => request.Copy,
            _ => variables.GetValueOrDefault(variable),
        };

    // The table of null of the conditions reference (2026-04-10).
    private static bool Holds(string? left, string op, string? right) =>
        op switch
        {
            "=" => left == right,
            "!=" => left != right,
            ":=" => left is null ? right is null : right is not null && left.Equals(right, StringComparison.OrdinalIgnoreCase),
            "=|" => left is not null && right is not null && left.StartsWith(right, StringComparison.Ordinal),
            "~" => left is not null && right is not null && Glob(left, right),
            "~/" => left is not null && right is not null && PathMatches(left, right),
            _ => throw new InvalidOperationException(op),
        };

    private static bool Glob(string text, string pattern)
    {
        if (pattern.Length == 0)
        {
            return text.Length == 0;
        }

        return pattern[0] == '*'
            ? Enumerable.Range(0, text.Length + 1).Any(skip => Glob(text[skip..], pattern[1..]))
            : text.Length > 0 && text[0] == pattern[0] && Glob(text[1..], pattern[1..]);
    }

    private static bool PathMatches(string path, string pattern)
    {
        var (left, right) = (path.Split('/'), pattern.Split('/'));
        for (var i = 0; i < right.Length; i++)
        {
            if (right[i] == "**")
            {
                return left.Length > i;
            }

            if (i >= left.Length || (right[i] != "*" && right[i] != left[i]))
            {
                return false;
            }
        }

        return left.Length == right.Length;
    }
}
