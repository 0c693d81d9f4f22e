using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>Variables, templates, comparisons.</content>
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
        var name = VariableName.Canonical(variable);
        var alternatives = state.TryGet(name, out var set) ? set : Default(name, state, owner);
        if (alternatives.Length == 1)
        {
            return alternatives;
        }

        var possible = alternatives.Where(alternative => diagram.And(alternative.Guard, state.Reach) != Diagram.False).ToArray();
        return possible.Length == 0 ? alternatives : possible;
    }

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

        // Outside the reach nothing is asked any more, so the old value matters only where the request goes on without the guard.
        if (diagram.Without(state.Reach, guard) != Diagram.False)
        {
            foreach (var alternative in Read(name, state, owner))
            {
                Merge(result, alternative with { Guard = diagram.Without(alternative.Guard, guard) });
            }
        }

        if (result.Count > MaxAlternatives)
        {
            var symbol = symbols.Get(
                "many:" + name,
                () => new Symbol("many:" + name, VariableKind.Unknown, true, $"'{name}', which has many values", $"fewer assignments to '{name}'")
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
        if (BuiltIn(name, state, owner) is { } known)
        {
            return Cleared(name, known, state);
        }

        if (JwtVariable(name, state, owner) is { } claim)
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
            var symbol = symbols.Get(
                $"written:{writer.Title}:{name}",
                () =>
                    new Symbol(
                        $"written:{writer.Title}:{name}",
                        VariableKind.Unknown,
                        true,
                        $"{writer.Title}, which may set '{name}'",
                        $"what {writer.Title} does"
                    )
            );
            Merge(result, new Alternative(guard, new FlowValue.Named(symbol, ""), new ProvenanceChain(new Provenance(writer.Location, "may set it"), null)));
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

    private Alternative[]? BuiltIn(string name, FlowState state, Bundle owner)
    {
        _ = state;
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
                return Of(PathSymbol());
            case "request.path":
                return [new Alternative(Diagram.True, new FlowValue.Named(PathSymbol(), program.BasePath), null)];
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
            return Of(CallerSymbol(name, nullable: name is not "request.uri" and not "request.content" and not "request.version", null, []));
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
            ? Of(UnknownSymbol(name, name.StartsWith("tls.", StringComparison.Ordinal), $"'{name}', which is set at run time", $"the value of '{name}'"))
            : null;
    }

    private static Language Upper(LanguageFactory languages) => languages.Characters(CharSet.Between('A', 'Z'));

    private static Alternative[] Of(Symbol symbol) => [new Alternative(Diagram.True, new FlowValue.Named(symbol, ""), null)];

    private static Alternative[] Of(string text) => [new Alternative(Diagram.True, new FlowValue.Text(text), null)];

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

    private Symbol UnknownSymbol(string name, bool nullable, string source, string closes, Redacted? secret = null) =>
        symbols.Get(name, () => new Symbol(name, VariableKind.Unknown, nullable, source, closes) { Secret = secret });

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
                        new FlowValue.Named(UnknownSymbol(name, false, $"property '{name}', which is secret", "nothing: the value is secret", value.Secret), ""),
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
                    program.Environment is null ? "the property sets of the environment" : $"the property sets of environment '{program.Environment.Name}' ({lookup.Coverage.Reason})"
                )
            );
    }

    /// <summary>The truth of a relation between two values, each of which may have alternatives.</summary>
    private int Relate(Alternative[] left, ConditionOperator op, Alternative[] right, SourceLocation location)
    {
        var result = Diagram.False;
        foreach (var l in left)
        {
            foreach (var r in right)
            {
                var guard = diagram.And(l.Guard, r.Guard);
                if (guard != Diagram.False)
                {
                    result = diagram.Or(result, diagram.And(guard, Relate(l.Value, op, r.Value, location)));
                }
            }
        }

        return result;
    }

    private int Relate(FlowValue left, ConditionOperator op, FlowValue right, SourceLocation location)
    {
        switch (left, right)
        {
            case (FlowValue.Missing, FlowValue.Missing):
                return Truth(ConditionSemantics.WithNull(op, true, true));
            case (FlowValue.Missing, FlowValue.Text):
                return Truth(ConditionSemantics.WithNull(op, true, false));
            case (FlowValue.Text, FlowValue.Missing):
                return Truth(ConditionSemantics.WithNull(op, false, true));
            case (FlowValue.Text l, FlowValue.Text r):
                return RelateTexts(l.Value, op, r.Value, location);
            case (FlowValue.Named n, FlowValue.Text r):
                return op switch
                {
                    ConditionOperator.NotEquals => diagram.Not(symbols.Relate(n, ConditionOperator.Equals, r.Value)),
                    _ => symbols.Relate(n, op, r.Value),
                };
            case (FlowValue.Text, FlowValue.Named) when Flipped(op) is { } flipped:
                return Relate(right, flipped, left, location);
            case (FlowValue.Named n, FlowValue.Missing):
                return WithNull(n, isNull => ConditionSemantics.WithNull(op, isNull, true));
            case (FlowValue.Missing, FlowValue.Named n):
                return WithNull(n, isNull => ConditionSemantics.WithNull(op, true, isNull));
            case (FlowValue.Members m, FlowValue.Text r):
                return RelateMembers(m, op, r.Value, location);
            case (FlowValue.Members, FlowValue.Missing):
                return Truth(ConditionSemantics.WithNull(op, false, true));
            case (FlowValue.Text, FlowValue.Members) when Flipped(op) is { } flipped:
                return Relate(right, flipped, left, location);
            default:
                return RelateNamed(left, op, right, location);
        }
    }

    private static int Truth(bool value) => value ? Diagram.True : Diagram.False;

    private int WithNull(FlowValue.Named named, Func<bool, bool> outcome)
    {
        if (named.Prefix.Length > 0)
        {
            return Truth(outcome(false));
        }

        var isNull = symbols.IsNull(named.Symbol);
        return (outcome(true), outcome(false)) switch
        {
            (true, true) => Diagram.True,
            (false, false) => Diagram.False,
            (true, false) => isNull,
            _ => diagram.Not(isNull),
        };
    }

    // What a constant on the left asks of a value on the right. A pattern on the right that is not constant cannot be turned round.
    private static ConditionOperator? Flipped(ConditionOperator op) =>
        op switch
        {
            ConditionOperator.Equals or ConditionOperator.NotEquals or ConditionOperator.EqualsIgnoringCase => op,
            ConditionOperator.Greater => ConditionOperator.Less,
            ConditionOperator.GreaterOrEqual => ConditionOperator.LessOrEqual,
            ConditionOperator.Less => ConditionOperator.Greater,
            ConditionOperator.LessOrEqual => ConditionOperator.GreaterOrEqual,
            _ => null,
        };

    private int RelateTexts(string left, ConditionOperator op, string right, SourceLocation location)
    {
        if (ConditionSemantics.Evaluate(op, left, right, symbols.Languages, Reading.BestPatterns) is not { } best)
        {
            return symbols.Unknown($"'{left}' {ConditionPrinter.SymbolOf(op)} the pattern at {location}", "a pattern inside the regular subset", location);
        }

        foreach (var (reading, pattern) in OtherReadings(op))
        {
            if (ConditionSemantics.Evaluate(op, left, right, symbols.Languages, pattern) is { } other && other != best)
            {
                var choice = symbols.Unknown("reading: " + reading.Question, "a test on a live gateway", null);
                return best ? choice : diagram.Not(choice);
            }
        }

        return Truth(best);
    }

    private static IEnumerable<(Reading Reading, PatternReading Pattern)> OtherReadings(ConditionOperator op)
    {
        if (op == ConditionOperator.JavaRegex)
        {
            yield return (Reading.RegexMatchesWhole, Reading.BestPatterns with { RegexMatchesWhole = false });
        }
        else if (op == ConditionOperator.MatchesPath)
        {
            yield return (Reading.EmptyLastSegment, Reading.BestPatterns with { EmptyLastSegment = false });
            yield return (Reading.DoubleStarCoversParent, Reading.BestPatterns with { DoubleStarCoversParent = true });
        }
    }

    // Two values of which neither is a known text: one truth for the pair, decided by whoever knows least about them.
    private int RelateNamed(FlowValue left, ConditionOperator op, FlowValue right, SourceLocation location)
    {
        if (Equals(left, right) && op is ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase or ConditionOperator.GreaterOrEqual or ConditionOperator.LessOrEqual)
        {
            return Diagram.True;
        }

        if (Equals(left, right) && op is ConditionOperator.NotEquals)
        {
            return Diagram.False;
        }

        if (op == ConditionOperator.NotEquals)
        {
            return diagram.Not(Relate(left, ConditionOperator.Equals, right, location));
        }

        var (l, r) = (NameOf(left), NameOf(right));
        if (op is ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase && string.CompareOrdinal(l, r) > 0)
        {
            (l, r) = (r, l);
        }

        var name = $"{l} {ConditionPrinter.SymbolOf(op)} {r}";
        var chosen = IsCallers(left) && IsCallers(right);
        var truth = chosen ? symbols.Choice(name) : symbols.Unknown(name, Closes(left) ?? Closes(right) ?? "both values", location);

        // Null on either side is decided by the table, not by the pair.
        return NullCases(left, op, right, truth);
    }

    private int NullCases(FlowValue left, ConditionOperator op, FlowValue right, int truth)
    {
        var leftNull = left is FlowValue.Named { Prefix: "" } l ? symbols.IsNull(l.Symbol) : Diagram.False;
        var rightNull = right is FlowValue.Named { Prefix: "" } r ? symbols.IsNull(r.Symbol) : Diagram.False;
        var neither = diagram.Not(diagram.Or(leftNull, rightNull));
        var result = diagram.And(neither, truth);
        foreach (var (isLeft, isRight) in new[] { (true, true), (true, false), (false, true) })
        {
            if (ConditionSemantics.WithNull(op, isLeft, isRight))
            {
                var held = diagram.And(isLeft ? leftNull : diagram.Not(leftNull), isRight ? rightNull : diagram.Not(rightNull));
                result = diagram.Or(result, held);
            }
        }

        return result;
    }

    private static string NameOf(FlowValue value) =>
        value switch
        {
            FlowValue.Text text => $"'{text.Value}'",
            FlowValue.Named named => named.Prefix + named.Symbol.Name,
            FlowValue.Members members => members.Set.Name,
            _ => "null",
        };

    private static bool IsCallers(FlowValue value) => value is not FlowValue.Named { Symbol.Kind: VariableKind.Unknown };

    private static string? Closes(FlowValue value) => value is FlowValue.Named { Symbol: { Kind: VariableKind.Unknown } symbol } ? symbol.Closes : null;

    /// <summary>
    /// A test over a set-valued claim. In decoded claims it is JSON text, elsewhere a list with blanks; a pattern holds for a set when it holds for one of its members
    /// alone, which is how every pattern people write for this behaves.
    /// </summary>
    private int RelateMembers(FlowValue.Members members, ConditionOperator op, string constant, SourceLocation location)
    {
        switch (op)
        {
            case ConditionOperator.NotEquals:
                return diagram.Not(RelateMembers(members, ConditionOperator.Equals, constant, location));
            case ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase or ConditionOperator.Matches or ConditionOperator.JavaRegex or ConditionOperator.StartsWith:
                break;
            default:
                return symbols.Unknown($"{members.Set.Name} {ConditionPrinter.SymbolOf(op)} '{constant}'", "a test of single members", location);
        }

        var universe = Universe(members.Set, constant, location);
        var empty = Holds(op, members.IsJson ? "[]" : "", constant);
        if (empty is null)
        {
            return symbols.Unknown($"{members.Set.Name} {ConditionPrinter.SymbolOf(op)} the pattern at {location}", "a pattern inside the regular subset", location);
        }

        var result = Diagram.False;
        var none = Diagram.True;
        foreach (var member in universe)
        {
            var has = symbols.Has(members.Set, member);
            none = diagram.Without(none, has);
            if (Holds(op, Serialise(members.IsJson, member), constant) == true)
            {
                result = diagram.Or(result, has);
            }
        }

        return empty.Value ? diagram.Or(result, none) : result;
    }

    private bool? Holds(ConditionOperator op, string serialised, string constant) =>
        ConditionSemantics.Evaluate(op, serialised, constant, symbols.Languages, Reading.BestPatterns);

    private static string Serialise(bool json, string member) => json ? $"[\"{member}\"]" : member;

    private IEnumerable<string> Universe(TokenSet set, string constant, SourceLocation location)
    {
        var names = set.Name.EndsWith("groups", StringComparison.Ordinal) ? knowledge.Groups : knowledge.Scopes;
        foreach (var literal in ClaimLiterals.In(constant))
        {
            set.Ask(literal, location);
        }

        return names.Concat(set.Members.Keys.ToArray()).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The values of a setting: the variable where it resolves, the text otherwise.</summary>
    private Alternative[] ValueOf(Setting setting, FlowState state, Bundle owner)
    {
        Alternative[] literal = setting.Secret is { } secret
            ? Of(UnknownSymbol($"literal:{setting.Location}", false, "a secret literal", "nothing: the value is secret", secret))
            : setting.Text.Length > 0 ? [new Alternative(Diagram.True, new FlowValue.Text(setting.Text), new ProvenanceChain(new Provenance(setting.Location, "text"), null))]
            : Null;
        if (setting.Reference is not { } reference)
        {
            return literal;
        }

        var step = new Provenance(setting.Location, $"ref to {reference}");
        var result = new List<Alternative>();
        foreach (var alternative in Read(reference, state, owner))
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
                Merge(result, alternative with { Guard = diagram.Without(alternative.Guard, isNull), Origin = new ProvenanceChain(step, alternative.Origin) });
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
            return new Resolution.Opaque(opaque.Source, opaque.Closes) { Provenance = provenance, Secret = opaque.Secret };
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
            return [new Alternative(Diagram.True, new FlowValue.Text(template), new ProvenanceChain(new Provenance(location, "template"), null))];
        }

        var results = new List<Alternative> { new(Diagram.True, new FlowValue.Text(""), new ProvenanceChain(new Provenance(location, "template"), null)) };
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
                        Merge(next, new Alternative(guard, Join(result.Value, value.Value, template, location), Chain(result.Origin, value.Origin)));
                    }
                }
            }

            results = next.Count > MaxAlternatives
                ? [new Alternative(Diagram.True, Composite(template, location, [.. next.Select(alternative => alternative.Value)]), null)]
                : next;
        }

        return [.. results];
    }

    private static ProvenanceChain? Chain(ProvenanceChain? first, ProvenanceChain? second) =>
        second is null ? first : first is null ? second : new ProvenanceChain(first.Head, second);

    private Alternative[] PieceValues(MessageTemplate.Piece piece, SourceLocation location, FlowState state, Bundle owner)
    {
        if (piece.Variable is { } variable)
        {
            var result = new List<Alternative>();
            foreach (var alternative in Read(variable, state, owner))
            {
                Merge(result, alternative.Value is FlowValue.Missing ? alternative with { Value = new FlowValue.Text(piece.Default) } : alternative);
            }

            return [.. result];
        }

        if (piece.Function is { } function)
        {
            var arguments = piece.Arguments.Select(argument => Read(argument, state, owner)).ToArray();
            if (arguments.Length == 1 && arguments[0] is [{ Value: FlowValue.Text text }] && MessageTemplate.Apply(function, text.Value) is { } computed)
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
