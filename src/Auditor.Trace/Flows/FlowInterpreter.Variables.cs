using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>Variables: what they are where nothing has set them, and how assignments change them.</content>
internal sealed partial class FlowInterpreter
{
    // Beyond this many alternatives a value is only named: cross products must not grow with the number of assignments.
    private const int MaxAlternatives = 24;

    private static readonly Alternative[] Null = [new Alternative(Diagram.True, FlowValue.Missing.Instance, null)];

    private Alternative[] Operand(Operand operand, FlowState state, Bundle owner) =>
        operand.Kind switch
        {
            OperandKind.Variable => Read(operand.Text, state, owner),
            OperandKind.Null => Null,
            _ => [new Alternative(Diagram.True, new FlowValue.Text(operand.Text), null)],
        };

    /// <summary>The values of a variable, each with the condition under which it has it; together they cover the reach.</summary>
    private Alternative[] Read(string variable, FlowState state, Bundle owner)
    {
        var alternatives = Everywhere(VariableName.Canonical(variable), state, owner);
        if (alternatives.Length == 1)
        {
            return alternatives;
        }

        var possible = alternatives.Where(alternative => diagram.And(alternative.Guard, state.Reach) != Diagram.False).ToArray();
        return possible.Length == 0 ? alternatives : possible;
    }

    private Alternative[] Everywhere(string name, FlowState state, Bundle owner) =>
        state.TryGet(name, out var set) ? set : Default(name, state, owner);

    /// <summary>Gives a variable a value where the guard holds; elsewhere it keeps what it had.</summary>
    private void Assign(string variable, Alternative[] value, int guard, FlowState state, Bundle owner)
    {
        var name = VariableName.Canonical(variable);
        if (name.Length == 0)
        {
            return;
        }

        var result = new List<Alternative>();
        foreach (var alternative in value)
        {
            Merge(result, alternative with { Guard = diagram.And(guard, alternative.Guard) });
        }

        // Where no request is any more, nothing is asked: the old value matters only where one goes on without the guard.
        var elsewhere = diagram.Without(diagram.Or(state.Reach, state.Aside), guard);
        if (elsewhere != Diagram.False)
        {
            foreach (var alternative in Everywhere(name, state, owner))
            {
                if (diagram.And(alternative.Guard, elsewhere) != Diagram.False)
                {
                    Merge(result, alternative with { Guard = diagram.Without(alternative.Guard, guard) });
                }
            }
        }

        if (result.Count > MaxAlternatives)
        {
            var symbol = symbols.Get(
                "many:" + name,
                () =>
                    new Symbol(
                        "many:" + name,
                        VariableKind.Unknown,
                        true,
                        $"'{name}', which has many values",
                        $"fewer assignments to '{name}'"
                    )
            );
            result = [new Alternative(Diagram.True, new FlowValue.Named(symbol, ""), null)];
        }

        state.Set(name, [.. result]);
    }

    private void Assign(string variable, FlowValue value, ProvenanceChain? origin, int guard, FlowState state, Bundle owner) =>
        Assign(variable, [new Alternative(Diagram.True, value, origin)], guard, state, owner);

    private void Merge(List<Alternative> list, Alternative alternative)
    {
        if (alternative.Guard == Diagram.False)
        {
            return;
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (Equals(list[i].Value, alternative.Value))
            {
                list[i] = list[i] with { Guard = diagram.Or(list[i].Guard, alternative.Guard) };
                return;
            }
        }

        list.Add(alternative);
    }

    /// <summary>What a variable is that nothing on the way has set.</summary>
    private Alternative[] Default(string name, FlowState state, Bundle owner)
    {
        if (BuiltIn(name, owner) is { } known)
        {
            return Cleared(name, known, state);
        }

        if (JwtVariable(name, state) is { } claim)
        {
            return claim;
        }

        if (state.Writers.Count == 0)
        {
            return Null;
        }

        var result = new List<Alternative>();
        var rest = Diagram.True;
        foreach (var writer in state.Writers)
        {
            var guard = diagram.And(rest, writer.Guard);
            rest = diagram.Without(rest, writer.Guard);
            var symbol = Written(writer.Title, name, writer.Location);
            Merge(
                result,
                new Alternative(
                    guard,
                    new FlowValue.Named(symbol, ""),
                    new ProvenanceChain(new Provenance(writer.Location, "may set it"), null)
                )
            );
        }

        Merge(result, new Alternative(rest, FlowValue.Missing.Instance, null));
        return [.. result];
    }

    private Alternative[] Cleared(string name, Alternative[] value, FlowState state)
    {
        foreach (var (prefix, guard) in state.Cleared)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }

            var result = new List<Alternative>();
            Merge(result, new Alternative(guard, FlowValue.Missing.Instance, null));
            foreach (var alternative in value)
            {
                Merge(result, alternative with { Guard = diagram.Without(alternative.Guard, guard) });
            }

