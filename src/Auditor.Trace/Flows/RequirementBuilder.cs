using Auditor.Model;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>
/// Reads off what a token must have from the requests that get through: everything else that the caller chooses is chosen well, what nobody knows is bounded from both
/// sides, and what is left is a function of the token's claims, written as a short formula.
/// </summary>
internal sealed class RequirementBuilder
{
    private const int MaxCases = 48;
    private const int MaxUnknowns = 6;

    private readonly SymbolTable symbols;
    private readonly Diagram source;
    private readonly Dictionary<int, Func<Translation, int, int>> claims = [];
    private readonly int consistency;

    /// <summary>Prepares for the symbols of an endpoint, after its walks.</summary>
    public RequirementBuilder(SymbolTable symbols)
    {
        this.symbols = symbols;
        source = symbols.Diagram;
        consistency = symbols.Consistency();
        foreach (var set in symbols.Sets)
        {
            foreach (var (member, test) in set.Members)
            {
                Bind(test, set.Claim, new TokenTest.Has(member));
            }

            foreach (var (text, test) in set.Texts)
            {
                Bind(test, set.Claim, new TokenTest.Text(text));
            }

            Bind(set.Absence, set.Claim, new TokenTest.Absent());
        }

        foreach (var symbol in symbols.All.Where(symbol => symbol is { Claim: not null, Variable: >= 0 }))
        {
            claims[symbol.Variable] = (translation, function) => Classes(symbol, translation, function);
        }

        for (var variable = 0; variable < source.VariableCount; variable++)
        {
            if (symbols.TokenChoices.TryGetValue(source.NameOf(variable), out var question))
            {
                var atom = new TokenAtom(question.Claim, question.Test, question.Location is { } place ? [place] : []);
                claims[variable] = (translation, function) => translation.Binary(atom, function);
            }
        }
    }

    /// <summary>What a token must have for one of the requests; null when that is too much to write down.</summary>
    public Requirement? Of(int requests)
    {
        var reach = source.And(requests, consistency);
        var definite = source.Exists(source.ForAll(reach, VariableKind.Unknown), IsCallers);
        var possible = source.Exists(reach, variable => !claims.ContainsKey(variable));
        var care = source.Exists(consistency, variable => !claims.ContainsKey(variable));
        var necessary = Formula(possible, care);
        var sufficient = definite == possible ? necessary : Formula(definite, care);
        if (necessary is null || sufficient is null)
        {
            return null;
        }

        return new Requirement
        {
            Necessary = necessary,
            Sufficient = sufficient,
            Unknowns = definite == possible ? [] : Unknowns(reach, definite),
        };
    }

    /// <summary>The requests that get through with a token whose lists have no member, for claims that a test chooses: surely, and perhaps.</summary>
    public (int Surely, int Perhaps) Without(int requests, Func<TokenClaim, bool> emptied)
    {
        var (surely, perhaps) = (requests, requests);
        foreach (var set in symbols.Sets.Where(set => emptied(set.Claim)))
        {
            foreach (var (test, answer) in Empty(set))
            {
                if (test.Variable < 0)
                {
                    continue;
                }

                surely = Fix(surely, test.Variable, answer, source.And);
                perhaps = Fix(perhaps, test.Variable, answer, source.Or);
            }
        }

        var others = source.Exists(consistency, variable => !claims.ContainsKey(variable));
        var rest = symbols
            .Sets.Where(set => emptied(set.Claim))
            .SelectMany(set => Empty(set).Select(pair => pair.Test.Variable))
            .ToHashSet();
        others = source.Exists(others, rest.Contains);
        return (source.And(surely, others), source.And(perhaps, others));
    }

    private int Fix(int function, int variable, bool? answer, Func<int, int, int> both) =>
        answer is { } known
            ? source.Restrict(function, variable, known ? 1 : 0)
            : both(source.Restrict(function, variable, 0), source.Restrict(function, variable, 1));

    private IEnumerable<(TokenSet.Test Test, bool? Answer)> Empty(TokenSet set)
    {
        foreach (var test in set.Members.Values)
        {
            yield return (test, false);
        }

        foreach (var (text, test) in set.Texts)
        {
            yield return (test, text.Accepts([], symbols.Languages));
        }

        yield return (set.Absence, false);
    }

    private bool IsCallers(int variable) => source.KindOf(variable) == VariableKind.Caller && !claims.ContainsKey(variable);

    private void Bind(TokenSet.Test test, TokenClaim claim, TokenTest question)
    {
        if (test.Variable >= 0)
        {
            var atom = new TokenAtom(claim, question, [.. test.Places]);
            claims[test.Variable] = (translation, function) => translation.Binary(atom, function);
        }
    }

