using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <content>Callouts, caches, scripts and policies of other kinds.</content>
internal sealed partial class FlowInterpreter
{
    private int Callout(ServiceCalloutPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var message = policy.RequestVariable;
        foreach (var edit in policy.Request)
        {
            Edit(edit, message, owner, runs, state);
        }

        var url = policy.Connection is TargetConnection.Http { Url: { } template }
            ? Expand(template.Text, template.Location, state, owner)
            : Null;
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal)
            {
                ["url"] = Resolve(url, runs, "URL", policy.Location),
            };
        }

        var kind = CalloutRecogniser.Recognise(policy);
        var response = policy.ResponseVariable;
        var content = response is null ? null : $"{Message(response)}.content";
        var opaque = new FlowValue.Named(
            UnknownSymbol(
                $"answer:{policy.Name}",
                false,
                $"the answer to ServiceCallout '{policy.Name}'",
                "nothing: it is only known at run time",
                location: visit.Location
            ),
            ""
        );
        if (response is not null)
        {
            Assign(
                $"{Message(response)}.status.code",
                new FlowValue.Named(
                    UnknownSymbol(
                        $"status:{policy.Name}",
                        false,
                        $"the status of ServiceCallout '{policy.Name}'",
                        "nothing: it is only known at run time",
                        location: visit.Location
                    ),
                    ""
                ),
                null,
                runs,
                state,
                owner
            );
        }

        if (ReferenceEquals(policy, failing))
        {
            // No answer: what reads one finds nothing.
            return runs;
        }

        switch (kind)
        {
            case CalloutKind.Introspection when HasNoToken:
                // A token that is not valid is not active (RFC 7662 §2.2).
                if (content is not null)
                {
                    Assign(content, new FlowValue.Text("{\"active\":false}"), null, runs, state, owner);
                    Assign($"{Message(response)}.status.code", new FlowValue.Text("200"), null, runs, state, owner);
                }

                return Diagram.False;
            case CalloutKind.Introspection when content is not null:
                // The answer about a token that is in order; what it says else is the token's.
                Assign(content, new FlowValue.Answer(policy.Name), null, runs, state, owner);
                if (caller != Caller.Survey)
                {
                    Assign($"{Message(response)}.status.code", new FlowValue.Text("200"), null, runs, state, owner);
                }

                return Diagram.False;
            case CalloutKind.UserInfo when HasNoToken:
                return runs;
            case CalloutKind.TokenCheck when IsWalking:
                if (content is not null)
                {
                    Assign(content, opaque, null, runs, state, owner);
                }

                return MayStop(
                    $"ServiceCallout '{policy.Name}', which sends the caller's credential,",
                    "what the called service answers",
                    visit,
                    runs
                );
            default:
                if (content is not null)
                {
                    Assign(content, opaque, null, runs, state, owner);
                }

                // An outage is nobody's credential: where it matters whether the callout fails, the rules about callouts ask.
                return policy.ContinueOnError && caller != Caller.Survey
                    ? diagram.And(
                        runs,
                        symbols.Unknown($"ServiceCallout '{policy.Name}' fails", "nothing: it is only known at run time", visit.Location)
                    )
                    : Diagram.False;
        }
    }

    /// <summary>When a check of a credential fails that is not a JWT: always without one, never with one, and nobody knows for a given request.</summary>
    private int Credential(StepVisit visit, int runs) =>
        caller switch
        {
            Caller.Stranger => runs,
            Caller.Sender => diagram.Without(
                runs,
                symbols.Unknown($"the credential satisfies {visit.Title}", "whether the credential is in order", visit.Location)
            ),
            _ => Diagram.False,
        };

    private int MayStop(string what, string closes, StepVisit visit, int runs) =>
        IsWalking ? diagram.Without(runs, symbols.Unknown($"{what} lets the request pass", closes, visit.Location)) : Diagram.False;

    private void LookUp(LookupCachePolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal);
            foreach (var fragment in policy.Key?.Fragments ?? [])
            {
                var index = visit.Settings.Count.ToString("D3", CultureInfo.InvariantCulture);
                visit.Settings.Add("fragment" + index, Resolve(fragment, state, runs, owner));
            }
        }

        var hit = symbols.Get(
            $"cachehit:{policy.Name}",
            () =>
                new Symbol(
                    $"cachehit:{policy.Name}",
                    VariableKind.Unknown,
                    false,
                    $"whether '{policy.Name}' finds an entry",
                    "nothing: it is only known at run time"
                )
                {
                    Preferred = ["false", "true"],
                    Location = policy.Location,
                }
        );
        var byToken =
            policy.Key is { } key
            && key.Fragments.Any(fragment => fragment.Reference is { } reference && CredentialNames.IsWholeCredential(reference, owner));
        FlowValue hits = HasNoToken && byToken ? new FlowValue.Text("false") : new FlowValue.Named(hit, "");
        Assign($"lookupcache.{policy.Name}.cachehit", hits, null, runs, state, owner);
        if (policy.AssignTo is { } variable && hits is FlowValue.Named)
        {
            var found = diagram.And(
                runs,
                Relate([new Alternative(Diagram.True, hits, null)], ConditionOperator.Equals, Of("true"), policy.Location)
            );
            FlowValue content = Introspected(policy, owner) is { } callout
                ? new FlowValue.Answer(callout.Name)
                : new FlowValue.Named(
                    UnknownSymbol(
                        $"cached:{policy.Name}",
                        false,
                        $"what '{policy.Name}' finds in the cache",
                        "nothing: it is only known at run time",
                        location: policy.Location
                    ),
                    ""
                );
            Assign(variable, content, null, found, state, owner);
        }
    }

    // A cache of answers holds what the callout would answer: the entry is written from its response, under the same key.
    private static ServiceCalloutPolicy? Introspected(LookupCachePolicy lookup, Bundle owner)
    {
        var source = owner
            .Policies.Values.OfType<PopulateCachePolicy>()
            .FirstOrDefault(populate => SameKey(populate.Key, lookup.Key))
            ?.Source;
        return source is null
            ? null
            : owner
                .Policies.Values.OfType<ServiceCalloutPolicy>()
                .FirstOrDefault(callout =>
                    callout.ResponseVariable is { } response
                    && string.Equals(source, response + ".content", StringComparison.Ordinal)
                    && CalloutRecogniser.Recognise(callout) == CalloutKind.Introspection
                );
    }

    private static bool SameKey(CacheKey? left, CacheKey? right) =>
        left is not null
        && right is not null
        && string.Equals(left.Prefix, right.Prefix, StringComparison.Ordinal)
        && left.Fragments.Select(fragment => (fragment.Reference, fragment.Text))
            .SequenceEqual(right.Fragments.Select(fragment => (fragment.Reference, fragment.Text)));

    /// <summary>A member of an introspection answer about a token that is in order.</summary>
    private FlowValue MemberOf(FlowValue.Answer answer, string path)
    {
        var name = path.TrimStart('$').TrimStart('.');
        return name == "active" && caller != Caller.Survey
            ? new FlowValue.Text("true")
            : ClaimValue(new TokenClaim(TokenCheckKind.Introspection, answer.Callout, name), ClaimForm.Blanks);
    }

    private int Basic(BasicAuthenticationPolicy policy, Bundle owner, int runs, FlowState state)
    {
        if (!string.Equals(policy.Operation, "Decode", StringComparison.OrdinalIgnoreCase))
        {
            if (policy.AssignTo is { } target)
            {
                Assign(
                    target,
                    new FlowValue.Named(
                        UnknownSymbol($"basic:{policy.Name}", false, $"the credential of '{policy.Name}'", "nothing: the value is secret"),
                        ""
                    ),
                    null,
                    runs,
                    state,
                    owner
                );
            }

            return Diagram.False;
        }

        var source = Read(policy.Source ?? Authorization, state, owner);
        var readable = Relate(source, ConditionOperator.StartsWith, Of("Basic "), policy.Location);
        foreach (var output in new[] { policy.User, policy.Password })
        {
            if (output?.Reference is { } variable)
            {
                Assign(
                    variable,
                    new FlowValue.Named(CallerSymbol($"basic:{variable}", nullable: false, null, []), ""),
                    null,
                    diagram.And(runs, readable),
                    state,
                    owner
                );
            }
        }

        return diagram.Without(runs, readable);
    }

    private int Other(OtherPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        switch (policy.Kind)
        {
            case "Ldap":
                return policy.Root.Child("Authentication") is not null ? Credential(visit, runs) : Diagram.False;
            case "AccessEntity":
                Assign(
                    $"AccessEntity.{policy.Name}",
                    new FlowValue.Named(
                        UnknownSymbol(
                            $"entity:{policy.Name}",
                            true,
                            $"what '{policy.Name}' reads",
                            "nothing: it is only known at run time"
                        ),
                        ""
                    ),
                    null,
                    runs,
                    state,
                    owner
                );
                return Diagram.False;
            case "SetOAuthV2Info" or "GetOAuthV1Info" or "DeleteOAuthV2Info" or "RevokeOAuthV2" or "SetOAuthV1Info":
            case "XMLToJSON" or "JSONToXML" or "XSL":
                // Into the message, or into a variable whose content nothing here works out.
                if (policy.Root.Child("OutputVariable")?.Text is { Length: > 0 } output)
                {
                    Assign(
                        output,
                        new FlowValue.Named(
                            UnknownSymbol(
                                $"output:{policy.Name}",
                                true,
                                $"what {policy.Kind} '{policy.Name}' makes",
                                "nothing: it is only known at run time",
                                location: visit.Location
                            ),
                            ""
                        ),
                        null,
                        runs,
                        state,
                        owner
                    );
                }

                return Diagram.False;
            case "StatisticsCollector" or "DataCapture" or "TraceCapture" or "ResetQuota" or "PublishMessage":
            case "HTTPModifier"
            or "GraphQL"
            or "SOAPMessageValidation"
            or "MessageValidation"
            or "GenerateJWS"
            or "DecodeJWS"
            or "GenerateSAMLAssertion"
            or "Reset":
            case "ConcurrentRatelimit" or "ConcurrentRateLimit" or "Statistics":
                return Diagram.False;
            case "OAuthV1":
                return Credential(visit, runs);
            default:
                WriteAnything($"{policy.Kind} '{policy.Name}'", visit.Location, runs, state, owner);
                return Diagram.False;
        }
    }

    private int RunScript(ScriptPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var script = Scripts.Script.Of(policy, owner, knowledge);
        if (script.Program is null)
        {
            WriteAnything($"{policy.Kind} '{policy.Name}'", visit.Location, runs, state, owner);
            return script.MayCheckCredentials ? MayStop($"{policy.Kind} '{policy.Name}'", script.WhyOpaque, visit, runs) : Diagram.False;
        }

        var outcome = new ScriptRun(new ScriptHost(this, state, owner, policy, visit), symbols).Execute(script.Program, runs);
        if (outcome.WritesAnything)
        {
            WriteAnything($"{policy.Kind} '{policy.Name}'", visit.Location, runs, state, owner);
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
            var location = origins.GetValueOrDefault(member, visit.Location);
            members.Set.Ask(member, location);
            return flow.symbols.Has(members.Set, member, location);
        }

        public FlowValue MemberOf(FlowValue.Answer answer, string name) => flow.MemberOf(answer, name);

        public string? Property(string name) => policy.Properties.FirstOrDefault(property => property.Name == name)?.Value.Text;
    }
}
