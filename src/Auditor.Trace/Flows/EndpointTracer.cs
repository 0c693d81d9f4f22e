using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>
/// Interprets one endpoint for the callers that matter and says what came out: the operations, the checks, and who gets past them. Over- and under-approximation are one
/// walk: what nobody here knows is a variable, a request is possible when some value of it lets it through, and definite when all values do.
/// </summary>
internal sealed class EndpointTracer
{
    private readonly FlowProgram program;
    private readonly TraceKnowledge knowledge;
    private readonly AuditSettings settings;
    private readonly TracedEndpoint endpoint;
    private readonly Diagram diagram = new();
    private readonly SymbolTable symbols;
    private readonly WitnessBuilder witnesses;
    private IReadOnlyList<FlowPath> admitted = [];
    private IReadOnlyList<FlowPath> strangers = [];

    private EndpointTracer(FlowProgram program, TraceKnowledge knowledge, AuditSettings settings)
    {
        this.program = program;
        this.knowledge = knowledge;
        this.settings = settings;
        endpoint = new TracedEndpoint(program);
        symbols = new SymbolTable(diagram, new LanguageFactory());
        witnesses = new WitnessBuilder(program, symbols);
    }

    /// <summary>Interprets an endpoint. Over budget it is not assessed, and says so.</summary>
    public static TracedEndpoint Trace(FlowProgram program, TraceKnowledge knowledge, AuditSettings settings)
    {
        var tracer = new EndpointTracer(program, knowledge, settings);
        try
        {
            tracer.Run();
        }
        catch (BudgetExceededException e)
        {
            tracer.endpoint.NotAssessed = e.Message;
            tracer.endpoint.Checks = [];
            tracer.endpoint.Operations = [new Operation(tracer.endpoint, null) { NotAssessed = $"over budget: {e.Message}" }];
        }

        return tracer.endpoint;
    }

    private void Run()
    {
        new FlowInterpreter(program, symbols, knowledge, Caller.Survey).Run();
        foreach (var declared in Declarations())
        {
            _ = Covers(declared);
        }

        symbols.Freeze();
        var forAdmitted = new FlowInterpreter(program, symbols, knowledge, Caller.Admitted);
        admitted = forAdmitted.Run();
        strangers = new FlowInterpreter(program, symbols, knowledge, Caller.Stranger).Run();
        endpoint.Checks = [.. Checks()];
        endpoint.Decoded = [.. TokenReadFinder.Decoded(endpoint, admitted, diagram)];
        endpoint.Operations = [.. Operations()];
        endpoint.Assumptions = program is { Endpoint: not null, Environment: null }
            ? ["No flow hook verifies tokens: flow hooks belong to environments, which are not part of a bundle."]
            : [];
        endpoint.Callouts =
        [
            .. admitted
                .SelectMany(path => path.Visits)
                .Where(visit => visit is { Policy: ServiceCalloutPolicy, Settings: not null })
                .Select(visit => new TracedCallout(
                    (ServiceCalloutPolicy)visit.Policy!,
                    CalloutRecogniser.Recognise((ServiceCalloutPolicy)visit.Policy!),
                    visit.Settings!["url"],
                    visit.Owner
                ))
                .DistinctBy(callout => callout.Policy.Name, StringComparer.Ordinal),
        ];
        endpoint.Attached =
        [
            .. forAdmitted
                .Seen.Where(visit => visit is { Policy: not null, Step: not null } && WouldVerify(visit))
                .Select(visit => new AttachedCheck(endpoint, visit.Policy!, visit.Owner, visit.Location))
                .DistinctBy(attached => attached.Key, StringComparer.Ordinal),
        ];
        endpoint.Demands = [.. Demands()];
        endpoint.ProtectedByHook = HookThatProtects();
    }

    private IEnumerable<ClaimDemand> Demands()
    {
        foreach (var set in symbols.Sets)
        {
            foreach (var (member, places) in set.Asked)
            {
                foreach (var place in places)
                {
                    var check = endpoint.Checks.FirstOrDefault(candidate =>
                        candidate.Jwt is { } jwt
                        && set.Name.StartsWith($"token({jwt.Source ?? "authorization"}).", StringComparison.Ordinal)
                    );
                    yield return new ClaimDemand(endpoint, set.Name[(set.Name.LastIndexOf('.') + 1)..], member, place, check);
                }
            }
        }

        foreach (var check in endpoint.Checks)
        {
            foreach (var claim in check.Jwt?.Claims ?? [])
            {
                if (claim.Name is "scp" or "groups" && claim.Value.Text.Length > 0)
                {
                    yield return new ClaimDemand(endpoint, claim.Name, claim.Value.Text, claim.Value.Location, check);
                }
            }
        }
    }

