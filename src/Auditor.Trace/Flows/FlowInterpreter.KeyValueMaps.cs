using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Policies that read key value maps.</content>
internal sealed partial class FlowInterpreter
{
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
}
