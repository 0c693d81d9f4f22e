using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Policies that change messages and variables.</content>
internal sealed partial class FlowInterpreter
{
    private void AssignMessage(AssignMessagePolicy policy, Bundle owner, int runs, FlowState state)
    {
        var isCurrent = policy.AssignTo?.Trim() is null or "" or "message";
        var message =
            isFault && isCurrent ? "error"
            : isAnswer && isCurrent ? "response"
            : Message(policy.AssignTo);
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
                if (kind == "header" && edit.Verb is "Set" or "Add")
                {
                    Hold(name, item.Value, edit.Location, runs, state, owner);
                }

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

        if (edit is { Verb: "Set", Payload: { } payload })
        {
            Hold($"{message}.content", payload, payload.Location, runs, state, owner);
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
}
