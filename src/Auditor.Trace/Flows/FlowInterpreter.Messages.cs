using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <content>Policies that change messages and variables.</content>
internal sealed partial class FlowInterpreter
{
    private void AssignMessage(AssignMessagePolicy policy, Bundle owner, int runs, FlowState state)
    {
        var message = isFault && policy.AssignTo?.Trim() is null or "" or "message" ? "error" : Message(policy.AssignTo);
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

        SetStatus(policy, owner, runs, state);
    }

    private static string Message(string? assignTo) => assignTo is null or "" or "message" or "request" ? "request" : assignTo.Trim();

    private void Assign(VariableAssignment assignment, Bundle owner, int runs, FlowState state)
    {
        Alternative[]? literal =
            assignment.Secret is { } secret
                ? Of(UnknownSymbol($"literal:{assignment.Location}", false, "a secret literal", "nothing: the value is secret", secret))
            : assignment.Template is { } template ? Expand(template, assignment.Location, state, owner)
            : assignment.Value is { } value
                ?
                [
                    new Alternative(
                        Diagram.True,
                        new FlowValue.Text(value),
                        new ProvenanceChain(new Provenance(assignment.Location, "AssignVariable"), null)
                    ),
                ]
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
                    Merge(
                        result,
                        alternative with
                        {
                            Origin = new ProvenanceChain(new Provenance(assignment.Location, $"copy of {reference}"), alternative.Origin),
                        }
                    );
                }
            }

            Assign(assignment.Name, [.. result], runs, state, owner);
            return;
        }

        if (assignment.TemplateReference is not null || assignment.ResourceUrl is not null)
        {
            Assign(
                assignment.Name,
                new FlowValue.Named(
                    UnknownSymbol(
                        $"assigned:{assignment.Location}",
                        true,
                        $"'{assignment.Name}', which a template at run time makes",
                        "the template"
                    ),
                    ""
                ),
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
        setting.Secret is not null || setting.Reference is not null
            ? ValueOf(setting, state, owner)
            : Expand(setting.Text, setting.Location, state, owner);

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
                var origin = new ProvenanceChain(
                    new Provenance(get.Location, "Get"),
                    new ProvenanceChain(new Provenance(value.Location, words), null)
                );
                return value.Text is { } text
                    ? new Alternative(Diagram.True, new FlowValue.Text(text), origin)
                    : new Alternative(
                        Diagram.True,
                        new FlowValue.Named(
                            UnknownSymbol(
                                $"kvm:{policy.Scope}:{mapName.Value}:{keyName.Value}",
                                false,
                                words + ", whose value was withheld",
                                $"the value of {words}",
                                value.Secret,
                                get.Location
                            ),
                            ""
                        ),
                        origin
                    );
            }

            if (lookup.Coverage.IsComplete)
            {
                return new Alternative(
                    Diagram.True,
                    FlowValue.Missing.Instance,
                    new ProvenanceChain(new Provenance(get.Location, "Get"), null)
                );
            }

            return new Alternative(
                Diagram.True,
                new FlowValue.Named(
                    UnknownSymbol(
                        $"kvm:{policy.Scope}:{mapName.Value}:{keyName.Value}",
                        true,
                        words + ", which was not collected",
                        $"{words} ({lookup.Coverage.Reason})",
                        location: get.Location
                    ),
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
                    $"an entry of {mapWords}, chosen by {(key is FlowValue.Named { Symbol: { Kind: VariableKind.Unknown, Source: var source } } ? source.Split(',')[0] : NameOf(key))}",
                    $"the entries of {mapWords}, and that a missing one faults",
                    location: get.Location,
                    chosenBy: key is FlowValue.Named { Symbol.Kind: VariableKind.Caller } ? NameOf(key) : null
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
                        Assign(
                            variable,
                            new FlowValue.Named(CallerSymbol($"path:{variable}", nullable: true, null, []), ""),
                            null,
                            runs,
                            state,
                            owner
                        );
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
        if (
            extraction.Variables.Length == 1
            && extraction.Expression.StartsWith('{')
            && extraction.Expression.IndexOf('}', StringComparison.Ordinal) == extraction.Expression.Length - 1
        )
        {
            // The whole value: the same thing under another name. Where there is none, nothing is set.
            Assign(
                extraction.Variables[0],
                values,
                diagram.And(runs, Relate(values, ConditionOperator.NotEquals, Null, extraction.Location)),
                state,
                owner
            );
            return;
        }

        var matches = Relate(
            values,
            ConditionOperator.Matches,
            [new Alternative(Diagram.True, new FlowValue.Text(GlobOf(extraction.Expression)), null)],
            extraction.Location
        );
        var unknown = values
            .Select(alternative => alternative.Value)
            .OfType<FlowValue.Named>()
            .FirstOrDefault(value => value.Symbol.Kind == VariableKind.Unknown);
        foreach (var variable in extraction.Variables)
        {
            var name = $"extracted:{source}:{variable}";
            var symbol = unknown is null
                ? CallerSymbol(name, nullable: false, null, [])
                : UnknownSymbol(
                    name,
                    false,
                    $"a part of {unknown.Symbol.Source}",
                    unknown.Symbol.Closes,
                    location: unknown.Symbol.Location
                );
            Assign(
                variable,
                new FlowValue.Named(symbol, ""),
                new ProvenanceChain(new Provenance(extraction.Location, $"part of {source}"), null),
                diagram.And(runs, matches),
                state,
                owner
            );
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
                    FlowValue.Text text => JsonText.Select(text.Value, extraction.Expression) is { } selected
                        ? (FlowValue)new FlowValue.Text(selected)
                        : FlowValue.Missing.Instance,
                    FlowValue.Answer answer => MemberOf(answer, extraction.Expression),
                    FlowValue.Named { Symbol.Kind: VariableKind.Caller } => new FlowValue.Named(
                        CallerSymbol($"{message}.content{extraction.Expression}", nullable: true, null, []),
                        ""
                    ),
                    FlowValue.Named named => new FlowValue.Named(
                        UnknownSymbol(
                            $"{named.Symbol.Name}{extraction.Expression}",
                            true,
                            $"{extraction.Expression} of {named.Symbol.Source}",
                            named.Symbol.Closes,
                            location: named.Symbol.Location
                        ),
                        ""
                    ),
                    _ => FlowValue.Missing.Instance,
                };
                Merge(
                    result,
                    alternative with
                    {
                        Value = value,
                        Origin = new ProvenanceChain(
                            new Provenance(extraction.Location, $"{extraction.Expression} of {message}"),
                            alternative.Origin
                        ),
                    }
                );
            }

            Assign(variable, [.. result], runs, state, owner);
        }
    }
}
