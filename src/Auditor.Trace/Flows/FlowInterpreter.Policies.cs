using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <content>What each kind of policy does to a request: the variables it sets, and when it fails.</content>
internal sealed partial class FlowInterpreter
{
    private const string Authorization = "request.header.authorization";

    /// <summary>Applies a policy where it runs, and says when it fails.</summary>
    private int Apply(Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        switch (policy)
        {
            case VerifyJwtPolicy or VerifyJwsPolicy:
                return VerifyJwt((JwtPolicy)policy, owner, visit, runs, state);
            case DecodeJwtPolicy decode:
                var readable = HoldsToken(decode, runs, state, owner);
                Leave(decode, owner, diagram.And(runs, readable), verified: false, failed: false, state);
                Settle(visit, decode, runs, state, owner);
                return diagram.Without(runs, readable);
            case GenerateJwtPolicy generate:
                Settle(visit, generate, runs, state, owner);
                Assign(
                    generate.OutputVariable ?? $"jwt.{generate.Name}.generated_jwt",
                    new FlowValue.Named(UnknownSymbol($"generated:{generate.Name}", false, $"the token made by '{generate.Name}'", "nothing: it is made at run time"), ""),
                    null,
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case OAuthV2Policy { Verifies: true } oauth:
                return VerifyApigeeToken(oauth, owner, visit, runs, state);
            case OAuthV2Policy:
                return Diagram.False;
            case GetOAuthV2InfoPolicy { AccessToken: not null }:
                return Unauthenticated && caller == Caller.Stranger ? runs : Diagram.False;
            case VerifyApiKeyPolicy key:
                return VerifyApiKey(key, owner, visit, runs, state);
            case HmacPolicy { VerificationValue: not null } or ValidateSamlPolicy or VerifyIamPolicy:
                return caller == Caller.Stranger ? runs : caller == Caller.Survey ? Diagram.Maybe : Diagram.False;
            case AccessControlPolicy { Restricts: true } access:
                return Unauthenticated
                    ? diagram.Without(
                        runs,
                        symbols.Unknown($"AccessControl '{access.Name}' admits the caller's address", "which addresses can call", visit.Location)
                    )
                    : Diagram.False;
            case RaiseFaultPolicy:
                return runs;
            case CorsPolicy { GeneratePreflightResponse: true }:
                // Preflights are answered here, and the flows are skipped (public policy digest; A13 of the facts).
                var verb = new FlowValue.Named(CallerVerb(state, owner), "");
                return caller == Caller.Survey ? Diagram.Maybe : diagram.And(runs, symbols.Relate(verb, ConditionOperator.Equals, "OPTIONS"));
            case AssignMessagePolicy assign:
                AssignMessage(assign, owner, runs, state);
                return Diagram.False;
            case KeyValueMapOperationsPolicy map:
                ReadMap(map, owner, runs, state);
                return Diagram.False;
            case ExtractVariablesPolicy extract:
                Extract(extract, owner, runs, state);
                return Diagram.False;
            case ServiceCalloutPolicy callout:
                return Callout(callout, owner, visit, runs, state);
            case LookupCachePolicy lookup:
                LookUp(lookup, owner, runs, state);
                return Diagram.False;
            case BasicAuthenticationPolicy basic:
                return Basic(basic, owner, runs, state);
            case ScriptPolicy script:
                return RunScript(script, owner, visit, runs, state);
            case ExternalCalloutPolicy external:
                state.AddWriter(new OpaqueWriter(runs, $"ExternalCallout '{external.Name}'", visit.Location));
                return MayStop($"ExternalCallout '{external.Name}'", "what the service does", visit, runs);
            case FlowCalloutPolicy call:
                foreach (var parameter in call.Parameters)
                {
                    var value = parameter.Value.Reference is not null ? ValueOf(parameter.Value, state, owner) : Expand(parameter.Value.Text, parameter.Value.Location, state, owner);
                    Assign(parameter.Name, value, runs, state, owner);
                }

                visit.Ignores = call.ContinueOnError;
                return RunSharedFlow(call.SharedFlow, visit.Place.Place, runs, visit, state);
            case AssertConditionPolicy assert:
                var holds = assert.Condition is { } condition ? Evaluate(condition, state, owner) : Diagram.True;
                Assign(
                    $"assertcondition.{assert.Name}.truthValue",
                    [
                        new Alternative(holds, new FlowValue.Text("true"), null),
                        new Alternative(diagram.Not(holds), new FlowValue.Text("false"), null),
                    ],
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case OtherPolicy other:
                return Other(other, owner, visit, runs, state);
            default:
                return Diagram.False;
        }
    }

    private Symbol CallerVerb(FlowState state, Bundle owner) => ((FlowValue.Named)BuiltIn("request.verb", state, owner)![0].Value).Symbol;

    /// <summary>Records how the settings of a JWT policy resolve; asked for once, when everything is admitted.</summary>
    private void Settle(StepVisit visit, JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        if (caller != Caller.Admitted)
        {
            return;
        }

        var settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal)
        {
            ["issuer"] = Resolve(policy.Issuer, state, runs, owner),
            ["audience"] = Resolve(policy.Audience, state, runs, owner),
            ["algorithm"] = Resolve(policy.Algorithm, state, runs, owner),
        };
        for (var i = 0; i < policy.Keys.Length; i++)
        {
            settings[$"key{i.ToString(CultureInfo.InvariantCulture)}"] = Resolve(policy.Keys[i].Value, state, runs, owner);
        }

        settings["source"] = policy.Source is { } source
            ? Resolve(Read(source, state, owner), runs, source, policy.SourceLocation ?? policy.Location)
            : new Resolution.Tainted(Authorization);
        visit.Settings = settings;
    }

    /// <summary>When the token's place holds something that can be a token.</summary>
    private int HoldsToken(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        _ = runs;
        if (policy.Source is null)
        {
            return Relate(
                Read(Authorization, state, owner),
                ConditionOperator.StartsWith,
                [new Alternative(Diagram.True, new FlowValue.Text("Bearer "), null)],
                policy.Location
            );
        }

        return Relate(Read(policy.Source, state, owner), ConditionOperator.NotEquals, Null, policy.Location);
    }

    private int VerifyJwt(JwtPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        Settle(visit, policy, runs, state, owner);
        var passes = caller switch
        {
            Caller.Survey => SurveyToken(policy, runs, state, owner),
            Caller.Stranger => Diagram.False,
            Caller.Admitted => diagram.And(runs, HoldsToken(policy, runs, state, owner)),
            _ => diagram.And(diagram.And(runs, HoldsToken(policy, runs, state, owner)), Accepts(policy, runs, state, owner)),
        };
        var fails = diagram.Without(runs, passes);
        if (passes != Diagram.False)
        {
            Leave(policy, owner, passes, verified: true, failed: false, state);
        }

        if (fails != Diagram.False && policy.ContinueOnError)
        {
            Leave(policy, owner, fails, verified: false, failed: true, state);
        }

        return fails;
    }

    private int SurveyToken(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        // Asks everything that the other walks will ask, so that every question is known before the first answer.
        HoldsToken(policy, runs, state, owner);
        foreach (var setting in new[] { policy.Issuer, policy.Audience })
        {
            if (setting is not null)
            {
                ValueOf(setting, state, owner);
            }
        }

        return Diagram.Maybe;
    }

    /// <summary>When the policy accepts the token of the sheet.</summary>
    private int Accepts(JwtPolicy policy, int runs, FlowState state, Bundle owner)
    {
        var target = sheet!.Target;
        if (!ReferenceEquals(policy, target) && !SameKeys(policy, target))
        {
            // Signed with keys this policy does not know.
            return Diagram.False;
        }

        return diagram.And(
            Accepts(policy.Issuer, policy, sheet.RightIssuer || ReferenceEquals(policy.Issuer, null), TokenSheet.ForeignIssuer, runs, state, owner),
            Accepts(policy.Audience, policy, sheet.RightAudience || ReferenceEquals(policy.Audience, null), TokenSheet.ForeignAudience, runs, state, owner)
        );
    }

    private static bool SameKeys(JwtPolicy left, JwtPolicy right) =>
        left.Keys.Length == right.Keys.Length
        && left.Keys.Zip(right.Keys)
            .All(pair =>
                pair.First.Form == pair.Second.Form
                && string.Equals(pair.First.Value.Text, pair.Second.Value.Text, StringComparison.Ordinal)
                && string.Equals(pair.First.Value.Reference, pair.Second.Value.Reference, StringComparison.Ordinal)
            );

    private int Accepts(Setting? demanded, JwtPolicy policy, bool carriesRight, string foreign, int runs, FlowState state, Bundle owner)
    {
        if (demanded is null)
        {
            return Diagram.True;
        }

        _ = runs;
        var result = Diagram.False;
        foreach (var alternative in ValueOf(demanded, state, owner))
        {
            var accepts = alternative.Value switch
            {
                // An empty demand is no demand.
                FlowValue.Text { Value: "" } => Diagram.True,
                FlowValue.Text text => Truth(carriesRight || string.Equals(text.Value, foreign, StringComparison.Ordinal)),
                // An unresolved variable faults, or becomes empty where that is asked for.
                FlowValue.Missing => Truth(policy.IgnoreUnresolvedVariables),
                // A value that the caller chooses compares the token with itself.
                FlowValue.Named { Symbol.Kind: VariableKind.Caller } => Diagram.True,
                FlowValue.Named { Symbol.IsNullable: true } unknown when policy.IgnoreUnresolvedVariables => carriesRight
                    ? Diagram.True
                    : symbols.IsNull(unknown.Symbol),
                _ => Truth(carriesRight),
            };
            result = diagram.Or(result, diagram.And(alternative.Guard, accepts));
        }

        return result;
    }

    private static void Leave(JwtPolicy policy, Bundle owner, int guard, bool verified, bool failed, FlowState state)
    {
        if (!state.Jwts.TryGetValue(policy.Name, out var outcomes))
        {
            state.Jwts.Add(policy.Name, outcomes = []);
        }

        outcomes.Add(new JwtOutcome(guard, policy, verified, failed, owner));
    }

    /// <summary>A variable below <c>jwt.</c>, or null when the name is none.</summary>
    private Alternative[]? JwtVariable(string name, FlowState state, Bundle owner)
    {
        if (string.Equals(name, "JWT.failed", StringComparison.Ordinal))
        {
            return FailedOutcome(state.Jwts.Values.SelectMany(outcomes => outcomes));
        }

        if (!name.StartsWith("jwt.", StringComparison.Ordinal) && !name.StartsWith("jws.", StringComparison.Ordinal))
        {
            return null;
        }

        string? policy = null;
        foreach (var candidate in state.Jwts.Keys)
        {
            if (
                string.CompareOrdinal(name, 4, candidate, 0, candidate.Length) == 0
                && name.Length > candidate.Length + 5
                && name[candidate.Length + 4] == '.'
                && (policy is null || candidate.Length > policy.Length)
            )
            {
                policy = candidate;
            }
        }

        if (policy is null)
        {
            return Null;
        }

        var member = name[(policy.Length + 5)..];
        if (member is "failed")
        {
            return FailedOutcome(state.Jwts[policy]);
        }

        var result = new List<Alternative>();
        var rest = Diagram.True;

        // The latest outcome is the one that counts.
        foreach (var outcome in Enumerable.Reverse(state.Jwts[policy]))
        {
            var guard = diagram.And(rest, outcome.Guard);
            rest = diagram.Without(rest, outcome.Guard);
            foreach (var alternative in Member(outcome, member, state, owner))
            {
                Merge(result, alternative with { Guard = diagram.And(guard, alternative.Guard) });
            }
        }

        Merge(result, new Alternative(rest, FlowValue.Missing.Instance, null));
        return [.. result];
    }

    private Alternative[] FailedOutcome(IEnumerable<JwtOutcome> outcomes)
    {
        var failed = outcomes.Where(outcome => outcome.Failed).Aggregate(Diagram.False, (sum, outcome) => diagram.Or(sum, outcome.Guard));
        var result = new List<Alternative>();
        Merge(result, new Alternative(failed, new FlowValue.Text("true"), null));
        Merge(result, new Alternative(diagram.Not(failed), FlowValue.Missing.Instance, null));
        return [.. result];
    }

    private Alternative[] Member(JwtOutcome outcome, string member, FlowState state, Bundle owner)
    {
        var origin = new ProvenanceChain(new Provenance(outcome.Policy.Location, $"{outcome.Policy.Kind} '{outcome.Policy.Name}'"), null);
        switch (member)
        {
            case "valid":
                return outcome.Policy is DecodeJwtPolicy ? Null : Of(outcome.Verified ? "true" : "false");
            case "is_expired" or "isExpired":
                return outcome.Verified ? Of("false") : Of(TokenSymbol(outcome, "is_expired", nullable: false, ["false", "true"]));
            default:
                break;
        }

        if (outcome.Failed)
        {
            // Whether a verification that failed leaves the claims behind is not documented.
            var sets = symbols.Unknown("reading: " + Reading.FailedVerifySetsClaims.Question, "a test on a live gateway", null);
            var result = new List<Alternative>();
            foreach (var alternative in Claim(outcome, member, origin, state, owner))
            {
                Merge(result, alternative with { Guard = diagram.And(alternative.Guard, sets) });
            }

            Merge(result, new Alternative(diagram.Not(sets), FlowValue.Missing.Instance, null));
            return [.. result];
        }

        return Claim(outcome, member, origin, state, owner);
    }

    private Alternative[] Claim(JwtOutcome outcome, string member, ProvenanceChain origin, FlowState state, Bundle owner)
    {
        var (claim, decoded) = JwtMember.ClaimOf(member);
        if (claim is null)
        {
            // A header of the token, the payload, a remaining time.
            return Of(TokenSymbol(outcome, member, nullable: true, []));
        }

        if (caller == Caller.TokenHolder && ReferenceEquals(outcome.Policy, sheet!.Target))
        {
            if (claim == "aud" && !sheet.RightAudience)
            {
                return [new Alternative(Diagram.True, new FlowValue.Text(TokenSheet.ForeignAudience), origin)];
            }

            if (claim == "iss" && !sheet.RightIssuer)
            {
                return [new Alternative(Diagram.True, new FlowValue.Text(TokenSheet.ForeignIssuer), origin)];
            }
        }

        if (outcome.Verified && (claim == "iss" ? outcome.Policy.Issuer : claim == "aud" ? outcome.Policy.Audience : null) is { } pinned)
        {
            // What was demanded is what it holds.
            return ValueOf(pinned, state, outcome.Owner);
        }

        var carries = outcome.Verified ? TraceKnowledge.Carries(ServerOf(outcome.Policy, state, outcome.Owner), claim) : null;
        if (carries == false)
        {
            return [new Alternative(Diagram.True, FlowValue.Missing.Instance, origin)];
        }

        _ = owner;
        if (claim is "scp" or "groups" or "roles")
        {
            return [new Alternative(Diagram.True, new FlowValue.Members(symbols.Set(TokenName(outcome) + claim), decoded), origin)];
        }

        return [new Alternative(Diagram.True, new FlowValue.Named(TokenSymbol(outcome, "claim." + claim, nullable: true, []), ""), origin)];
    }

    private Model.Okta.AuthorizationServer? ServerOf(JwtPolicy policy, FlowState state, Bundle owner)
    {
        string? issuer = null;
        string? jwks = null;
        if (policy.Issuer is { } demanded && ValueOf(demanded, state, owner) is [{ Value: FlowValue.Text text }])
        {
            issuer = text.Value;
        }

        if (policy.Keys.FirstOrDefault(key => key.Form == JwtKeyForm.JwksUri) is { } key && ValueOf(key.Value, state, owner) is [{ Value: FlowValue.Text uri }])
        {
            jwks = uri.Value;
        }

        return knowledge.FindServer(issuer, jwks);
    }

    // The same token has the same claims, whichever policy reads it.
    private static string TokenName(JwtOutcome outcome) => $"token({outcome.Policy.Source ?? "authorization"}).";

    private Symbol TokenSymbol(JwtOutcome outcome, string member, bool nullable, ImmutableArray<string> preferred)
    {
        var name = TokenName(outcome) + member;
        return symbols.Get(name, () => new Symbol(name, VariableKind.Caller, nullable, $"the token's {member}", "") { Preferred = preferred });
    }

    private int VerifyApigeeToken(OAuthV2Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        _ = visit;
        var present = policy.AccessToken is null
            ? Relate(
                Read(Authorization, state, owner),
                ConditionOperator.NotEquals,
                Null,
                policy.Location
            )
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => Diagram.Maybe,
            Caller.Stranger => Diagram.False,
            _ => diagram.And(runs, present),
        };
        if (passes != Diagram.False)
        {
            foreach (var name in (ReadOnlySpan<string>)["client_id", "access_token", "apiproduct.name", "developer.id", "developer.email", "app.name", "grant_type"])
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            Assign("scope", new FlowValue.Members(symbols.Set("the Apigee token's scope"), IsJson: false), null, passes, state, owner);
        }

        return diagram.Without(runs, passes);
    }

