using System.Text;

namespace Auditor.Trace.Conditions;

/// <summary>Writes a condition in one canonical form: symbols, and only the parentheses it needs. Reading it back gives the same condition.</summary>
public static class ConditionPrinter
{
    /// <summary>The canonical text.</summary>
    public static string Print(Condition condition)
    {
        var text = new StringBuilder();
        Print(condition, text, 0);
        return text.ToString();
    }

    /// <summary>The symbol of an operator.</summary>
    public static string SymbolOf(ConditionOperator op) =>
        op switch
        {
            ConditionOperator.Equals => "=",
            ConditionOperator.NotEquals => "!=",
            ConditionOperator.EqualsIgnoringCase => ":=",
            ConditionOperator.Greater => ">",
            ConditionOperator.GreaterOrEqual => ">=",
            ConditionOperator.Less => "<",
            ConditionOperator.LessOrEqual => "<=",
            ConditionOperator.Matches => "~",
            ConditionOperator.JavaRegex => "~~",
            ConditionOperator.MatchesPath => "~/",
            _ => "=|",
        };

    private static void Print(Condition condition, StringBuilder text, int binding)
    {
        switch (condition)
        {
            case Condition.Or or:
                Open(text, binding > 0);
                Print(or.Left, text, 0);
                text.Append(" || ");
                Print(or.Right, text, 1);
                Close(text, binding > 0);
                break;
            case Condition.And and:
                Open(text, binding > 1);
                Print(and.Left, text, 1);
                text.Append(" && ");
                Print(and.Right, text, 2);
                Close(text, binding > 1);
                break;
            case Condition.Not not:
                text.Append("!(");
                Print(not.Inner, text, 0);
                text.Append(')');
                break;
            case Condition.Relation relation:
                Print(relation.Left, text);
                text.Append(relation.Negated ? " not " : " ").Append(SymbolOf(relation.Operator)).Append(' ');
                Print(relation.Right, text);
                break;
            case Condition.Bare bare:
                Print(bare.Operand, text);
                break;
            case Condition.Malformed malformed:
                text.Append(malformed.Text);
                break;
            default:
                break;
        }
    }

    private static void Open(StringBuilder text, bool needed)
    {
        if (needed)
        {
            text.Append('(');
        }
    }

    private static void Close(StringBuilder text, bool needed)
    {
        if (needed)
        {
            text.Append(')');
        }
    }

    private static void Print(Operand operand, StringBuilder text) =>
        _ = operand switch
        {
            { Kind: OperandKind.Text } => text.Append('"').Append(operand.Text).Append('"'),
            { Quoted: true } => text.Append('\'').Append(operand.Text).Append('\''),
            _ => text.Append(operand.Text),
        };
}
