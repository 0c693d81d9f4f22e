using Acornima;
using Acornima.Ast;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Parts of a script that are not followed: what they may have changed is unknown afterwards.</content>
internal sealed partial class ScriptRun
{
    private const int MaxUnfollowed = 2_000_000;

    /// <summary>Functions that were handed to something that is not followed, which may call them from then on.</summary>
    private readonly List<(Node Node, Scope Scope)> escaped = [];
    private int unfollowed;
    private bool isGivenUp;

    /// <summary>Where a node stands.</summary>
    private sealed record Way(Node Node, Way? Up);

    /// <summary>A part of the script that is not followed: whatever it writes is unknown afterwards, and it may throw or return if its text says so.</summary>
    private void Havoc(Node node, Frame frame) => Havoc(node, frame.Scope, frame);

    private void Havoc(Node node, Scope scope, Frame frame) => Havoc(node, scope, frame, []);

    private void Havoc(Node root, Scope scope, Frame frame, HashSet<object> seen)
    {
        if (!seen.Add(root))
        {
            return;
        }

        var inside = new List<(Node Node, Way? Up, bool IsNested)>();
        var stack = new Stack<(Node Node, Way? Up, bool IsNested)>();
        stack.Push((root, null, false));
        while (stack.TryPop(out var current))
        {
            if (++unfollowed > MaxUnfollowed && !isGivenUp)
            {
                throw new ScriptTooLargeException();
            }

            inside.Add(current);
            var way = new Way(current.Node, current.Up);
            foreach (var child in current.Node.ChildNodes)
            {
                stack.Push((child, way, current.IsNested || current.Node is IFunction));
            }
        }

        // What its names stand for comes first: the same text may give them something else.
        foreach (var (node, up, _) in inside)
        {
            if (node is Identifier id)
            {
                Touch(id, up, scope, frame, seen);
            }
        }

        foreach (var (node, up, isNested) in inside)
        {
            Lose(node, up, isNested, scope, frame);
        }
    }

    private void Lose(Node node, Way? up, bool isNested, Scope scope, Frame frame)
    {
        switch (node)
        {
            case AssignmentExpression assignment:
                Forget(assignment.Left, scope, frame);
                break;
            case UpdateExpression update:
                Forget(update.Argument, scope, frame);
                break;
            case VariableDeclarator { Init: not null } declarator:
                Forget(declarator.Id, scope, frame);
                break;
            case ForInStatement loop:
                Forget(loop.Left, scope, frame);
                break;
            case ForOfStatement loop:
                Forget(loop.Left, scope, frame);
                break;
            case MemberExpression { Property: Identifier { Name: "setVariable" or "removeVariable" } }
                when up?.Node is not CallExpression call || !ReferenceEquals(call.Callee, node):
                // Handed on, to be called with who knows what.
                writesAnything = true;
                break;
            case CallExpression { Callee: MemberExpression { Property: Identifier { Name: "setVariable" or "removeVariable" } } } call:
                if (call.Arguments.Count > 0 && call.Arguments[0] is StringLiteral variable)
                {
                    host.Write(variable.Value, [new Alternative(Diagram.True, Named(Fresh(call, false)), null)], frame.Live);
                }
                else
                {
                    writesAnything = true;
                }

                break;
            case ThrowStatement:
                Throw(
                    diagram.And(
                        frame.Live,
                        symbols.Unknown($"{host.Title} throws ({Position(node)})", $"what {host.Title} does", host.Location)
                    ),
                    frame
                );
                break;
            case ReturnStatement @return when !isNested:
                var returns = diagram.And(
                    frame.Live,
                    symbols.Unknown($"{host.Title} returns ({Position(node)})", $"what {host.Title} does", host.Location)
                );
                frame.Returned.Add(
                    (
                        returns,
                        @return.Argument switch
                        {
                            null => ScriptValue.Undefined.Instance,
                            BooleanLiteral truth => new ScriptValue.Bool(truth.Value ? Diagram.True : Diagram.False),
                            StringLiteral text => new ScriptValue.Str(text.Value),
                            _ => Fresh(@return, false),
                        }
                    )
                );
                frame.Live = diagram.Without(frame.Live, returns);
                break;
            default:
                break;
        }
    }

