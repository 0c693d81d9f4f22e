using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>Settings and message templates.</content>
internal sealed partial class FlowInterpreter
{
    /// <summary>The values of a setting: the variable where it resolves, the text otherwise.</summary>
    private Alternative[] ValueOf(Setting setting, FlowState state, Bundle owner, bool isCopied = false)
    {
        Alternative[] literal =
            setting.Secret is { } secret
                ? Of(UnknownSymbol($"literal:{setting.Location}", false, "a secret literal", "nothing: the value is secret", secret))
            : setting.Text.Length > 0
                ?
                [
                    new Alternative(
                        Diagram.True,
                        new FlowValue.Text(setting.Text),
                        new ProvenanceChain(new Provenance(setting.Location, "text"), null)
                    ),
                ]
            : Null;
        if (setting.Reference is not { } reference)
        {
            return literal;
        }

        var step = new Provenance(setting.Location, $"ref to {reference}");
        var result = new List<Alternative>();

        // What is copied is not a setting yet.
        var values = isCopied ? Read(reference, state, owner) : AsConfigured(Read(reference, state, owner));
        foreach (var alternative in values.SelectMany(value => Confined(value, state)))
        {
            if (alternative.Value is FlowValue.Missing)
            {
                foreach (var fallback in literal)
                {
                    Merge(result, fallback with { Guard = diagram.And(alternative.Guard, fallback.Guard) });
                }
            }
            else if (alternative.Value is FlowValue.Named { Symbol.IsNullable: true, Prefix: "" } named && setting.Text.Length > 0)
            {
                var isNull = symbols.IsNull(named.Symbol);
                Merge(
                    result,
                    alternative with
                    {
                        Guard = diagram.Without(alternative.Guard, isNull),
                        Origin = new ProvenanceChain(step, alternative.Origin),
                    }
                );
                foreach (var fallback in literal)
                {
                    Merge(result, fallback with { Guard = diagram.And(diagram.And(alternative.Guard, isNull), fallback.Guard) });
                }
            }
            else
            {
                Merge(result, alternative with { Origin = new ProvenanceChain(step, alternative.Origin) });
            }
        }

        return [.. result];
    }

    /// <summary>
    /// A value of the caller's that earlier steps have confined to some texts, because they refuse all others, is one of these texts; any other value stays as it is.
    /// </summary>
    private List<Alternative> Confined(Alternative value, FlowState state)
    {
        if (
            !symbols.IsFrozen
            || value.Value is not FlowValue.Named { Prefix: "", Symbol: { Kind: VariableKind.Caller, Variable: >= 0 } symbol } named
        )
        {
            return [value];
        }

        var texts = new List<Alternative>();
        var rest = diagram.And(value.Guard, state.Reach);
        foreach (
            var text in symbol
                .Predicates.Where(asked => asked is { Operator: ConditionOperator.Equals, Prefix: "" })
                .Select(asked => asked.Constant)
                .Distinct(StringComparer.Ordinal)
        )
        {
            var equals = symbols.Relate(named, ConditionOperator.Equals, text);
            if (diagram.And(rest, equals) != Diagram.False)
            {
                texts.Add(value with { Guard = diagram.And(value.Guard, equals), Value = new FlowValue.Text(text) });
                rest = diagram.Without(rest, equals);
            }
        }

        return rest == Diagram.False && texts.Count > 0 ? texts : [value];
    }

    /// <summary>The value of a setting as a rule sees it.</summary>
    private Resolution Resolve(Setting? setting, FlowState state, int runs, Bundle owner)
    {
        if (setting is null)
        {
            return Resolution.Absent.Instance;
        }

        return Resolve(ValueOf(setting, state, owner), runs, setting.Reference ?? setting.Text, setting.Location);
    }

    private Resolution Resolve(Alternative[] alternatives, int runs, string name, SourceLocation location)
    {
        var texts = new SortedSet<string>(StringComparer.Ordinal);
        ProvenanceChain? origin = null;
        Symbol? tainted = null;
        Symbol? opaque = null;
        var missing = false;
        foreach (var alternative in alternatives)
        {
            if (diagram.And(alternative.Guard, runs) == Diagram.False)
            {
                continue;
            }

            switch (alternative.Value)
            {
                case FlowValue.Text text:
                    texts.Add(text.Value);
                    origin ??= alternative.Origin;
                    break;
                case FlowValue.Named { Symbol: var symbol }:
                    if (symbol.Kind == VariableKind.Caller)
                    {
                        tainted ??= symbol;
                    }
                    else
                    {
                        opaque ??= symbol;
                    }

                    origin = alternative.Origin ?? origin;
                    break;
                case FlowValue.Members members:
                    tainted ??= new Symbol(members.Set.Name, VariableKind.Caller, false, members.Set.Name, "");
                    break;
                default:
                    missing = true;
                    break;
            }
        }

        var provenance = origin?.ToArray() ?? [new Provenance(location, "setting")];
        if (tainted is not null)
        {
            return new Resolution.Tainted(tainted.Source) { Provenance = provenance };
        }

        if (opaque is not null)
        {
            return new Resolution.Opaque(opaque.Source, opaque.Closes)
            {
                Provenance = provenance,
                Secret = opaque.Secret,
                ChosenBy = opaque.ChosenBy,
            };
        }

        return (texts.Count, missing) switch
        {
            (0, _) => new Resolution.Unresolved(name) { Provenance = provenance },
            (1, false) => new Resolution.Known(texts.Min!) { Provenance = provenance },
            (1, true) => new Resolution.OneOf([texts.Min!, ""]) { Provenance = provenance },
            _ => new Resolution.OneOf([.. texts]) { Provenance = provenance },
        };
    }

