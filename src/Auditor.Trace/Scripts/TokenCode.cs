using System.Text.RegularExpressions;
using Acornima.Ast;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <summary>What the code of a policy does with tokens and variables: read from its text, or, where there is none, told by its names.</summary>
/// <param name="IsRead">Whether the code itself was read; otherwise only names speak.</param>
/// <param name="ReadsCredential">Whether it reads a variable or header in which callers send credentials.</param>
/// <param name="Evidence">What shows that it takes tokens apart or verifies them, in words; null when nothing does.</param>
/// <param name="Writes">The variables that it sets by name.</param>
/// <param name="Prints">The credentials that it prints.</param>
public sealed partial record TokenCode(
    bool IsRead,
    bool ReadsCredential,
    string? Evidence,
    ImmutableArray<string> Writes,
    ImmutableArray<string> Prints
)
{
    private ImmutableArray<(SourceLocation File, string Text)> Sources { get; init; } = [];

    /// <summary>The variables that it reads by name; empty where only names speak.</summary>
    public ImmutableArray<string> Reads { get; init; } = [];

    /// <summary>Whether it reads variables by names that it makes.</summary>
    public bool ReadsByMadeNames { get; init; }

    /// <summary>Whether it runs code that it makes at run time, or calls by names that it makes: what it does then cannot be read.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>The line that shows the evidence; null when there is none to show.</summary>
    public SourceLocation? EvidencePlace { get; init; }

    /// <summary>The first line that names a variable; null when the source is not in a file of its own.</summary>
    public SourceLocation? PlaceOf(string variable)
    {
        foreach (var (file, text) in Sources)
        {
            var at = text.IndexOf(variable, StringComparison.Ordinal);
            if (at >= 0 && file.Line == 0)
            {
                return file with { Line = 1 + text.AsSpan(0, at).Count('\n'), Column = at - text.LastIndexOf('\n', at) };
            }
        }

        return null;
    }

    /// <summary>Whether it handles tokens by itself: it has the caller's credential and takes it apart or verifies it.</summary>
    public bool HandlesTokens => ReadsCredential && Evidence is not null;

    /// <summary>The code of a policy; read once, whoever asks.</summary>
    internal static TokenCode Of(ScriptPolicy policy, Bundle owner, TraceKnowledge knowledge) =>
        knowledge.Code(policy, () => Read(policy, owner, knowledge));

    private static TokenCode Read(ScriptPolicy policy, Bundle owner, TraceKnowledge knowledge)
    {
        if (policy.IsJavaScript && Script.Of(policy, owner, knowledge) is { Program: { } program })
        {
            var walk = new Walk();
            walk.Collect(program);
            walk.Read(program);
            var sources = Script.Sources(policy, owner);
            return new TokenCode(
                true,
                walk.ReadsCredential,
                walk.Evidence,
                [.. walk.Writes.Order(StringComparer.Ordinal)],
                [.. walk.Prints.Order(StringComparer.Ordinal)]
            )
            {
                Sources = [.. sources],
                Reads = [.. walk.Reads.Order(StringComparer.Ordinal)],
                ReadsByMadeNames = walk.ReadsByMadeNames,
                IsDynamic = walk.IsDynamic,
                EvidencePlace = walk.EvidenceNode is { } node ? PlaceIn(sources, node) : null,
            };
        }

        var text = policy.ResourceUrl is { } url ? owner.FindResource(url)?.Text : null;
        if (policy.Kind != "JavaCallout" && text is not null)
        {
            var evidence =
                Signature().Match(text) is { Success: true } signature ? $"it calls '{signature.Value}'"
                : Split().IsMatch(text) && Base64().IsMatch(text) ? "it splits a token at its dots and decodes Base64"
                : null;
            return new TokenCode(
                true,
                CredentialText().IsMatch(text),
                evidence,
                [
                    .. SetVariable()
                        .Matches(text)
                        .Select(match => VariableName.Canonical(match.Groups["name"].Value))
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal),
                ],
                []
            )
            {
                IsDynamic = MakesCode().IsMatch(text),
            };
        }

        var names = $"{policy.ClassName} {policy.ResourceUrl}";
        return new TokenCode(
            false,
            true,
            TokenName().Match(names) is { Success: true } match
            && !IsMaker(names)
            // A script can do anything with a token; a library with such a name is there to take tokens apart.
            && (policy.Kind == "JavaCallout" || Taker().IsMatch(names))
                ? $"its name says '{match.Value}'"
                : null,
            [],
            []
        );
    }

    private static bool IsMaker(string names) => Maker().Matches(names).Any(match => !match.Groups["not"].Success);

    // The parser read the sources one after the other.
    private static SourceLocation? PlaceIn(List<(SourceLocation File, string Text)> sources, Node node)
    {
        var line = node.Location.Start.Line;
        foreach (var (file, text) in sources)
        {
            var lines = 1 + text.AsSpan().Count('\n');
            if (line <= lines)
            {
                return file.Line == 0 ? file with { Line = line, Column = node.Location.Start.Column + 1 } : null;
            }

            line -= lines;
        }

        return null;
    }

    /// <summary>Reads a syntax tree: calls and members by their names, variables by the call that made them.</summary>
    private sealed class Walk
    {
        private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);
        private Node? splits;
        private bool decodes;
        private (string Name, Node Node)? verifies;

        public bool ReadsCredential { get; private set; }

        public bool IsDynamic { get; private set; }

        public bool ReadsByMadeNames { get; private set; }

        public HashSet<string> Reads { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Writes { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Prints { get; } = new(StringComparer.Ordinal);

        public string? Evidence =>
            verifies is var (name, _) ? $"it calls '{name}'"
            : splits is not null && decodes ? "it splits a token at its dots and decodes Base64"
            : null;

        public Node? EvidenceNode => verifies is var (_, node) ? node : splits;

        // The variables of the script that hold what was read from the flow.
        public void Collect(Node node)
        {
            if (node is VariableDeclarator { Id: Identifier id, Init: { } init } && FlowVariable(init) is { } read)
            {
                variables[id.Name] = read;
            }

            foreach (var child in node.ChildNodes)
            {
                Collect(child);
            }
        }

        public void Read(Node node)
        {
            switch (node)
            {
                case CallExpression call:
                    Call(call);
                    break;
                case MemberExpression member when Name(member.Property) is { } name:
                    ReadsCredential |= string.Equals(name, "authorization", StringComparison.OrdinalIgnoreCase);
                    if (name is "createDecipher" or "createHmac" or "createVerify" or "HmacSHA256" or "getHMAC" or "KJUR")
                    {
                        verifies ??= (name, node);
                    }

                    // A name that is put together is a name that is hidden.
                    IsDynamic |= member is { Computed: true, Property: BinaryExpression { Left: StringLiteral } };
                    break;
                case NewExpression { Callee: Identifier { Name: "Function" } }:
                    IsDynamic = true;
                    break;
                case Identifier { Name: "KJUR" or "jsrsasign" or "jwt_decode" or "jwtDecode" or "jose" } library:
                    verifies ??= (library.Name, node);
                    break;
                default:
                    break;
            }

            foreach (var child in node.ChildNodes)
            {
                Read(child);
            }
        }

        private void Call(CallExpression call)
        {
            var name = call.Callee switch
            {
                MemberExpression member => Name(member.Property),
                Identifier identifier => identifier.Name,
                _ => null,
            };
            var first = call.Arguments.Count > 0 ? Text(call.Arguments[0]) : null;
            switch (name)
            {
                case "getVariable" when first is not null:
                    ReadsCredential |= IsToken(first);
                    Reads.Add(VariableName.Canonical(first));
                    break;
                case "getVariable":
                    ReadsByMadeNames = true;
                    break;
                case null when first is not null:
                    ReadsCredential |= IsToken(first);
                    break;
                case "eval":
                    IsDynamic = true;
                    break;
                case "setVariable" when first is not null:
                    Writes.Add(VariableName.Canonical(first));
                    break;
                case "split" when first == ".":
                    splits ??= call;
                    break;
                case "print" or "log" or "info" or "debug" or "warn" or "error" when name == "print" || IsConsole(call.Callee):
                    foreach (var argument in call.Arguments)
                    {
                        Print(argument);
                    }

                    break;
                case "atob":
                case "decode"
                    when call.Callee is MemberExpression { Object: Identifier { Name: var library } } && Base64().IsMatch(library):
                    decodes = true;
                    break;
                case "from" when call.Arguments.Count > 1 && Text(call.Arguments[1]) is "base64" or "base64url":
                    decodes = true;
                    break;
                case { } other when Base64().IsMatch(other):
                    decodes = true;
                    break;
                case { } other when Signature().IsMatch(other):
                    verifies ??= (other, call);
                    break;
                default:
                    break;
            }
        }

        private void Print(Node node)
        {
            if (
                FlowVariable(node) is { } read
                && (CredentialNames.IsCredential(read) || read.StartsWith("private.", StringComparison.Ordinal))
            )
            {
                Prints.Add(VariableName.Canonical(read));
            }

            foreach (var child in node.ChildNodes)
            {
                Print(child);
            }
        }

        private string? FlowVariable(Node node) =>
            node switch
            {
                Identifier identifier => variables.GetValueOrDefault(identifier.Name),
                CallExpression
                {
                    Callee: MemberExpression { Property: Identifier { Name: "getVariable" } },
                    Arguments: { Count: > 0 } arguments
                } => Text(arguments[0]),
                _ => null,
            };

        private static bool IsConsole(Node callee) => callee is MemberExpression { Object: Identifier { Name: "console" } };

        private static bool IsToken(string variable) => CredentialNames.IsCredential(variable) || TokenVariable().IsMatch(variable);

        private static string? Name(Node property) =>
            property switch
            {
                Identifier identifier => identifier.Name,
                _ => Text(property),
            };

        private static string? Text(Node node) => node is StringLiteral literal ? literal.Value : null;
    }

    [GeneratedRegex(
        """(?i)(^|[._-])(jwt|id_?token|access_?token|bearer|token)$""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex TokenVariable();

    [GeneratedRegex("""(?i)base64|b64""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Base64();

    [GeneratedRegex(
        """setVariable\(\s*u?['"](?<name>[^'"]+)['"]""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex SetVariable();

    [GeneratedRegex("""(?i)verif|valid|decod|pars|check""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Taker();

    [GeneratedRegex(
        """\b(eval|exec|getattr|__import__)\s*\(""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex MakesCode();

    [GeneratedRegex("""(?i)split\(\s*['"]\.['"]""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Split();

    [GeneratedRegex(
        """(?i)\b(verify_?(jwt|token|signature)|decode_?(jwt|token)|parse_?jwt|jwt_?(decode|verify|parse)|hmac\.new|getHMAC|HmacSHA\d+|jwt\.decode|validate_?(jwt|token))\b""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Signature();

    [GeneratedRegex(
        """(?i)authorization|bearer|access_token|id_token|\bjwt\b""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex CredentialText();

    [GeneratedRegex(
        """(?i)[a-z0-9_.-]*(jwt|jws|jose)[a-z0-9_.-]*""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex TokenName();

    [GeneratedRegex(
        """(?i)generat|creat|mint|issue|sign(?<not>ed|ature)?|encrypt""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Maker();
}