    private FlowHook? HookThatProtects()
    {
        if (endpoint.Operations.IsEmpty || endpoint.Operations.Any(operation => operation.Bypass is not null))
        {
            return null;
        }

        var verifying = admitted
            .SelectMany(path => path.Visits)
            .Where(visit => visit.Policy is { Enabled: true } policy && AuthPolicies.Verifies(policy))
            .ToList();
        return verifying.Count > 0 && verifying.All(visit => visit.Place.Segment == "hook") ? Outermost(verifying[0]).Hook : null;
    }

    private static StepVisit Outermost(StepVisit visit)
    {
        while (visit.Place.Caller is { } outer)
        {
            visit = outer;
        }

        return visit;
    }

    private IEnumerable<PublicOperation> Declarations() =>
        settings.Public.Where(declared =>
            string.Equals(declared.Proxy, program.Bundle.Name, StringComparison.Ordinal) && program.Endpoint is not null
        );

    /// <summary>When a request belongs to an operation that is declared public.</summary>
    private int Covers(PublicOperation declared)
    {
        var path = new FlowValue.Named(symbols.Get("proxy.pathsuffix", PathSymbol), "");
        var pattern = declared.Path.Trim();
        if (
            program.BasePath.Length > 0
            && (pattern == program.BasePath || pattern.StartsWith(program.BasePath + "/", StringComparison.Ordinal))
        )
        {
            pattern = pattern[program.BasePath.Length..];
        }

        int covers;
        if (pattern is "/**" or "**")
        {
            covers = Diagram.True;
        }
        else if (pattern is "" or "/")
        {
            covers = diagram.Or(symbols.Relate(path, ConditionOperator.Equals, ""), symbols.Relate(path, ConditionOperator.Equals, "/"));
        }
        else if (pattern.EndsWith("/**", StringComparison.Ordinal) && !pattern.AsSpan(0, pattern.Length - 3).ContainsAny('*', '{'))
        {
            var parent = pattern[..^3];
            covers = diagram.Or(
                symbols.Relate(path, ConditionOperator.Equals, parent),
                symbols.Relate(path, ConditionOperator.StartsWith, parent + "/")
            );
        }
        else
        {
            covers = symbols.Relate(path, ConditionOperator.MatchesPath, pattern);
        }

        if (declared.Verbs.IsEmpty)
        {
            return covers;
        }

        var verb = new FlowValue.Named(symbols.Get("request.verb", VerbSymbol), "");
        var verbs = declared.Verbs.Aggregate(
            Diagram.False,
            (sum, name) => diagram.Or(sum, symbols.Relate(verb, ConditionOperator.Equals, name.ToUpperInvariant()))
        );
        return diagram.And(covers, verbs);
    }

    // The interpreter makes these two first; an endpoint without any condition asks for neither.
    private Symbol PathSymbol() =>
        new("proxy.pathsuffix", VariableKind.Caller, false, "proxy.pathsuffix", "")
        {
            Domain = symbols.Languages.Or(
                symbols.Languages.Epsilon,
                symbols.Languages.Concat(
                    symbols.Languages.Text("/"),
                    symbols.Languages.Star(
                        symbols.Languages.Characters(CharSet.Between('!', '~').Intersect(CharSet.AnyOf("?#").Complement()))
                    )
                )
            ),
        };

    private static Symbol VerbSymbol() =>
        new("request.verb", VariableKind.Caller, false, "request.verb", "")
        {
            Preferred = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"],
        };