    private TokenFormula? Formula(int function, int care)
    {
        if (function == Diagram.False)
        {
            return TokenFormula.Nothing;
        }

        // Only what the function asks about is of interest.
        var support = source.Support(function);
        care = source.Exists(care, variable => !support.Contains(variable));
        if (source.Without(care, function) == Diagram.False)
        {
            return TokenFormula.Anything;
        }

        var translation = new Translation(source, claims);
        var holds = translation.Of(function);
        var possible = translation.Diagram.And(translation.Of(care), translation.Classes());
        var products = new Cover(translation.Diagram, MaxCases).Of(
            translation.Diagram.And(holds, possible),
            translation.Diagram.Or(holds, translation.Diagram.Not(possible))
        );
        return products is null
            ? null
            : new TokenFormula([
                .. products
                    .Value.Select(product => new TokenCase([
                        .. product
                            .Select(literal => new TokenDemand(translation.Atoms[literal.Variable], literal.Value))
                            .OrderBy(demand => !demand.IsPositive)
                            .ThenBy(demand => demand.Atom.Words, StringComparer.Ordinal),
                    ]))
                    .OrderBy(one => one.Demands.Length)
                    .ThenBy(one => one.Words, StringComparer.Ordinal),
            ]);
    }

    private ImmutableArray<TraceUnknown> Unknowns(int reach, int definite) =>
        [
            .. source
                .Support(source.Without(reach, definite))
                .Where(variable => source.KindOf(variable) == VariableKind.Unknown)
                .Select(symbols.Describe)
                .DistinctBy(unknown => unknown.What, StringComparer.Ordinal)
                .OrderBy(unknown => unknown.What, StringComparer.Ordinal)
                .Take(MaxUnknowns),
        ];

    // A claim with one value is a variable of several values here, and one question per relation there.
    private int Classes(Symbol symbol, Translation translation, int function)
    {
        var target = translation.Diagram;
        var children = source.ChildrenOf(function).ToArray();
        var result = Diagram.False;
        for (var value = 0; value < children.Length; value++)
        {
            if (children[value] != Diagram.False)
            {
                result = target.Or(result, target.And(Class(symbol, value, translation), translation.Of(children[value])));
            }
        }

        translation.AddClasses(
            symbol.Variable,
            () =>
                Enumerable
                    .Range(0, children.Length)
                    .Aggregate(Diagram.False, (sum, value) => target.Or(sum, Class(symbol, value, translation)))
        );
        return result;
    }

    private int Class(Symbol symbol, int value, Translation translation)
    {
        var target = translation.Diagram;
        var result = Diagram.True;
        var isAbsent = symbol.IsNullable && value == 0;
        if (symbol.IsNullable)
        {
            var absent = translation.Atom(new TokenAtom(symbol.Claim!, new TokenTest.Absent(), [.. symbol.NullPlaces]));
            result = isAbsent ? absent : target.Not(absent);
        }

        foreach (var (op, prefix, constant) in symbol.Predicates)
        {
            foreach (var reading in SymbolTable.Patterns(op))
            {
                if (ConditionSemantics.LanguageOf(op, constant, symbols.Languages, reading) is not { } language)
                {
                    continue;
                }

                var places = symbol.PlacesOf(op, prefix, constant).ToImmutableArray();
                var test = translation.Atom(
                    new TokenAtom(symbol.Claim!, new TokenTest.Value(op, prefix, constant) { Reading = reading }, places)
                );
                var holds =
                    SymbolTable.Example(symbol, value) is { } text ? symbols.Languages.Matches(language, prefix + text)
                    : prefix.Length > 0 ? symbols.Languages.Matches(language, prefix)
                    : ConditionSemantics.WithNull(op, true, false);
                result = target.And(result, holds ? test : target.Not(test));
            }
        }

        return result;
    }

    /// <summary>A function of claims in a diagram of its own, in which every variable is a question with two answers.</summary>
    private sealed class Translation(Diagram source, IReadOnlyDictionary<int, Func<Translation, int, int>> claims)
    {
        private readonly Dictionary<(TokenClaim, TokenTest), int> variables = [];
        private readonly Dictionary<int, int> memo = [];
        private readonly Dictionary<int, int> classes = [];

        public Diagram Diagram { get; } = new();

        /// <summary>The questions, by variable.</summary>
        public List<TokenAtom> Atoms { get; } = [];

        public int Of(int function)
        {
            if (source.TopOf(function) is not { } variable)
            {
                return function;
            }

            if (!memo.TryGetValue(function, out var known))
            {
                known = claims[variable](this, function);
                memo.Add(function, known);
            }

            return known;
        }

        /// <summary>That every claim has a value of one of its classes.</summary>
        public int Classes() => classes.Values.Aggregate(Diagram.True, Diagram.And);

        public void AddClasses(int variable, Func<int> all)
        {
            if (!classes.ContainsKey(variable))
            {
                classes.Add(variable, all());
            }
        }

        public int Atom(TokenAtom atom)
        {
            if (!variables.TryGetValue((atom.Claim, atom.Test), out var variable))
            {
                variable = Diagram.Add(atom.Words, 2, VariableKind.Caller);
                variables.Add((atom.Claim, atom.Test), variable);
                Atoms.Add(atom);
            }

            return Diagram.Test(variable, value => value == 1);
        }

        public int Binary(TokenAtom atom, int function)
        {
            var holds = Atom(atom);
            var children = source.ChildrenOf(function);
            var (no, yes) = (children[0], children[1]);
            return Diagram.Or(Diagram.And(holds, Of(yes)), Diagram.Without(Of(no), holds));
        }
    }
}