    /// <summary>The values of a message template: <c>{name}</c>, <c>{name:default}</c>; an unresolved name is empty.</summary>
    private Alternative[] Expand(string template, SourceLocation location, FlowState state, Bundle owner)
    {
        var pieces = MessageTemplate.Parse(template);
        if (pieces.All(piece => piece.Variable is null && piece.Function is null))
        {
            return
            [
                new Alternative(
                    Diagram.True,
                    new FlowValue.Text(template),
                    new ProvenanceChain(new Provenance(location, "template"), null)
                ),
            ];
        }

        var results = new List<Alternative>
        {
            new(Diagram.True, new FlowValue.Text(""), new ProvenanceChain(new Provenance(location, "template"), null)),
        };
        foreach (var piece in pieces)
        {
            var next = new List<Alternative>();
            foreach (var value in PieceValues(piece, location, state, owner))
            {
                foreach (var result in results)
                {
                    var guard = diagram.And(result.Guard, value.Guard);
                    if (guard != Diagram.False)
                    {
                        Merge(
                            next,
                            new Alternative(guard, Join(result.Value, value.Value, template, location), Chain(result.Origin, value.Origin))
                        );
                    }
                }
            }

            results =
                next.Count > MaxAlternatives
                    ?
                    [
                        new Alternative(
                            Diagram.True,
                            Composite(template, location, [.. next.Select(alternative => alternative.Value)]),
                            null
                        ),
                    ]
                    : next;
        }

        return [.. results];
    }

    private static ProvenanceChain? Chain(ProvenanceChain? first, ProvenanceChain? second) =>
        second is null ? first
        : first is null ? second
        : new ProvenanceChain(first.Head, second);

    private Alternative[] PieceValues(MessageTemplate.Piece piece, SourceLocation location, FlowState state, Bundle owner)
    {
        if (piece.Variable is { } variable)
        {
            var result = new List<Alternative>();
            foreach (var alternative in Read(variable, state, owner).SelectMany(value => Confined(value, state)))
            {
                Merge(
                    result,
                    alternative.Value is FlowValue.Missing ? alternative with { Value = new FlowValue.Text(piece.Default) } : alternative
                );
            }

            return [.. result];
        }

        if (piece.Function is { } function)
        {
            var arguments = piece.Arguments.Select(argument => Read(argument, state, owner)).ToArray();
            if (
                arguments.Length == 1
                && arguments[0] is [{ Value: FlowValue.Text text }]
                && MessageTemplate.Apply(function, text.Value) is { } computed
            )
            {
                return Of(computed);
            }

            var values = arguments.SelectMany(argument => argument).Select(alternative => alternative.Value).ToArray();
            return [new Alternative(Diagram.True, Composite($"{function}({string.Join(',', piece.Arguments)})", location, values), null)];
        }

        return Of(piece.Text);
    }

    private FlowValue Join(FlowValue left, FlowValue right, string template, SourceLocation location) =>
        (left, right) switch
        {
            (FlowValue.Text l, FlowValue.Text r) => new FlowValue.Text(l.Value + r.Value),
            (FlowValue.Text l, FlowValue.Named { Symbol.IsNullable: false } r) => new FlowValue.Named(r.Symbol, l.Value + r.Prefix),
            (FlowValue.Text { Value: "" }, FlowValue.Named r) => r,
            (var l, FlowValue.Text { Value: "" }) => l,
            _ => Composite(template, location, [left, right]),
        };

    // A text made of parts that are not all known: a new name, the caller's if any part is.
    private FlowValue.Named Composite(string what, SourceLocation location, IReadOnlyList<FlowValue> parts)
    {
        var fromCaller = parts.FirstOrDefault(part => part is FlowValue.Named { Symbol.Kind: VariableKind.Caller } or FlowValue.Members);
        var unknown = parts.OfType<FlowValue.Named>().FirstOrDefault(part => part.Symbol.Kind == VariableKind.Unknown);
        var name = $"made:{what}@{location}";
        var symbol = symbols.Get(
            name,
            () =>
                new Symbol(
                    name,
                    fromCaller is not null && unknown is null ? VariableKind.Caller : VariableKind.Unknown,
                    false,
                    fromCaller is not null ? NameOf(fromCaller) : unknown?.Symbol.Source ?? what,
                    unknown?.Symbol.Closes ?? ""
                )
        );
        return new FlowValue.Named(symbol, "");
    }
}
