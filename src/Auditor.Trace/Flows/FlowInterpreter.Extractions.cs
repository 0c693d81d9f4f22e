using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Policies that take parts out of messages.</content>
internal sealed partial class FlowInterpreter
{
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