    private int VerifyApiKey(VerifyApiKeyPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal) { ["key"] = Resolve(policy.ApiKey, state, runs, owner) };
        }

        var present = policy.ApiKey.Reference is { } reference ? Relate(Read(reference, state, owner), ConditionOperator.NotEquals, Null, policy.Location) : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => Diagram.Maybe,
            Caller.Stranger => Diagram.False,
            _ => diagram.And(runs, present),
        };
        if (passes != Diagram.False)
        {
            foreach (var name in (ReadOnlySpan<string>)["client_id", "apiproduct.name", "developer.id", "developer.email", "developer.app.name"])
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            foreach (var name in (ReadOnlySpan<string>)["client_id", "client_secret", "redirection_uris", "apiproduct.name", "developer.app.name", "developer.email"])
            {
                Assign($"verifyapikey.{policy.Name}.{name}", new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }
        }

        return diagram.Without(runs, passes);
    }

    private Symbol AppSymbol(string name) =>
        symbols.Get("app:" + name, () => new Symbol("app:" + name, VariableKind.Caller, false, $"the app's {name}", ""));

    /// <summary>The variables that tell later steps that a policy failed and was ignored (fault handling page, 2026-04-10).</summary>
    private void MarkFailed(Policy policy, int fails, FlowState state)
    {
        if (fails == Diagram.False)
        {
            return;
        }

        var prefix = policy switch
        {
            JwtPolicy => "jwt",
            OAuthV2Policy or VerifyApiKeyPolicy or GetOAuthV2InfoPolicy => "oauthV2",
            ServiceCalloutPolicy => "servicecallout",
            ScriptPolicy { IsJavaScript: true } => "javascript",
            QuotaPolicy or SpikeArrestPolicy => "ratelimit",
            RaiseFaultPolicy => "raisefault",
            _ => policy.Kind.ToLowerInvariant(),
        };
        var owner = program.Bundle;
        foreach (var name in new[] { $"{prefix}.{policy.Name}.failed", $"{policy.Name}.failed", $"{policy.Kind}.{policy.Name}.failed", $"{prefix}.failed" })
        {
            if (policy is not JwtPolicy || !name.StartsWith("jwt.", StringComparison.Ordinal))
            {
                Assign(name, new FlowValue.Text("true"), null, fails, state, owner);
            }
        }

        // Which of its faults it raises is up to whoever sends the request.
        var fault = symbols.Get(
            $"fault:{policy.Name}",
            () =>
                new Symbol($"fault:{policy.Name}", VariableKind.Caller, false, $"the fault of '{policy.Name}'", "")
                {
                    Preferred = [.. FaultNames.Of(policy)],
                }
        );
        foreach (var name in new[] { "fault.name", $"{prefix}.{policy.Name}.fault.name" })
        {
            Assign(name, new FlowValue.Named(fault, ""), null, fails, state, owner);
        }
    }

    private void AssignMessage(AssignMessagePolicy policy, Bundle owner, int runs, FlowState state)
    {
        var message = Message(policy.AssignTo);
        if (policy.CreateNew && message == "request")
        {
            foreach (var name in state.Names.Where(name => name.StartsWith("request.", StringComparison.Ordinal)).ToArray())
            {
                Assign(name, FlowValue.Missing.Instance, null, runs, state, owner);
            }

            state.Clear("request.header.", runs);
            state.Clear("request.queryparam.", runs);
            state.Clear("request.formparam.", runs);
        }

        foreach (var assignment in policy.Variables)
        {
            Assign(assignment, owner, runs, state);
        }

        foreach (var edit in policy.Edits)
        {
            Edit(edit, message, owner, runs, state);
        }
    }

    private static string Message(string? assignTo) => assignTo is null or "" or "message" or "request" ? "request" : assignTo.Trim();

    private void Assign(VariableAssignment assignment, Bundle owner, int runs, FlowState state)
    {
        Alternative[]? literal =
            assignment.Secret is { } secret ? Of(UnknownSymbol($"literal:{assignment.Location}", false, "a secret literal", "nothing: the value is secret", secret))
            : assignment.Template is { } template ? Expand(template, assignment.Location, state, owner)
            : assignment.Value is { } value ? [new Alternative(Diagram.True, new FlowValue.Text(value), new ProvenanceChain(new Provenance(assignment.Location, "AssignVariable"), null))]
            : null;
        if (assignment.Reference is { } reference)
        {
            var result = new List<Alternative>();
            foreach (var alternative in Read(reference, state, owner))
            {
                if (alternative.Value is FlowValue.Missing)
                {
                    foreach (var fallback in literal ?? Read(assignment.Name, state, owner))
                    {
                        Merge(result, fallback with { Guard = diagram.And(alternative.Guard, fallback.Guard) });
                    }
                }
                else if (literal is not null && alternative.Value is FlowValue.Named { Symbol.IsNullable: true, Prefix: "" } named)
                {
                    var isNull = symbols.IsNull(named.Symbol);
                    Merge(result, alternative with { Guard = diagram.Without(alternative.Guard, isNull) });
                    foreach (var fallback in literal)
                    {
                        Merge(result, fallback with { Guard = diagram.And(diagram.And(alternative.Guard, isNull), fallback.Guard) });
                    }
                }
                else
                {
                    Merge(result, alternative with { Origin = new ProvenanceChain(new Provenance(assignment.Location, $"copy of {reference}"), alternative.Origin) });
                }
            }

            Assign(assignment.Name, [.. result], runs, state, owner);
            return;
        }

        if (assignment.TemplateReference is not null || assignment.ResourceUrl is not null)
        {
            Assign(
                assignment.Name,
                new FlowValue.Named(UnknownSymbol($"assigned:{assignment.Location}", true, $"'{assignment.Name}', which a template at run time makes", "the template"), ""),
                null,
                runs,
                state,
                owner
            );
            return;
        }

        if (literal is not null)
        {
            Assign(assignment.Name, literal, runs, state, owner);
        }
    }

    private void Edit(MessageEdit edit, string message, Bundle owner, int runs, FlowState state)
    {
        foreach (var (kind, items) in new[] { ("header", edit.Headers), ("queryparam", edit.QueryParams), ("formparam", edit.FormParams) })
        {
            foreach (var item in items)
            {
                var name = $"{message}.{kind}.{(kind == "header" ? item.Name.ToLowerInvariant() : item.Name)}";
                switch (edit.Verb)
                {
                    case "Set":
                        Assign(name, SettingOrTemplate(item.Value, state, owner), runs, state, owner);
                        break;
                    case "Add":
                        // What is there stays the first value, which is what everybody reads.
                        var old = Read(name, state, owner);
                        var absent = Relate(old, ConditionOperator.Equals, Null, edit.Location);
                        Assign(name, SettingOrTemplate(item.Value, state, owner), diagram.And(runs, absent), state, owner);
                        break;
                    case "Remove":
                        Assign(name, FlowValue.Missing.Instance, null, runs, state, owner);
                        break;
                    case "Copy" when edit.Source is { } source:
                        Assign(name, Read($"{Message(source)}.{kind}.{item.Name}", state, owner), runs, state, owner);
                        break;
                    default:
                        break;
                }
            }
        }

        if (edit is { Verb: "Remove", AllHeaders: true })
        {
            foreach (var name in state.Names.Where(name => name.StartsWith(message + ".header.", StringComparison.Ordinal)).ToArray())
            {
                Assign(name, FlowValue.Missing.Instance, null, runs, state, owner);
            }

            state.Clear(message + ".header.", runs);
        }

        if (edit.Verb == "Set")
        {
            foreach (var (name, setting) in new[] { ("verb", edit.HttpVerb), ("path", edit.Path), ("content", edit.Payload) })
            {
                if (setting is not null)
                {
                    Assign($"{message}.{name}", SettingOrTemplate(setting, state, owner), runs, state, owner);
                }
            }
        }
    }

    private Alternative[] SettingOrTemplate(Setting setting, FlowState state, Bundle owner) =>
        setting.Secret is not null || setting.Reference is not null ? ValueOf(setting, state, owner) : Expand(setting.Text, setting.Location, state, owner);

    private void ReadMap(KeyValueMapOperationsPolicy policy, Bundle owner, int runs, FlowState state)
    {
        foreach (var get in policy.Gets)
        {
            Assign(get.AssignTo, Entry(policy, get, owner, state), runs, state, owner);
        }
    }

    private Alternative[] Entry(KeyValueMapOperationsPolicy policy, KeyValueMapGet get, Bundle owner, FlowState state)
    {
        if (policy.Map is null)
        {
            return Null;
        }

        var maps = ValueOf(policy.Map, state, owner);
        Alternative[] keys = [new(Diagram.True, new FlowValue.Text(""), null)];
        foreach (var parameter in get.Key)
        {
            var next = new List<Alternative>();
            foreach (var left in keys)
            {
                foreach (var right in ValueOf(parameter, state, owner))
                {
                    var joined = (left.Value, right.Value) switch
                    {
                        (FlowValue.Text { Value: "" }, var only) => only,
                        (FlowValue.Text l, FlowValue.Text r) => new FlowValue.Text(l.Value + "__" + r.Value),
                        (var l, var r) => Composite("key of " + get.AssignTo, get.Location, [l, r]),
                    };
                    Merge(next, new Alternative(diagram.And(left.Guard, right.Guard), joined, null));
                }
            }

            keys = [.. next];
        }

        var result = new List<Alternative>();
        foreach (var map in maps)
        {
            foreach (var key in keys)
            {
                var guard = diagram.And(map.Guard, key.Guard);
                if (guard == Diagram.False)
                {
                    continue;
                }

                Merge(result, Entry(policy, get, map.Value, key.Value) with { Guard = guard });
            }
        }

        return [.. result];
    }

    private Alternative Entry(KeyValueMapOperationsPolicy policy, KeyValueMapGet get, FlowValue map, FlowValue key)
    {
        if (map is FlowValue.Text mapName && key is FlowValue.Text keyName)
        {
            var lookup = program.FindEntry(mapName.Value, policy.Scope, keyName.Value);
            var words = $"entry '{keyName.Value}' of key value map '{mapName.Value}'";
            if (lookup.Value is { } value)
            {
                var origin = new ProvenanceChain(new Provenance(get.Location, "Get"), new ProvenanceChain(new Provenance(value.Location, words), null));
                return value.Text is { } text
                    ? new Alternative(Diagram.True, new FlowValue.Text(text), origin)
                    : new Alternative(
                        Diagram.True,
                        new FlowValue.Named(
                            UnknownSymbol($"kvm:{policy.Scope}:{mapName.Value}:{keyName.Value}", false, words + ", whose value was withheld", $"the value of {words}", value.Secret),
                            ""
                        ),
                        origin
                    );
            }

            if (lookup.Coverage.IsComplete)
            {
                return new Alternative(Diagram.True, FlowValue.Missing.Instance, new ProvenanceChain(new Provenance(get.Location, "Get"), null));
            }

            return new Alternative(
                Diagram.True,
                new FlowValue.Named(
                    UnknownSymbol($"kvm:{policy.Scope}:{mapName.Value}:{keyName.Value}", true, words + ", which was not collected", $"{words} ({lookup.Coverage.Reason})"),
                    ""
                ),
                new ProvenanceChain(new Provenance(get.Location, "Get"), null)
            );
        }

        var mapWords = map is FlowValue.Text known ? $"key value map '{known.Value}'" : "a key value map";
        return new Alternative(
            Diagram.True,
            new FlowValue.Named(
                UnknownSymbol(
                    $"kvm:{policy.Name}:{get.AssignTo}",
                    true,
                    $"an entry of {mapWords} that {NameOf(key)} chooses",
                    $"the entries of {mapWords}, and that a missing one faults"
                ),
                ""
            ),
            new ProvenanceChain(new Provenance(get.Location, "Get"), null)
        );
    }

    private void Extract(ExtractVariablesPolicy policy, Bundle owner, int runs, FlowState state)
    {
        var message = Message(policy.Source);
        foreach (var extraction in policy.Extractions)
        {
            switch (extraction.Source)
            {
                case ExtractionSource.Header:
                    ExtractPattern($"{message}.header.{extraction.Name}", extraction, owner, runs, state);
                    break;
                case ExtractionSource.QueryParam:
                    ExtractPattern($"{message}.queryparam.{extraction.Name}", extraction, owner, runs, state);
                    break;
                case ExtractionSource.FormParam:
                    ExtractPattern($"{message}.formparam.{extraction.Name}", extraction, owner, runs, state);
                    break;
                case ExtractionSource.Variable:
                    ExtractPattern(extraction.Name, extraction, owner, runs, state);
                    break;
                case ExtractionSource.UriPath:
                    foreach (var variable in extraction.Variables)
                    {
                        Assign(variable, new FlowValue.Named(CallerSymbol($"path:{variable}", nullable: true, null, []), ""), null, runs, state, owner);
                    }

                    break;
                default:
                    ExtractPayload(message, extraction, owner, runs, state);
                    break;
            }
        }
    }

    private void ExtractPattern(string source, Extraction extraction, Bundle owner, int runs, FlowState state)
    {
        var values = Read(source, state, owner);
        if (extraction.Variables.Length == 1 && extraction.Expression.StartsWith('{') && extraction.Expression.IndexOf('}', StringComparison.Ordinal) == extraction.Expression.Length - 1)
        {
            // The whole value: the same thing under another name.
            Assign(extraction.Variables[0], values, runs, state, owner);
            return;
        }

        var matches = Relate(
            values,
            ConditionOperator.Matches,
            [new Alternative(Diagram.True, new FlowValue.Text(GlobOf(extraction.Expression)), null)],
            extraction.Location
        );
        var unknown = values.Select(alternative => alternative.Value).OfType<FlowValue.Named>().FirstOrDefault(value => value.Symbol.Kind == VariableKind.Unknown);
        foreach (var variable in extraction.Variables)
        {
            var name = $"extracted:{source}:{variable}";
            var symbol = unknown is null
                ? CallerSymbol(name, nullable: false, null, [])
                : UnknownSymbol(name, false, $"a part of {unknown.Symbol.Source}", unknown.Symbol.Closes);
            Assign(variable, new FlowValue.Named(symbol, ""), new ProvenanceChain(new Provenance(extraction.Location, $"part of {source}"), null), diagram.And(runs, matches), state, owner);
        }
    }

    private static string GlobOf(string pattern)
    {
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '{' && pattern.IndexOf('}', i) is var close and > 0)
            {
                result.Append('*');
                i = close;
            }
            else if (pattern[i] is '*' or '%')
            {
                result.Append('%').Append(pattern[i]);
            }
            else
            {
                result.Append(pattern[i]);
            }
        }

        return result.ToString();
    }

    private void ExtractPayload(string message, Extraction extraction, Bundle owner, int runs, FlowState state)
    {
        var content = Read(message + ".content", state, owner);
        foreach (var variable in extraction.Variables)
        {
            var result = new List<Alternative>();
            foreach (var alternative in content)
            {
                var value = alternative.Value switch
                {
                    FlowValue.Text text => JsonText.Select(text.Value, extraction.Expression) is { } selected ? (FlowValue)new FlowValue.Text(selected) : FlowValue.Missing.Instance,
                    FlowValue.Named { Symbol.Kind: VariableKind.Caller } => new FlowValue.Named(CallerSymbol($"{message}.content{extraction.Expression}", nullable: true, null, []), ""),
                    FlowValue.Named named => new FlowValue.Named(
                        UnknownSymbol($"{named.Symbol.Name}{extraction.Expression}", true, $"{extraction.Expression} of {named.Symbol.Source}", named.Symbol.Closes),
                        ""
                    ),
                    _ => FlowValue.Missing.Instance,
                };
                Merge(result, alternative with { Value = value, Origin = new ProvenanceChain(new Provenance(extraction.Location, $"{extraction.Expression} of {message}"), alternative.Origin) });
            }

            Assign(variable, [.. result], runs, state, owner);
        }
    }

    private int Callout(ServiceCalloutPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var request = policy.RequestVariable;
        foreach (var edit in policy.Request)
        {
            Edit(edit, request, owner, runs, state);
        }

        var url = policy.Connection is TargetConnection.Http { Url: { } template } ? Expand(template.Text, template.Location, state, owner) : Null;
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal) { ["url"] = Resolve(url, runs, "URL", policy.Location) };
        }

        var kind = CalloutRecogniser.Recognise(policy);
        var response = policy.ResponseVariable;
        var content = response is null ? null : $"{Message(response)}.content";
        var opaque = new FlowValue.Named(
            UnknownSymbol($"answer:{policy.Name}", false, $"the answer to ServiceCallout '{policy.Name}'", "nothing: it is only known at run time"),
            ""
        );
        if (response is not null)
        {
            Assign($"{Message(response)}.status.code", new FlowValue.Named(UnknownSymbol($"status:{policy.Name}", false, $"the status of ServiceCallout '{policy.Name}'", "nothing: it is only known at run time"), ""), null, runs, state, owner);
        }

        switch (kind)
        {
            case CalloutKind.Introspection when caller == Caller.Stranger:
                // A token that is not valid is not active (RFC 7662 §2.2).
                if (content is not null)
                {
                    Assign(content, new FlowValue.Text("{\"active\":false}"), null, runs, state, owner);
                    Assign($"{Message(response)}.status.code", new FlowValue.Text("200"), null, runs, state, owner);
                }

                return Diagram.False;
            case CalloutKind.UserInfo when caller == Caller.Stranger:
                return runs;
            case CalloutKind.TokenCheck when Unauthenticated:
                if (content is not null)
                {
                    Assign(content, opaque, null, runs, state, owner);
                }

                return MayStop($"ServiceCallout '{policy.Name}', which sends the caller's credential,", "what the called service answers", visit, runs);
            default:
                if (content is not null)
                {
                    Assign(content, opaque, null, runs, state, owner);
                }

                // An outage is nobody's credential: where it matters whether the callout fails, the rules about callouts ask.
                return policy.ContinueOnError && caller != Caller.Survey
                    ? diagram.And(runs, symbols.Unknown($"ServiceCallout '{policy.Name}' fails", "nothing: it is only known at run time", visit.Location))
                    : Diagram.False;
        }
    }

    private int MayStop(string what, string closes, StepVisit visit, int runs) =>
        Unauthenticated ? diagram.Without(runs, symbols.Unknown($"{what} lets the request pass", closes, visit.Location)) : Diagram.False;

    private void LookUp(LookupCachePolicy policy, Bundle owner, int runs, FlowState state)
    {
        var hit = symbols.Get(
            $"cachehit:{policy.Name}",
            () =>
                new Symbol($"cachehit:{policy.Name}", VariableKind.Unknown, false, $"whether '{policy.Name}' finds an entry", "nothing: it is only known at run time")
                {
                    Preferred = ["false", "true"],
                }
        );
        var byToken = policy.Key is { } key && key.Fragments.Any(fragment => fragment.Reference is { } reference && CredentialNames.IsWholeCredential(reference, owner));
        FlowValue hits = caller == Caller.Stranger && byToken ? new FlowValue.Text("false") : new FlowValue.Named(hit, "");
        Assign($"lookupcache.{policy.Name}.cachehit", hits, null, runs, state, owner);
        if (policy.AssignTo is { } variable && hits is FlowValue.Named)
        {
            var found = diagram.And(runs, Relate([new Alternative(Diagram.True, hits, null)], ConditionOperator.Equals, Of("true"), policy.Location));
            Assign(
                variable,
                new FlowValue.Named(UnknownSymbol($"cached:{policy.Name}", false, $"what '{policy.Name}' finds in the cache", "nothing: it is only known at run time"), ""),
                null,
                found,
                state,
                owner
            );
        }
    }

    private int Basic(BasicAuthenticationPolicy policy, Bundle owner, int runs, FlowState state)
    {
        if (!string.Equals(policy.Operation, "Decode", StringComparison.OrdinalIgnoreCase))
        {
            if (policy.AssignTo is { } target)
            {
                Assign(target, new FlowValue.Named(UnknownSymbol($"basic:{policy.Name}", false, $"the credential of '{policy.Name}'", "nothing: the value is secret"), ""), null, runs, state, owner);
            }

            return Diagram.False;
        }

        var source = Read(policy.Source ?? Authorization, state, owner);
        var readable = Relate(source, ConditionOperator.StartsWith, Of("Basic "), policy.Location);
        foreach (var output in new[] { policy.User, policy.Password })
        {
            if (output?.Reference is { } variable)
            {
                Assign(variable, new FlowValue.Named(CallerSymbol($"basic:{variable}", nullable: false, null, []), ""), null, diagram.And(runs, readable), state, owner);
            }
        }

        return diagram.Without(runs, readable);
    }

    private int Other(OtherPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        switch (policy.Kind)
        {
            case "Ldap":
                return caller == Caller.Stranger && policy.Root.Child("Authentication") is not null ? runs : Diagram.False;
            case "AccessEntity":
                Assign(
                    $"AccessEntity.{policy.Name}",
                    new FlowValue.Named(UnknownSymbol($"entity:{policy.Name}", true, $"what '{policy.Name}' reads", "nothing: it is only known at run time"), ""),
                    null,
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case "SetOAuthV2Info" or "GetOAuthV1Info" or "DeleteOAuthV2Info" or "RevokeOAuthV2" or "SetOAuthV1Info":
            case "XMLToJSON" or "JSONToXML" or "XSL" or "StatisticsCollector" or "DataCapture" or "TraceCapture" or "ResetQuota" or "PublishMessage":
            case "HTTPModifier" or "GraphQL" or "SOAPMessageValidation" or "MessageValidation" or "GenerateJWS" or "DecodeJWS" or "GenerateSAMLAssertion" or "Reset":
            case "ConcurrentRatelimit" or "ConcurrentRateLimit" or "Statistics":
                return Diagram.False;
            case "OAuthV1":
                return caller == Caller.Stranger ? runs : Diagram.False;
            default:
                state.AddWriter(new OpaqueWriter(runs, $"{policy.Kind} '{policy.Name}'", visit.Location));
                return Diagram.False;
        }
    }

    private int RunScript(ScriptPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var script = Scripts.Script.Of(policy, owner, knowledge);
        if (script.Program is null)
        {
            state.AddWriter(new OpaqueWriter(runs, $"{policy.Kind} '{policy.Name}'", visit.Location));
            return script.MayCheckCredentials ? MayStop($"{policy.Kind} '{policy.Name}'", script.WhyOpaque, visit, runs) : Diagram.False;
        }

        var outcome = new ScriptRun(new ScriptHost(this, state, owner, policy, visit), symbols).Execute(script.Program, runs);
        if (outcome.WritesAnything)
        {
            state.AddWriter(new OpaqueWriter(runs, $"{policy.Kind} '{policy.Name}'", visit.Location));
        }

        return outcome.Throws;
    }

    /// <summary>What a script can reach of the flow it runs in.</summary>
    private sealed class ScriptHost(FlowInterpreter flow, FlowState state, Bundle owner, ScriptPolicy policy, StepVisit visit) : IScriptHost
    {
        public string Title => $"{policy.Kind} '{policy.Name}'";

        public SourceLocation Location => visit.Location;

        public Diagram Diagram => flow.diagram;

        private readonly Dictionary<string, SourceLocation> origins = new(StringComparer.Ordinal);

        public Alternative[] Read(string variable)
        {
            var values = flow.Read(variable, state, owner);
            foreach (var value in values)
            {
                if (value is { Value: FlowValue.Text text, Origin: { } origin })
                {
                    origins[text.Value] = origin.Head.Location;
                }
            }

            return values;
        }

        public void Write(string variable, Alternative[] value, int guard) => flow.Assign(variable, value, guard, state, owner);

        public int Relate(FlowValue left, ConditionOperator op, FlowValue right) => flow.Relate(left, op, right, visit.Location);

        public int Contains(FlowValue.Members members, string member)
        {
            // The place that asks is where the name is written, which may be a parameter of the call that led here.
            members.Set.Ask(member, origins.GetValueOrDefault(member, visit.Location));
            return flow.symbols.Has(members.Set, member);
        }

        public string? Property(string name) => policy.Properties.FirstOrDefault(property => property.Name == name)?.Value.Text;
    }
}
