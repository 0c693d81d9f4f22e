using Auditor.Model;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>
/// The symbols of one endpoint. First everything is collected that conditions ask of them; then each symbol's values are divided into the classes that these
/// questions cannot tell apart, and becomes one decision variable. So two atoms over the same variable are always consistent.
/// </summary>
internal sealed partial class SymbolTable(Diagram diagram, LanguageFactory languages)
{
    private const string Whether = "whether ";

    private readonly SortedDictionary<string, Symbol> symbols = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TokenSet> sets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> booleans = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TokenQuestion> tokenChoices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Closes, SourceLocation? Location)> unknowns = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Symbol, ConditionOperator Operator, string Prefix, string Constant), int> truths = [];
    private readonly HashSet<string> wanted = new(StringComparer.Ordinal);
    private bool frozen;

    public Diagram Diagram => diagram;

    public LanguageFactory Languages => languages;

    public bool IsFrozen => frozen;

    public Symbol Get(string name, Func<Symbol> create)
    {
        if (!symbols.TryGetValue(name, out var symbol))
        {
            symbol = create();
            symbols.Add(name, symbol);
        }

        return symbol;
    }

    public TokenSet Set(TokenClaim claim)
    {
        if (!sets.TryGetValue(claim.Key, out var set))
        {
            sets.Add(claim.Key, set = new TokenSet(claim));
        }

        return set;
    }

    /// <summary>A truth that nobody here knows.</summary>
    public int Unknown(string name, string closes, SourceLocation? location) => Boolean(name, VariableKind.Unknown, closes, location);

    /// <summary>Which of two readings of the vendor's documents is the right one.</summary>
    public int Unknown(Reading reading) => Unknown($"{reading.Question} (the documents do not say)", "a test on a live gateway", null);

    /// <summary>A truth that the caller decides.</summary>
    public int Choice(string name) => Boolean(name, VariableKind.Caller, "", null);

    /// <summary>A truth about a claim that the token decides, and that is no test of its text.</summary>
    public int TokenChoice(TokenClaim claim, string words, SourceLocation location)
    {
        var name = $"{claim.Key} {words}";
        tokenChoices.TryAdd(name, new TokenQuestion(claim, new TokenTest.Other(words), location));
        return Choice(name);
    }

    /// <summary>The questions about claims that have a decision variable of their own, by its name.</summary>
    public IReadOnlyDictionary<string, TokenQuestion> TokenChoices => tokenChoices;

    /// <summary>What a decision variable stands for, as something that an answer can depend on, and what would close it.</summary>
    public TraceUnknown Describe(int variable)
    {
        var name = diagram.NameOf(variable);
        if (unknowns.TryGetValue(name, out var known))
        {
            return new TraceUnknown(
                name.StartsWith(Whether, StringComparison.Ordinal) ? name : Whether + name,
                known.Closes,
                known.Location
            );
        }

        foreach (var symbol in symbols.Values)
        {
            if (symbol.Variable == variable)
            {
                return new TraceUnknown(symbol.Source, symbol.Closes, symbol.Location);
            }
        }

        return new TraceUnknown(name, "", null);
    }

    public Symbol? Find(int variable) => symbols.Values.FirstOrDefault(symbol => symbol.Variable == variable);

    public IEnumerable<Symbol> All => symbols.Values;

    public IEnumerable<TokenSet> Sets => sets.Values;

    /// <summary>The truth of a relation between a named value and a text.</summary>
    public int Relate(FlowValue.Named value, ConditionOperator op, string constant, SourceLocation? location = null)
    {
        var symbol = value.Symbol;
        if (location is not null)
        {
            symbol.Note(op, value.Prefix, constant, location);
        }

        if (!frozen)
        {
            symbol.Mention(op, value.Prefix, constant);
            return Diagram.Maybe;
        }

        var key = (symbol.Name, op, value.Prefix, constant);
        if (truths.TryGetValue(key, out var known))
        {
            return known;
        }

        var truth = Compute(symbol, op, value.Prefix, constant);
        truths.Add(key, truth);
        return truth;
    }

    /// <summary>The truth of the symbol being null.</summary>
    public int IsNull(Symbol symbol) =>
        !symbol.IsNullable ? Diagram.False
        : !frozen ? Diagram.Maybe
        : symbol.Variable >= 0 ? diagram.Test(symbol.Variable, value => value == 0)
        : Late(symbol);

    /// <summary>The truth of a claim holding a member.</summary>
    public int Has(TokenSet set, string member, SourceLocation location) =>
        Test(set.Member(member), $"{set.Name} has '{member}'", location);

    /// <summary>The truth of a claim being there and its text satisfying a test.</summary>
    public int Matches(TokenSet set, ClaimText text, SourceLocation location) =>
        frozen && text.Language(languages) is null
            ? Unknown($"{set.Name} {text.Words}", "a pattern inside the regular subset", location)
            : Test(set.Text(text), $"{set.Name} {text.Form} {text.Words}", location);

    /// <summary>The truth of a claim not being there.</summary>
    public int IsAbsent(TokenSet set, SourceLocation location) => Test(set.Absence, $"{set.Name} is absent", location);

    /// <summary>What holds for every token there can be, over the tests made so far.</summary>
    public int Consistency() => sets.Values.Aggregate(Diagram.True, (sum, set) => diagram.And(sum, set.Consistency(diagram, languages)));

    private int Test(TokenSet.Test test, string name, SourceLocation location)
    {
        test.Note(location);
        if (!frozen)
        {
            return Diagram.Maybe;
        }

        if (test.Variable < 0)
        {
            test.Variable = diagram.Add(name, 2, VariableKind.Caller);
        }

        return test.Holds(diagram);
    }

    /// <summary>Ends the collection: makes the decision variables. Path and verb first, then in the order of names.</summary>
    public void Freeze()
    {
        foreach (
            var symbol in symbols
                .Values.OrderBy(symbol =>
                    symbol.Name is "request.verb" ? 0
                    : symbol.Name is "proxy.pathsuffix" ? 1
                    : 2
                )
                .ThenBy(symbol => symbol.Name, StringComparer.Ordinal)
        )
        {
            Bind(symbol);
        }

        frozen = true;
        foreach (var name in wanted.Order(StringComparer.Ordinal))
        {
            if (!booleans.ContainsKey(name))
            {
                booleans[name] = diagram.Add(name, 2, unknowns.ContainsKey(name) ? VariableKind.Unknown : VariableKind.Caller);
            }
        }
    }

    /// <summary>A value of a symbol in the class that an assignment chose; null when it is absent.</summary>
    public static string? Example(Symbol symbol, int choice)
    {
        if (symbol.IsNullable && choice == 0)
        {
            return null;
        }

        return symbol.Classes[choice - (symbol.IsNullable ? 1 : 0)].Example;
    }

    /// <summary>A symbol that turned up after the collection gets its variable now.</summary>
    private int Late(Symbol symbol)
    {
        Bind(symbol);
        return diagram.Test(symbol.Variable, value => value == 0);
    }

    private int Boolean(string name, VariableKind kind, string closes, SourceLocation? location)
    {
        if (kind == VariableKind.Unknown)
        {
            unknowns.TryAdd(name, (closes, location));
        }

        if (!frozen)
        {
            wanted.Add(name);
            return Diagram.Maybe;
        }

        if (!booleans.TryGetValue(name, out var variable))
        {
            variable = diagram.Add(name, 2, kind);
            booleans.Add(name, variable);
        }

        return diagram.Test(variable, value => value == 1);
    }
}