            value = [.. result];
        }

        return value;
    }

    private Alternative[]? BuiltIn(string name, Bundle owner)
    {
        switch (name)
        {
            case "request.verb":
                return Of(
                    CallerSymbol(
                        name,
                        nullable: false,
                        languages => languages.Concat(Upper(languages), languages.Star(Upper(languages))),
                        ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
                    )
                );
            case "proxy.pathsuffix":
                return Path(pathPrefix);
            case "request.path":
                return Path(program.BasePath + pathPrefix);
            case "proxy.basepath" when program.Endpoint is not null:
                return Of(program.BasePath);
            case "organization.name" when !program.Organization.IsBundlesOnly:
                return Of(program.Organization.Name);
            case "environment.name" when program.Environment is { } environment:
                return Of(environment.Name);
            case "apiproxy.name" when program.Endpoint is not null:
                return Of(program.Bundle.Name);
            case "apiproxy.revision" when program.Bundle.Revision is { } revision:
                return Of(revision.ToString(CultureInfo.InvariantCulture));
            case "proxy.name" when program.Endpoint is not null:
                return Of(program.Endpoint.Name);
            case "sharedflow.name" when program.Endpoint is null:
                return Of(program.Bundle.Name);
            case "environment.name" or "organization.name" or "apiproxy.name" or "apiproxy.revision" or "proxy.basepath" or "proxy.name":
                return Of(UnknownSymbol(name, false, $"'{name}', which depends on the deployment", "where the bundle is deployed"));
            default:
                break;
        }

        if (name.StartsWith("propertyset.", StringComparison.Ordinal))
        {
            return Configured(name, "propertyset.", owner);
        }

        if (name.StartsWith("private.propertyset.", StringComparison.Ordinal))
        {
            return Configured(name, "private.propertyset.", owner);
        }

        if (name.StartsWith("request.", StringComparison.Ordinal))
        {
            return Of(
                CallerSymbol(
                    name,
                    nullable: name is not "request.uri" and not "request.content" and not "request.version",
                    null,
                    name == Authorization ? ["Bearer <token>"] : []
                )
            );
        }

        if (name.StartsWith("client.", StringComparison.Ordinal) || name.StartsWith("proxy.client.", StringComparison.Ordinal))
        {
            return Of(CallerSymbol(name, nullable: true, null, []));
        }

        return
            name.StartsWith("system.", StringComparison.Ordinal)
            || name.StartsWith("target.", StringComparison.Ordinal)
            || name.StartsWith("tls.", StringComparison.Ordinal)
            || name is "messageid" or "route.name" or "proxy.url"
            ? Of(
                UnknownSymbol(
                    name,
                    name.StartsWith("tls.", StringComparison.Ordinal),
                    $"'{name}', which is set at run time",
                    $"the value of '{name}'"
                )
            )
            : null;
    }

    private static Language Upper(LanguageFactory languages) => languages.Characters(CharSet.Between('A', 'Z'));

    private static Alternative[] Of(Symbol symbol) => [new Alternative(Diagram.True, new FlowValue.Named(symbol, ""), null)];

    private static Alternative[] Of(string text) => [new Alternative(Diagram.True, new FlowValue.Text(text), null)];

    private Alternative[] Path(string before) =>
        isPathKept ? [new Alternative(Diagram.True, new FlowValue.Named(PathSymbol(), before), null)] : Of(before);

    private Symbol PathSymbol() =>
        CallerSymbol(
            "proxy.pathsuffix",
            nullable: false,
            languages =>
            {
                var printable = CharSet.Between('!', '~').Intersect(CharSet.AnyOf("?#").Complement());
                return languages.Or(
                    languages.Epsilon,
                    languages.Concat(languages.Text("/"), languages.Star(languages.Characters(printable)))
                );
            },
            []
        );

    private Symbol CallerSymbol(string name, bool nullable, Func<LanguageFactory, Language>? domain, ImmutableArray<string> preferred) =>
        symbols.Get(
            name,
            () =>
                new Symbol(name, VariableKind.Caller, nullable, name, "")
                {
                    Domain = domain?.Invoke(symbols.Languages),
                    Preferred = preferred,
                    PrefersAbsence = nullable,
                }
        );

    private Symbol UnknownSymbol(
        string name,
        bool nullable,
        string source,
        string closes,
        Redacted? secret = null,
        SourceLocation? location = null,
        string? chosenBy = null
    ) =>
        symbols.Get(
            name,
            () =>
                new Symbol(name, VariableKind.Unknown, nullable, source, closes)
                {
                    Secret = secret,
                    Location = location,
                    ChosenBy = chosenBy,
                }
        );

    private Alternative[] Configured(string name, string prefix, Bundle owner)
    {
        var lookup = program.FindProperty(name[prefix.Length..], owner);
        if (lookup.Value is { } value)
        {
            var origin = new ProvenanceChain(new Provenance(value.Location, $"property '{name[prefix.Length..]}'"), null);
            return value.Text is { } text
                ? [new Alternative(Diagram.True, new FlowValue.Text(text), origin)]
                :
                [
                    new Alternative(
                        Diagram.True,
                        new FlowValue.Named(
                            UnknownSymbol(name, false, $"property '{name}', which is secret", "nothing: the value is secret", value.Secret),
                            ""
                        ),
                        origin
                    ),
                ];
        }

        return lookup.Coverage.IsComplete
            ? Null
            : Of(
                UnknownSymbol(
                    name,
                    true,
                    $"property '{name}', which was not collected",
                    program.Environment is null
                        ? "the property sets of the environment"
                        : $"the property sets of environment '{program.Environment.Name}' ({lookup.Coverage.Reason})"
                )
            );
    }
}
