using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Finds the ways out of an endpoint, and what the requests that take them carry and have passed.</summary>
internal sealed class BackendRouteFinder(
    TracedEndpoint endpoint,
    FlowInterpreter interpreter,
    IReadOnlyList<FlowPath> admitted,
    IReadOnlyList<FlowPath> strangers,
    SymbolTable symbols,
    PossibilityFinder possible
)
{
    private const string HeaderPrefix = "request.header.";

    private readonly FlowProgram program = endpoint.Program;
    private readonly Diagram diagram = symbols.Diagram;

    /// <summary>The ways to targets, URLs and callouts, in document order of the targets.</summary>
    public IEnumerable<BackendRoute> Routes()
    {
        foreach (
            var group in admitted
                .Where(path => path.Destination == Destination.Target)
                .GroupBy(path => (path.Target, Name: NameOf(path)))
                .OrderBy(group => group.Key.Name, StringComparer.Ordinal)
        )
        {
            yield return Route([.. group], group.Key.Name);
        }

        var seen = new HashSet<ServiceCalloutPolicy>(ReferenceEqualityComparer.Instance);
        foreach (var path in admitted)
        {
            foreach (var visit in path.Visits)
            {
                if (visit is { Policy: ServiceCalloutPolicy { Enabled: true } callout, Runs: not Diagram.False } && seen.Add(callout))
                {
                    yield return Route(callout, visit.Owner);
                }
            }
        }
    }

    private static string NameOf(FlowPath path) =>
        path.Target is { } target ? $"target '{target.Name}'"
        : path.Route?.Url is { } url ? $"URL '{url.Text}'"
        : path.Route?.IntegrationEndpoint is { } integration ? $"integration '{integration}'"
        : $"target '{path.Route?.TargetEndpoint}'";

    private BackendRoute Route(List<FlowPath> paths, string name)
    {
        var target = paths[0].Target;
        var reachable = paths.Where(path => path.Reaches != Diagram.False).ToList();
        var address = Resolutions.Union(reachable.Select(interpreter.Address));
        var servers = ServersOf(target?.Connection);
        var hosts = HostsOf(target?.Connection, paths[0].Route?.Url, address, servers);
        return new BackendRoute(endpoint, name, target?.Location ?? paths[0].Route!.Location)
        {
            Target = target,
            Owner = program.Bundle,
            Connection = target?.Connection,
            Address = address,
            Servers = servers,
            Hosts = hosts.Hosts,
            HostsAreKnown = hosts.All,
            IsReachable = reachable.Count > 0,
            Unlimited = possible.Harmful(
                reachable.Select(path => (path, diagram.Without(path.Reaches, Limited(path, path.Visits.Length)), path.Reaches)),
                "a valid token"
            ),
            ReadsToken = TokensOf(reachable).Count > 0,
            ForwardedTokens = [.. ForwardedTokens(reachable, target?.Connection)],
        };
    }

    private BackendRoute Route(ServiceCalloutPolicy callout, Bundle owner)
    {
        var ways = new List<(FlowPath Path, int Runs, int Unlimited)>();
        foreach (var path in admitted)
        {
            for (var i = 0; i < path.Visits.Length; i++)
            {
                if (ReferenceEquals(path.Visits[i].Policy, callout) && path.Visits[i].Runs != Diagram.False)
                {
                    // What counts a request after it has called out protects nothing.
                    var runs = path.Visits[i].Runs;
                    ways.Add((path, runs, diagram.Without(runs, Limited(path, i))));
                }
            }
        }

        var name = $"ServiceCallout '{callout.Name}'";
        var address = endpoint.Callouts.FirstOrDefault(other => ReferenceEquals(other.Policy, callout))?.Url ?? Resolution.Absent.Instance;
        var servers = ServersOf(callout.Connection);
        var hosts = HostsOf(callout.Connection, null, address, servers);
        var alone = ways.Where(way => way.Path.Destination == Destination.NullRoute).Select(way => (way.Path, way.Unlimited, way.Runs));
        return new BackendRoute(endpoint, name, callout.Location)
        {
            Callout = callout,
            Owner = owner,
            Connection = callout.Connection,
            Address = address,
            Servers = servers,
            Hosts = hosts.Hosts,
            HostsAreKnown = hosts.All,
            IsReachable = ways.Count > 0,
            Unlimited = possible.Harmful(alone, "a valid token") is { } found
                ? found with
                {
                    Witness = found.Witness with { Reaches = name },
                }
                : null,
            ForwardedTokens = [.. CopiedTokens(callout, ways.ConvertAll(way => (way.Path, way.Runs)), name)],
        };
    }

    private ImmutableArray<TargetServer> ServersOf(TargetConnection? connection) =>
        connection is TargetConnection.Http { Servers: { IsEmpty: false } names } && program.Environment is { } environment
            ?
            [
                .. names
                    .Select(name => environment.TargetServers.Items.FirstOrDefault(server => server.Name == name))
                    .OfType<TargetServer>(),
            ]
            : [];

    private static (ImmutableArray<string> Hosts, bool All) HostsOf(
        TargetConnection? connection,
        Setting? direct,
        Resolution address,
        ImmutableArray<TargetServer> servers
    )
    {
        if (connection is TargetConnection.Http { Servers: { IsEmpty: false } named, Url: null })
        {
            return (
                [
                    .. servers
                        .Select(server => server.Host)
                        .Distinct(StringComparer.OrdinalIgnoreCase)
                        .Order(StringComparer.OrdinalIgnoreCase),
                ],
                servers.Length == named.Length
            );
        }

        if (address.IsKnown)
        {
            var known = address.Texts.Select(HostOf).ToList();
            return (
                [.. known.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)],
                !known.Contains(null)
            );
        }

        // Only the path of a template may be unknown.
        var written = (connection as TargetConnection.Http)?.Url ?? direct;
        return address is not Resolution.Absent && written is not null && HostOf(written.Text) is { } host ? ([host], true) : ([], false);
    }

    private static string? HostOf(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var authority = url[(start + 3)..];
        var end = authority.IndexOfAny(['/', '?', '#']);
        authority = end < 0 ? authority : authority[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        return authority.Length == 0 || authority.AsSpan().ContainsAny('{', '}', ' ') ? null
            : Uri.TryCreate("https://" + authority, UriKind.Absolute, out var uri) ? uri.Host
            : null;
    }

    /// <summary>When a request has been counted by some policy before a step.</summary>
    private int Limited(FlowPath path, int before)
    {
        var limited = Diagram.False;
        foreach (var point in (ReadOnlySpan<string>)["PreProxyFlowHook", "PreTargetFlowHook"])
        {
            if (program.FindHook(point) is (null, { IsComplete: false } coverage))
            {
                limited = symbols.Unknown(
                    $"no flow hook of environment '{program.Environment!.Name}' limits the rate",
                    $"the flow hooks of environment '{program.Environment.Name}' ({coverage.Reason})",
                    program.Environment.Location
                );
                limited = diagram.Not(limited);
            }
        }

        // A called proxy counts what reaches its backend.
        foreach (var visit in path.Visits.Take(before).Concat(before == path.Visits.Length ? path.Beyond : []))
        {
            if (visit.Policy is { Enabled: true } policy && RatePolicies.Limits(policy))
            {
                limited = diagram.Or(limited, visit.Runs);
            }
            else if (UnknownFlow(visit) is var (flow, why))
            {
                limited = diagram.Or(
                    limited,
                    diagram.Without(visit.Runs, symbols.Unknown($"shared flow '{flow}' does not limit the rate", why, visit.Location))
                );
            }
        }

        return limited;
    }

    private (string Flow, string Why)? UnknownFlow(StepVisit visit)
    {
        var flow = visit switch
        {
            { Policy: FlowCalloutPolicy { Enabled: true } call } => call.SharedFlow,
            { Hook.SharedFlow: { } hooked } => hooked,
            _ => null,
        };
        return flow is not null && program.FindSharedFlow(flow) is { Bundle: null } lookup
            ? (flow, lookup.Why ?? $"shared flow '{flow}', which does not exist")
            : null;
    }

    private IEnumerable<ForwardedToken> ForwardedTokens(List<FlowPath> paths, TargetConnection? connection)
    {
        if (connection is TargetConnection.Local)
        {
            // Another proxy of the same gateway checks for itself.
            yield break;
        }

        var replaced = (connection as TargetConnection.Http)?.Authentication?.Header;
        foreach (var (check, reader, token) in TokensOf(paths))
        {
            var carriers = paths
                .SelectMany(path => path.State.Names)
                .Append(token)
                .Where(name => IsSent(name) && !string.Equals(name, HeaderPrefix + replaced?.ToLowerInvariant(), StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal);
            foreach (var carrier in carriers)
            {
                var ways = paths
                    .Select(path => (Path: path, Taken: diagram.And(path.Reaches, Passed(path, reader))))
                    .Select(way => (way.Path, diagram.And(way.Taken, Carries(way.Path, carrier, token)), way.Taken));
                if (possible.Given(ways, "a valid token") is { } found)
                {
                    yield return new ForwardedToken(check, carrier, found);
                    break;
                }
            }
        }
    }

    // The caller's tokens: those that checks verify; where there are none, the bearer token that a step takes out of the Authorization header for code to judge.
    private List<(TokenCheck? Check, Policy Reader, string Token)> TokensOf(List<FlowPath> paths)
    {
        var tokens = endpoint
            .Checks.Where(check => TokenVariable(check) is not null)
            .Select(check => ((TokenCheck?)check, check.Policy, TokenVariable(check)!))
            .ToList();
        if (tokens.Count == 0)
        {
            tokens.AddRange(
                paths
                    .SelectMany(path => path.Visits)
                    .Where(visit => visit.Runs != Diagram.False)
                    .Select(visit => visit.Policy)
                    .OfType<ExtractVariablesPolicy>()
                    .Where(policy => policy.Enabled && policy.Extractions.Any(IsBearer))
                    .Distinct()
                    .Select(policy => ((TokenCheck?)null, (Policy)policy, "request.header.authorization"))
                    .Take(1)
            );
        }

        return tokens;
    }

    private static bool IsBearer(Extraction extraction) =>
        extraction.Source == ExtractionSource.Header
        && string.Equals(extraction.Name, "authorization", StringComparison.OrdinalIgnoreCase)
        && extraction.Expression.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    private IEnumerable<ForwardedToken> CopiedTokens(ServiceCalloutPolicy callout, List<(FlowPath Path, int Runs)> ways, string name)
    {
        if (CalloutRecogniser.Recognise(callout) != CalloutKind.TokenCheck || callout.RequestVariable is "request")
        {
            yield break;
        }

        foreach (var check in endpoint.Checks)
        {
            if (
                TokenVariable(check) is { } token
                && possible.First(ways.Select(way => (way.Path, diagram.And(way.Runs, Passed(way.Path, check.Policy)))), "a valid token")
                    is { } found
            )
            {
                yield return new ForwardedToken(check, token, found with { Witness = found.Witness with { Reaches = name } });
            }
        }
    }

    private static bool IsSent(string variable) =>
        variable.StartsWith(HeaderPrefix, StringComparison.Ordinal) || variable.StartsWith("request.queryparam.", StringComparison.Ordinal);

    // The variable in which the caller sends the token that a check verifies.
    private static string? TokenVariable(TokenCheck check) =>
        check switch
        {
            { Role: not TokenRole.Bearer } => null,
            { Kind: TokenCheckKind.Introspection } => "request.header.authorization",
            { Kind: TokenCheckKind.Jwt, Source: Resolution.Tainted tainted } => tainted.Source,
            _ => null,
        };

    private int Passed(FlowPath path, Policy policy) =>
        path
            .Visits.Where(visit => ReferenceEquals(visit.Policy, policy))
            .Aggregate(Diagram.False, (sum, visit) => diagram.Or(sum, diagram.Without(visit.Runs, visit.Fails)));

    // When a variable holds the token, whole or as a part.
    private int Carries(FlowPath path, string variable, string token)
    {
        var result = Diagram.False;
        foreach (var alternative in interpreter.Arriving(path, variable))
        {
            if (
                alternative.Value is FlowValue.Named { Symbol: var symbol }
                && (
                    symbol.Name == token
                    || symbol.Source == token
                    || symbol.Name.StartsWith($"extracted:{token}:", StringComparison.Ordinal)
                )
            )
            {
                result = diagram.Or(result, diagram.Without(alternative.Guard, symbols.IsNull(symbol)));
            }
        }

        return result;
    }

    /// <summary>The headers that tell a backend who calls, and whether a caller can write them.</summary>
    public IEnumerable<IdentityHeader> IdentityHeaders()
    {
        var ways = admitted.Where(path => path is { Destination: Destination.Target } && path.Reaches != Diagram.False).ToList();
        var found = new SortedDictionary<string, (string Value, HashSet<string> Targets)>(StringComparer.Ordinal);
        foreach (var path in ways)
        {
            foreach (var name in path.State.Names.Where(IsIdentityCarrier))
            {
                foreach (var alternative in interpreter.Arriving(path, name))
                {
                    if (Identity(alternative.Value) is not { } value)
                    {
                        continue;
                    }

                    if (!found.TryGetValue(name, out var entry))
                    {
                        found.Add(name, entry = (value, new HashSet<string>(StringComparer.Ordinal)));
                    }

                    entry.Targets.Add(NameOf(path));
                }
            }
        }

        foreach (var (name, (value, targets)) in found)
        {
            // A request without any credential shows it best.
            var open = strangers
                .Where(path => path is { Destination: Destination.Target } && path.Reaches != Diagram.False)
                .Select(path => (Path: path, Token: "no valid token or key"))
                .Concat(ways.Select(path => (Path: path, Token: "a valid token")))
                .Where(way => targets.Contains(NameOf(way.Path)))
                .GroupBy(way => way.Token, StringComparer.Ordinal)
                .Select(group => possible.First(group.Select(way => (way.Path, Survives(way.Path, name))), group.Key))
                .OfType<Possibility>()
                .OrderByDescending(candidate => candidate.IsDefinite)
                .FirstOrDefault();
            var header = name[HeaderPrefix.Length..];
            var steps = ways.SelectMany(path => Setters(path, header)).DistinctBy(step => step.Location).ToImmutableArray();
            yield return new IdentityHeader(
                endpoint,
                header,
                value,
                steps,
                open is null ? null : open with { Witness = Forged(open.Witness, header) },
                steps.Any(step => step.Adds)
            );
        }
    }

    // The platform writes X-Forwarded-* itself.
    private static bool IsIdentityCarrier(string variable) =>
        variable.StartsWith(HeaderPrefix, StringComparison.Ordinal)
        && variable is not "request.header.authorization"
        && !variable.StartsWith(HeaderPrefix + "x-forwarded-", StringComparison.Ordinal);

    // What a value says of the caller, in words; null when it says nothing.
    private static string? Identity(FlowValue value) =>
        value switch
        {
            FlowValue.Members members => Words(members.Set.Name),
            FlowValue.Named { Symbol: var symbol } when IsIdentity(symbol.Name) => symbol.Source,
            FlowValue.Named { Symbol: var symbol }
                when symbol.Name.StartsWith("made:", StringComparison.Ordinal) && IsIdentity(symbol.Source) => Words(symbol.Source),
            _ => null,
        };

    private static bool IsIdentity(string symbol) =>
        (symbol.StartsWith("token(", StringComparison.Ordinal) && symbol.Contains(").", StringComparison.Ordinal))
        || symbol.StartsWith("app:", StringComparison.Ordinal);

    private static string Words(string symbol) =>
        symbol.StartsWith("app:", StringComparison.Ordinal) ? $"the app's {symbol[4..]}"
        : symbol.LastIndexOf(").", StringComparison.Ordinal) is var at and > 0 ? $"the token's {symbol[(at + 2)..]}"
        : symbol;

    private int Survives(FlowPath path, string name)
    {
        var result = Diagram.False;
        foreach (var alternative in interpreter.Arriving(path, name))
        {
            if (alternative.Value is FlowValue.Named { Symbol: var symbol } && symbol.Name == name)
            {
                result = diagram.Or(result, diagram.Without(alternative.Guard, symbols.IsNull(symbol)));
            }
        }

        return diagram.And(path.Reaches, result);
    }

    private static IEnumerable<HeaderStep> Setters(FlowPath path, string header)
    {
        foreach (var visit in path.Visits)
        {
            if (
                visit
                is not {
                    Policy: AssignMessagePolicy { Enabled: true, AssignTo: null or "request" or "message" } policy,
                    Runs: not Diagram.False
                }
            )
            {
                continue;
            }

            foreach (var edit in policy.Edits.Where(edit => edit.Verb is "Set" or "Add"))
            {
                foreach (var item in edit.Headers.Where(item => string.Equals(item.Name, header, StringComparison.OrdinalIgnoreCase)))
                {
                    yield return new HeaderStep(policy, visit.Owner, item.Value.Location, edit.Verb == "Add");
                }
            }
        }
    }

    // Where nothing is asked of the header, any text is as good; a reader should see one that means something.
    private static Witness Forged(Witness witness, string header) =>
        witness with
        {
            Headers =
            [
                .. witness.Headers.Select(line =>
                    line.Value.Length == 0 && string.Equals(line.Name, header, StringComparison.OrdinalIgnoreCase)
                        ? line with
                        {
                            Value = "somebody-else",
                        }
                        : line
                ),
            ],
        };
}