    /// <summary>Something was given a value that is not followed.</summary>
    private void Forget(Node target, Scope scope, Frame frame)
    {
        if (target is MemberExpression member)
        {
            if (
                member is { Object: MemberExpression { Property: Identifier { Name: "headers" } } }
                && (member.Property as StringLiteral)?.Value is { } header
            )
            {
                host.Write("request.header." + header, [new Alternative(Diagram.True, Named(Fresh(member, false)), null)], frame.Live);
            }

            return;
        }

        foreach (var id in Descendants(target).OfType<Identifier>())
        {
            Bind(scope.OwnerOf(id.Name), id.Name, One(Fresh(id, false)), frame);
        }
    }

    /// <summary>What a name in a part that is not followed stands for: functions may be called, lists and objects changed.</summary>
    private void Touch(Identifier id, Way? up, Scope scope, Frame frame, HashSet<object> seen)
    {
        if (up?.Node is MemberExpression { Computed: false } member && ReferenceEquals(member.Property, id))
        {
            return;
        }

        foreach (var (_, value) in scope.Find(id.Name) ?? [])
        {
            if (value is ScriptValue.Function || (value is ScriptValue.List or ScriptValue.Obj && !IsOnlyRead(id, up, value)))
            {
                Blur(value, frame, seen);
            }
        }
    }

    /// <summary>Whether a mention of a list or an object cannot change it.</summary>
    private static bool IsOnlyRead(Node node, Way? up, ScriptValue value)
    {
        string? name = null;
        while (up is not null && up.Node is MemberExpression or ChainExpression or ParenthesizedExpression)
        {
            if (up.Node is MemberExpression member)
            {
                if (!ReferenceEquals(member.Object, node))
                {
                    return true;
                }

                name = member.Computed ? "" : (member.Property as Identifier)?.Name;
            }

            (node, up) = (up.Node, up.Up);
        }

        return up?.Node switch
        {
            CallExpression call when ReferenceEquals(call.Callee, node) => name is not null && OnlyReads(name),
            AssignmentExpression assignment when ReferenceEquals(assignment.Left, node) => false,
            UnaryExpression unary => unary.Operator != Operator.Delete,
            LogicalExpression or BinaryExpression or IfStatement or WhileStatement or DoWhileStatement or ForStatement => true,
            ForInStatement or ForOfStatement => true,
            _ => name is not null && value is ScriptValue.List list && list.Items.TrueForAll(IsConstant),
        };
    }

    private static bool OnlyReads(string method) =>
        method is "indexOf" or "lastIndexOf" or "includes" or "join" or "toString" or "hasOwnProperty" or "slice" or "concat";

    /// <summary>Nothing is known any more of what a value holds; functions in it may run.</summary>
    private void Blur(ScriptValue value, Frame frame, HashSet<object> seen)
    {
        switch (value)
        {
            case ScriptValue.Function function:
                if (escaped.Count < MaxSteps)
                {
                    escaped.Add(((Node)function.Node, function.Closure));
                }

                Havoc((Node)function.Node, function.Closure, frame, seen);
                break;
            case ScriptValue.List list when seen.Add(list.Items):
                list.IsChanged = true;
                list.Items.ForEach(item => Blur(item, frame, seen));
                break;
            case ScriptValue.Obj obj when seen.Add(obj.Members):
                obj.IsChanged = true;
                foreach (var item in obj.Members.Values.ToArray())
                {
                    Blur(item, frame, seen);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>A call that is not followed: it may call the functions it is given, and those it got before.</summary>
    private void MayCall(List<(int Guard, ScriptValue Value)>[] arguments, bool mayChange, Frame frame)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var (_, value) in arguments.SelectMany(argument => argument))
        {
            if (mayChange || value is ScriptValue.Function)
            {
                Blur(value, frame, seen);
            }
        }

        if (mayChange)
        {
            foreach (var (node, scope) in escaped.ToArray())
            {
                Havoc(node, scope, frame, seen);
            }
        }
    }

    /// <summary>A value that is kept where it is not followed.</summary>
    private void Escape(List<(int Guard, ScriptValue Value)> values, Frame frame)
    {
        foreach (var (_, value) in values)
        {
            Blur(value, frame, new HashSet<object>(ReferenceEqualityComparer.Instance));
        }
    }

    private static IEnumerable<Node> Descendants(Node node)
    {
        var stack = new Stack<Node>();
        stack.Push(node);
        while (stack.TryPop(out var current))
        {
            yield return current;
            foreach (var child in current.ChildNodes)
            {
                stack.Push(child);
            }
        }
    }
}