    private IEnumerable<Operation> Operations()
    {
        var declared = Declarations().Aggregate(Diagram.False, (sum, declaration) => diagram.Or(sum, Covers(declaration)));
        var flows = admitted
            .Concat(strangers)
            .Where(path => path.Destination != Destination.NullRoute)
            .Select(path => path.Flow)
            .Distinct()
            .ToList();
        if (
            program.Endpoint is null
            && !admitted.SelectMany(path => path.Visits).Any(visit => visit.Policy is { } policy && AuthPolicies.Verifies(policy))
        )
        {
            // A shared flow that verifies nothing is not there to protect anything.
            yield break;
        }

        foreach (var flow in program.Endpoint is { } proxy ? proxy.Flows.Cast<Flow?>().Append(null) : [null])
        {
            if (!flows.Contains(flow))
            {
                continue;
            }

            var ways = admitted
                .Where(path => path.Flow == flow && path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
                .ToList();
            var open = strangers
                .Where(path => path.Flow == flow && path.Destination != Destination.NullRoute && path.Reaches != Diagram.False)
                .ToList();
            if (ways.Count == 0 && open.Count == 0)
            {
                continue;
            }

            var (verbs, paths) = OperationShape.Of(flow, program, knowledge);
            var undeclared = open.Select(path => (Path: path, Reach: diagram.Without(path.Reaches, declared)))
                .Where(pair => pair.Reach != Diagram.False)
                .ToList();
            yield return new Operation(endpoint, flow)
            {
                Verbs = verbs,
                Paths = paths,
                Destination = string.Join(
                    ", ",
                    ways.Concat(open).Select(path => path.Words).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                ),
                Bypass = undeclared.Count == 0 ? null : BypassOf(flow, undeclared),
                DeclaredPublic = undeclared.Count == 0 && open.Count > 0 ? Declarations().FirstOrDefault() : null,
            };
        }
    }

    private Bypass BypassOf(Flow? flow, List<(FlowPath Path, int Reach)> open)
    {
        // A definite way first; among those, one that does not need OPTIONS; then the first in the document.
        var definite = open.Exists(pair => diagram.ForAll(pair.Reach, VariableKind.Unknown) != Diagram.False);
        var candidates = open.Select(pair =>
                (pair.Path, pair.Reach, Function: definite ? diagram.ForAll(pair.Reach, VariableKind.Unknown) : pair.Reach)
            )
            .Where(candidate => candidate.Function != Diagram.False)
            .ToList();
        var harmful = Harmful();
        var onlyHarmless = !candidates.Exists(candidate => diagram.And(candidate.Function, harmful) != Diagram.False);
        var chosen = onlyHarmless
            ? candidates[0]
            : candidates.First(candidate => diagram.And(candidate.Function, harmful) != Diagram.False);
        var function = WithFewestUnknowns(onlyHarmless ? chosen.Function : diagram.And(chosen.Function, harmful));
        var assignment = diagram.Satisfy(function, witnesses.Preference)!;
        var (cause, culprit) = Explain(flow, chosen.Path, assignment, function);
        if (
            onlyHarmless
            && HasVerification()
            && cause is BypassCause.NoDefaultDeny or BypassCause.UnprotectedFlow or BypassCause.ExcludedPath
        )
        {
            cause = BypassCause.MethodGap;
        }

        return new Bypass
        {
            Cause = cause,
            IsDefinite = definite,
            Witness = witnesses.Build(chosen.Path, assignment, "no valid token or key"),
            Culprit = culprit,
            Unknowns = definite ? [] : Unknowns(chosen.Reach, assignment),
            OnlyHarmlessVerbs = onlyHarmless,
            UnsafeVerb = candidates.Exists(candidate => diagram.And(candidate.Function, Unsafe()) != Diagram.False),
        };
    }

    private bool HasVerification() =>
        admitted.SelectMany(path => path.Visits).Any(visit => visit.Policy is { Enabled: true } policy && AuthPolicies.Verifies(policy));

    private int Harmful() =>
        symbols.All.FirstOrDefault(symbol => symbol.Name == "request.verb") is { Variable: >= 0 } verb
            ? diagram.Test(verb.Variable, value => SymbolTable.Example(verb, value) is not ("OPTIONS" or "HEAD" or "TRACE"))
            : Diagram.True;

    private int Unsafe() =>
        symbols.All.FirstOrDefault(symbol => symbol.Name == "request.verb") is { Variable: >= 0 } verb
            ? diagram.Test(verb.Variable, value => SymbolTable.Example(verb, value) is not ("OPTIONS" or "HEAD" or "TRACE" or "GET"))
            : Diagram.True;

    /// <summary>Why a request gets through: the first answer in the order of causes.</summary>
    private (BypassCause Cause, BypassStep? Culprit) Explain(
        Flow? flow,
        FlowPath path,
        IReadOnlyDictionary<int, int> assignment,
        int function
    )
    {
        var arriving = path.Visits.Where(visit => diagram.Evaluate(visit.Arrives, assignment)).ToList();
        foreach (var visit in arriving)
        {
            if (visit is { Policy.Enabled: false } && diagram.Evaluate(visit.Runs, assignment) && WouldVerify(visit))
            {
                return (BypassCause.Disabled, Culprit(visit, []));
            }
        }

        foreach (var visit in arriving)
        {
            if (
                !diagram.Evaluate(visit.Runs, assignment)
                || !diagram.Evaluate(visit.Fails, assignment)
                || diagram.Evaluate(visit.Stops, assignment)
            )
            {
                continue;
            }

            if (visit.Hook is not null)
            {
                return (BypassCause.HookFailOpen, Culprit(visit, []));
            }

            if (
                visit.Policy is { } policy
                && (AuthPolicies.Verifies(policy) || policy is FlowCalloutPolicy or ScriptPolicy or GetOAuthV2InfoPolicy)
            )
            {
                return (BypassCause.FailOpen, Culprit(visit, []));
            }
        }

        foreach (var visit in arriving)
        {
            if (visit.Policy is not { Enabled: true } || diagram.Evaluate(visit.Runs, assignment) || !WouldVerify(visit))
            {
                continue;
            }

            var deciding = Deciding(visit, function);
            var cause =
                deciding.Any(IsCredential) ? BypassCause.CredentialOptional
                : deciding.Any(IsSpoofable) ? BypassCause.Spoofable
                : deciding.Contains("request.verb", StringComparer.Ordinal) ? BypassCause.MethodGap
                : deciding.Contains("proxy.pathsuffix", StringComparer.Ordinal) ? BypassCause.ExcludedPath
                : BypassCause.UnprotectedFlow;
            return (cause, Culprit(visit, deciding));
        }

        if (
            arriving.Exists(visit =>
                visit.Policy is DecodeJwtPolicy
                && diagram.Evaluate(visit.Runs, assignment)
                && endpoint.Decoded.Any(decoded =>
                    ReferenceEquals(decoded.Policy, visit.Policy)
                    && decoded is { IsVerified: false, Uses.IsEmpty: false, Source: Resolution.Tainted }
                )
            )
        )
        {
            return (BypassCause.DecodeOnly, Culprit(arriving.Find(visit => visit.Policy is DecodeJwtPolicy)!, []));
        }

        if (OthersVerify(flow))
        {
            return flow is null ? (BypassCause.NoDefaultDeny, null)
                : SameTargetOtherVerb(flow) ? (BypassCause.MethodGap, null)
                : (BypassCause.UnprotectedFlow, null);
        }

        return (BypassCause.NoVerification, null);
    }

    // Another flow verifies for the same paths and other verbs.
    private bool SameTargetOtherVerb(Flow flow)
    {
        var (verbs, paths) = OperationShape.Of(flow, program, knowledge);
        if (paths.IsEmpty)
        {
            return false;
        }

        return admitted.Any(path =>
            path.Flow is { } other
            && other != flow
            && path.Visits.Any(visit => visit.Place.Flow == other && WouldVerify(visit))
            && OperationShape.Of(other, program, knowledge) is var shape
            && shape.Paths.Intersect(paths, StringComparer.Ordinal).Any()
            && !shape.Verbs.SequenceEqual(verbs, StringComparer.Ordinal)
        );
    }

    private bool OthersVerify(Flow? flow) =>
        admitted.Any(path =>
            path.Flow != flow
            && path.Visits.Any(visit =>
                visit.Policy is { Enabled: true } && AuthPolicies.Verifies(visit.Policy) && visit.Place.Flow is not null
            )
        );

    /// <summary>Whether the step, if it ran and stopped, would verify: itself, or through the shared flow it calls.</summary>
    private bool WouldVerify(StepVisit visit) => visit.Policy is { } policy && WouldVerify(policy, 0);

    private bool WouldVerify(Policy policy, int depth) =>
        AuthPolicies.Verifies(policy)
        || (
            policy is FlowCalloutPolicy call
            && depth < 10
            && program.FindSharedFlow(call.SharedFlow).Bundle is { } shared
            && shared
                .SharedFlows.Take(1)
                .SelectMany(flow => flow.Steps)
                .Any(step => shared.FindPolicy(step.Policy) is { } inner && WouldVerify(inner, depth + 1))
        );

    /// <summary>The variables that decide whether a step runs when it is reached.</summary>
    private ImmutableArray<string> Deciding(StepVisit visit, int function)
    {
        _ = function;
        var arriving = diagram.Support(visit.Arrives);
        var support = diagram.Support(visit.Runs).Where(variable => !arriving.Contains(variable)).ToList();
        if (support.Count == 0)
        {
            support = [.. diagram.Support(visit.Runs)];
        }

        return [.. support.Select(diagram.NameOf)];
    }

    private static bool IsCredential(string variable) =>
        variable.Contains("request.header.authorization", StringComparison.Ordinal)
        || variable.StartsWith("token(", StringComparison.Ordinal)
        || CredentialNames.IsCredential(variable.StartsWith("extracted:", StringComparison.Ordinal) ? variable.Split(':')[1] : variable)
        || variable.Contains("apikey", StringComparison.OrdinalIgnoreCase)
        || variable.Contains("api-key", StringComparison.OrdinalIgnoreCase)
        || variable.Contains("api_key", StringComparison.OrdinalIgnoreCase);

    private bool IsSpoofable(string variable)
    {
        if (
            !variable.Contains("request.header.", StringComparison.Ordinal)
            && !variable.Contains("request.queryparam.", StringComparison.Ordinal)
            && !variable.Contains("request.formparam.", StringComparison.Ordinal)
        )
        {
            return false;
        }

        _ = settings;
        return true;
    }

    private static BypassStep Culprit(StepVisit visit, ImmutableArray<string> decidedBy) =>
        new(
            visit.Policy,
            visit.Owner,
            visit.Step,
            visit.Hook,
            visit.Step?.Condition is { } condition && !decidedBy.IsEmpty ? condition.Location
                : visit.Hook is not null ? visit.Location
                : visit.Policy?.Location ?? visit.Location,
            decidedBy
        );

    /// <summary>The requests whose fate depends on as little as possible that is not known: what some request can do without is done without.</summary>
    private int WithFewestUnknowns(int function)
    {
        foreach (var variable in diagram.Support(function).Where(variable => diagram.KindOf(variable) == VariableKind.Unknown))
        {
            var without = diagram.ForAll(function, variable);
            function = without == Diagram.False ? function : without;
        }

        return function;
    }

    /// <summary>The unknowns that decide, each of them in words, ordered.</summary>
    private ImmutableArray<TraceUnknown> Unknowns(int function, IReadOnlyDictionary<int, int> assignment)
    {
        var unknowns = new List<TraceUnknown>();
        foreach (var variable in diagram.Support(function))
        {
            if (diagram.KindOf(variable) != VariableKind.Unknown || !assignment.ContainsKey(variable))
            {
                continue;
            }

            // It matters when the other value would stop this very request.
            var fixedOthers = assignment
                .Where(pair => pair.Key != variable && diagram.KindOf(pair.Key) == VariableKind.Caller)
                .Aggregate(function, (current, pair) => diagram.Restrict(current, pair.Key, pair.Value));
            if (fixedOthers != Diagram.True && diagram.Support(fixedOthers).Contains(variable))
            {
                unknowns.Add(symbols.Describe(variable));
            }
        }

        return
        [
            .. unknowns
                .DistinctBy(unknown => unknown.What, StringComparer.Ordinal)
                .OrderBy(unknown => unknown.What, StringComparer.Ordinal),
        ];
    }

    private IEnumerable<TokenCheck> Checks()
    {
        var visits = new List<(Policy Policy, Bundle Owner, List<StepVisit> Visits, bool Leads)>();
        foreach (var path in admitted)
        {
            foreach (var visit in path.Visits)
            {
                if (visit.Policy is not { Enabled: true } policy || AuthPolicies.KindOf(policy) is null || visit.Runs == Diagram.False)
                {
                    continue;
                }

                var leads = path.Destination != Destination.NullRoute && path.Reaches != Diagram.False;
                var index = visits.FindIndex(item => ReferenceEquals(item.Policy, policy));
                if (index < 0)
                {
                    visits.Add((policy, visit.Owner, [visit], leads));
                }
                else
                {
                    visits[index].Visits.Add(visit);
                    visits[index] = visits[index] with { Leads = visits[index].Leads || leads };
                }
            }
        }

        foreach (var (policy, owner, seen, leads) in visits)
        {
            yield return Check(policy, owner, seen, leads);
        }
    }

    private TokenCheck Check(Policy policy, Bundle owner, List<StepVisit> seen, bool leads)
    {
        var kind = AuthPolicies.KindOf(policy)!.Value;
        if (policy is not JwtPolicy jwt)
        {
            return new TokenCheck(endpoint, kind, policy, owner)
            {
                LeadsToBackend = leads,
                Role = TokenRole.Bearer,
                Source = Combine(
                    seen,
                    policy is VerifyApiKeyPolicy ? "key"
                        : policy is ServiceCalloutPolicy ? "url"
                        : "source"
                ),
            };
        }

        var issuer = Combine(seen, "issuer");
        var keys = jwt
            .Keys.Select((key, i) => new CheckKey(key.Form, Combine(seen, "key" + i.ToString(CultureInfo.InvariantCulture)), key.Value))
            .ToImmutableArray();
        var source = Combine(seen, "source");
        var byIssuer = issuer.Texts.Select(text => knowledge.FindServer(text, null)).FirstOrDefault(server => server is not null);
        var byJwks = byIssuer is null
            ? keys.Where(key => key.Form == JwtKeyForm.JwksUri)
                .SelectMany(key => key.Value.Texts)
                .Select(uri => knowledge.FindServer(null, uri))
                .FirstOrDefault(server => server is not null)
            : null;
        var audience = Combine(seen, "audience");
        var role = TokenRoles.Of(jwt, source, keys);
        return new TokenCheck(endpoint, kind, policy, owner)
        {
            LeadsToBackend = leads,
            Role = role,
            Issuer = issuer,
            Audience = audience,
            Algorithm = Combine(seen, "algorithm"),
            Source = source,
            Keys = keys,
            Server = byIssuer ?? byJwks,
            ServerBy =
                byIssuer is not null ? "issuer"
                : byJwks is not null ? "jwks"
                : null,
            EarlyUses = [.. TokenReadFinder.Early(jwt, admitted)],
            OtherAudience = IsPinned(audience) ? null : Foreign(jwt, rightIssuer: true, rightAudience: false),
            OtherIssuer = IsPinned(issuer) ? null : Foreign(jwt, rightIssuer: false, rightAudience: true),
        };
    }

    private static bool IsPinned(Resolution resolution) =>
        resolution switch
        {
            Resolution.Known known => known.Value.Length > 0,
            Resolution.OneOf oneOf => oneOf.Values.All(value => value.Length > 0),
            _ => false,
        };

    private static Resolution Combine(List<StepVisit> visits, string setting)
    {
        Resolution? result = null;
        foreach (var visit in visits)
        {
            if (visit.Settings is null || !visit.Settings.TryGetValue(setting, out var resolution))
            {
                continue;
            }

            if (result is null || !result.IsKnown)
            {
                result ??= resolution;
            }
            else if (resolution.IsKnown)
            {
                var texts = result.Texts.Union(resolution.Texts, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
                if (texts.Length > 1)
                {
                    result = new Resolution.OneOf(texts) { Provenance = result.Provenance };
                }
            }
            else
            {
                result = resolution;
            }
        }

        return result ?? Resolution.Absent.Instance;
    }

    /// <summary>What happens with a token that the policy's keys verify, and that carries another audience or issuer.</summary>
    private ForeignToken Foreign(JwtPolicy policy, bool rightIssuer, bool rightAudience)
    {
        var sheet = new TokenSheet(policy, rightIssuer, rightAudience);
        var paths = new FlowInterpreter(program, symbols, knowledge, Caller.TokenHolder, sheet).Run();
        var token = rightIssuer
            ? $"a token of the right issuer whose aud is '{TokenSheet.ForeignAudience}'"
            : $"a token signed with the right keys whose iss is '{TokenSheet.ForeignIssuer}'";
        ForeignToken? possible = null;
        foreach (var path in paths)
        {
            foreach (var visit in path.Visits.Where(visit => ReferenceEquals(visit.Policy, policy)))
            {
                var reach = diagram.And(path.Reaches, visit.Runs);
                var definite = diagram.ForAll(reach, VariableKind.Unknown);
                if (definite != Diagram.False)
                {
                    return new ForeignToken
                    {
                        Accepted = true,
                        Witness = witnesses.Build(path, diagram.Satisfy(definite, witnesses.Preference)!, token),
                    };
                }

                if (reach != Diagram.False && possible is null)
                {
                    var assignment = diagram.Satisfy(WithFewestUnknowns(reach), witnesses.Preference)!;
                    possible = new ForeignToken
                    {
                        Unknowns = Unknowns(reach, assignment),
                        Witness = witnesses.Build(path, assignment, token),
                    };
                }
            }
        }

        return possible ?? ForeignToken.Refused;
    }
}
