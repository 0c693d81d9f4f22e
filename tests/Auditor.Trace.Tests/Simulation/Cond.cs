namespace Auditor.Trace.Tests.Simulation;

/// <summary>A condition of a generated proxy, as its author meant it: nothing of the program under test has a part in it.</summary>
internal abstract record Cond
{
    public sealed record And(Cond Left, Cond Right) : Cond;

    public sealed record Or(Cond Left, Cond Right) : Cond;

    public sealed record Not(Cond Inner) : Cond;

    /// <summary>A comparison. A negated one is written with <c>not</c> before the operator.</summary>
    public sealed record Test(string Variable, string Operator, string? Value, bool IsNegated = false, bool InWords = false) : Cond;

    /// <summary>As it is written in a bundle, with no more parentheses than Java's precedence needs.</summary>
    public string Text =>
        this switch
        {
            And and => $"{Inside(and.Left)} and {Inside(and.Right)}",
            Or or => $"{or.Left.Text} or {or.Right.Text}",
            Not not => $"not ({not.Inner.Text})",
            Test test =>
                $"{test.Variable} {(test.IsNegated ? "not " : "")}{(test.InWords ? Word(test.Operator) : test.Operator)} {(test.Value is null ? "null" : $"\"{test.Value}\"")}",
            _ => throw new InvalidOperationException(),
        };

    private static string Inside(Cond part) => part is Or ? $"({part.Text})" : part.Text;

    private static string Word(string op) =>
        op switch
        {
            "=" => "Equals",
            "!=" => "NotEquals",
            ":=" => "equalsCaseInsensitive",
            "~" => "LIKE",
            "~~" => "JavaRegex",
            "~/" => "MatchesPath",
            "=|" => "StartsWith",
            ">" => "GreaterThan",
            ">=" => "GreaterThanOrEquals",
            "<" => "LesserThan",
            "<=" => "lesserthanorequals",
            _ => throw new InvalidOperationException(op),
        };
}
