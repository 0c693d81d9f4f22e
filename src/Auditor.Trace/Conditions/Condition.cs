namespace Auditor.Trace.Conditions;

/// <summary>The operators of the condition language, with their symbols and words (conditions reference, 2026-04-10; <c>!~</c> occurs only in its null table).</summary>
public enum ConditionOperator
{
    /// <summary><c>=</c>, <c>==</c>, Equals, Is: case-sensitive equality after coercion.</summary>
    Equals,

    /// <summary><c>!=</c>, NotEquals, IsNot.</summary>
    NotEquals,

    /// <summary><c>:=</c>, EqualsCaseInsensitive.</summary>
    EqualsIgnoringCase,

    /// <summary><c>&gt;</c>, GreaterThan.</summary>
    Greater,

    /// <summary><c>&gt;=</c>, GreaterThanOrEquals.</summary>
    GreaterOrEqual,

    /// <summary><c>&lt;</c>, LesserThan.</summary>
    Less,

    /// <summary><c>&lt;=</c>, LesserThanOrEquals.</summary>
    LessOrEqual,

    /// <summary><c>~</c>, Matches, Like: a glob over the whole string.</summary>
    Matches,

    /// <summary><c>~~</c>, JavaRegex.</summary>
    JavaRegex,

    /// <summary><c>~/</c>, MatchesPath, LikePath.</summary>
    MatchesPath,

    /// <summary><c>=|</c>, StartsWith.</summary>
    StartsWith,
}

/// <summary>What an operand is.</summary>
public enum OperandKind
{
    /// <summary>A flow variable.</summary>
    Variable,

    /// <summary>A text in double quotes.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,
}

/// <summary>An operand.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The variable's name, the text without quotes, the number as written, <c>null</c>, <c>true</c> or <c>false</c>.</param>
/// <param name="Quoted">Whether a variable was written in single quotes.</param>
public sealed record Operand(OperandKind Kind, string Text, bool Quoted = false);

/// <summary>A condition, parsed. Java's precedence: not, relation, and, or.</summary>
/// <param name="Start">Where it begins in the text, from 0.</param>
/// <param name="Length">How long it is.</param>
public abstract record Condition(int Start, int Length)
{
    /// <summary>Both hold.</summary>
    public sealed record And(Condition Left, Condition Right, int Start, int Length) : Condition(Start, Length);

    /// <summary>Either holds.</summary>
    public sealed record Or(Condition Left, Condition Right, int Start, int Length) : Condition(Start, Length);

    /// <summary>It does not hold.</summary>
    public sealed record Not(Condition Inner, int Start, int Length) : Condition(Start, Length);

    /// <summary>A comparison. <paramref name="Negated"/> is the form with <c>not</c> before the operator, which is not the same as <c>!=</c> for null.</summary>
    public sealed record Relation(Operand Left, ConditionOperator Operator, Operand Right, bool Negated, int Start, int Length)
        : Condition(Start, Length);

    /// <summary>An operand alone: <c>true</c>, <c>false</c>, or a variable that is tested for being true.</summary>
    public sealed record Bare(Operand Operand, int Start, int Length) : Condition(Start, Length);

    /// <summary>A text that cannot be read as a condition: an unknown, never an error.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Reason">What is wrong.</param>
    /// <param name="At">Where, from 0.</param>
    public sealed record Malformed(string Text, string Reason, int At) : Condition(0, Text.Length);

    /// <summary>The condition and all its parts.</summary>
    public IEnumerable<Condition> Parts()
    {
        var stack = new Stack<Condition>();
        stack.Push(this);
        while (stack.TryPop(out var current))
        {
            yield return current;
            switch (current)
            {
                case And and:
                    stack.Push(and.Right);
                    stack.Push(and.Left);
                    break;
                case Or or:
                    stack.Push(or.Right);
                    stack.Push(or.Left);
                    break;
                case Not not:
                    stack.Push(not.Inner);
                    break;
                default:
                    break;
            }
        }
    }
}

/// <summary>A parsed condition and what was noticed on the way.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Notices">What looks wrong or means something else than it seems.</param>
public sealed record ParsedCondition(Condition Condition, ImmutableArray<ConditionNotice> Notices)
{
    /// <summary>Whether the text could not be read.</summary>
    public bool IsMalformed => Condition is Condition.Malformed;
}

/// <summary>Something that looks wrong in a condition.</summary>
/// <param name="Code">A stable word: <c>malformed</c>, <c>single-quoted-literal</c>, <c>undocumented-operator</c>, <c>mixed-and-or</c>, <c>unquoted-literal</c>.</param>
/// <param name="Text">One clause.</param>
/// <param name="Start">Where it begins in the text, from 0.</param>
/// <param name="Length">How long it is.</param>
public sealed record ConditionNotice(string Code, string Text, int Start, int Length);
