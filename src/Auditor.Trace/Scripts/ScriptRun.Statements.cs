using Acornima.Ast;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Scripts;

/// <content>Statements.</content>
internal sealed partial class ScriptRun
{
    private static void Hoist(in NodeList<Statement> body, Frame frame)
    {
        foreach (var statement in body)
        {
            if (statement is FunctionDeclaration { Id: { } id } function)
            {
                frame.Scope.Declare(id.Name, [(Diagram.True, new ScriptValue.Function(function, frame.Scope))]);
            }
        }
    }

    private void Run(Statement statement, Frame frame)
    {
        if (frame.Live == Diagram.False)
        {
            return;
        }

        Count();
        switch (statement)
        {
            case VariableDeclaration declaration:
                foreach (var declarator in declaration.Declarations)
                {
                    if (declarator.Id is Identifier id)
                    {
                        var value = declarator.Init is null ? One(ScriptValue.Undefined.Instance) : Eval(declarator.Init, frame);
                        if (declarator.Init is null && frame.Scope.Declares(id.Name))
                        {
                            continue;
                        }

                        Bind(frame.Scope, id.Name, value, frame);
                    }
                    else if (declarator.Init is not null)
                    {
                        Eval(declarator.Init, frame);
                        Forget(declarator.Id, frame.Scope, frame);
                    }
                }

                break;
            case FunctionDeclaration:
            case EmptyStatement:
                break;
            case BlockStatement block:
                Hoist(block.Body, frame);
                foreach (var inner in block.Body)
                {
                    Run(inner, frame);
                }

                break;
            case IfStatement branch:
                If(branch, frame);
                break;
            case ReturnStatement @return:
                foreach (
                    var (guard, value) in @return.Argument is null ? One(ScriptValue.Undefined.Instance) : Eval(@return.Argument, frame)
                )
                {
                    frame.Returned.Add((diagram.And(frame.Live, guard), value));
                }

                frame.Live = Diagram.False;
                break;
            case ThrowStatement @throw:
                Eval(@throw.Argument, frame);
                Throw(frame.Live, frame);
                break;
            case TryStatement @try:
                Try(@try, frame);
                break;
            case ForStatement loop:
                For(loop, frame);
                break;
            case ForOfStatement loop:
                ForEach(loop.Left, Eval(loop.Right, frame), loop.Body, keys: false, loop, frame);
                break;
            case ForInStatement loop:
                ForEach(loop.Left, Eval(loop.Right, frame), loop.Body, keys: true, loop, frame);
                break;
            case SwitchStatement @switch:
                Switch(@switch, frame);
                break;
            case BreakStatement:
                frame.Broken = diagram.Or(frame.Broken, frame.Live);
                frame.Live = Diagram.False;
                break;
            case ContinueStatement:
                frame.Continued = diagram.Or(frame.Continued, frame.Live);
                frame.Live = Diagram.False;
                break;
            case ClassDeclaration:
                escaped.Add((statement, frame.Scope));
                Havoc(statement, frame);
                break;
            case ExpressionStatement expression:
                Eval(expression.Expression, frame);
                break;
            default:
                Havoc(statement, frame);
                break;
        }
    }

    private void If(IfStatement branch, Frame frame)
    {
        var truth = Truth(Eval(branch.Test, frame), branch.Test);
        var live = frame.Live;
        frame.Live = diagram.And(live, truth);
        Run(branch.Consequent, frame);
        var after = frame.Live;
        frame.Live = diagram.Without(live, truth);
        if (branch.Alternate is { } alternate)
        {
            Run(alternate, frame);
        }

        frame.Live = diagram.Or(after, frame.Live);
    }

    private void Throw(int guard, Frame frame)
    {
        if (frame.Handlers.TryPeek(out var handler))
        {
            handler.Add(guard);
        }
        else
        {
            thrown = diagram.Or(thrown, guard);
        }

        frame.Live = diagram.Without(frame.Live, guard);
    }

    private void Try(TryStatement statement, Frame frame)
    {
        if (statement.Handler is null)
        {
            Run(statement.Block, frame);
            if (statement.Finalizer is not null)
            {
                Run(statement.Finalizer, frame);
            }

            return;
        }

        var caught = new List<int>();
        frame.Handlers.Push(caught);
        Run(statement.Block, frame);
        frame.Handlers.Pop();
        var after = frame.Live;
        frame.Live = caught.Aggregate(Diagram.False, diagram.Or);
        if (statement.Handler.Param is Identifier parameter)
        {
            frame.Scope.Declare(parameter.Name, One(new ScriptValue.Unknown("the error", false)));
        }

        Run(statement.Handler.Body, frame);
        frame.Live = diagram.Or(after, frame.Live);
        if (statement.Finalizer is not null)
        {
            Run(statement.Finalizer, frame);
        }
    }

    private void For(ForStatement loop, Frame frame)
    {
        switch (loop.Init)
        {
            case Statement init:
                Run(init, frame);
                break;
            case Expression init:
                Eval(init, frame);
                break;
            default:
                break;
        }

        var (outerBroken, outerContinued) = (frame.Broken, frame.Continued);
        frame.Broken = Diagram.False;
        var left = Diagram.False;
        for (var i = 0; i < MaxUnroll; i++)
        {
            var truth = loop.Test is null ? Diagram.True : Truth(Eval(loop.Test, frame), loop.Test);
            var goesOn = diagram.And(frame.Live, truth);
            if (goesOn is not (Diagram.False or Diagram.True) && goesOn != frame.Live)
            {
                // How often it runs depends on what nobody here knows.
                break;
            }

            left = diagram.Or(left, diagram.Without(frame.Live, truth));
            frame.Live = goesOn;
            if (goesOn == Diagram.False)
            {
                frame.Live = left;
                (frame.Broken, frame.Continued) = (outerBroken, outerContinued);
                return;
            }

            frame.Continued = Diagram.False;
            Run(loop.Body, frame);
            left = diagram.Or(left, frame.Broken);
            frame.Live = diagram.Or(frame.Live, frame.Continued);
            frame.Broken = Diagram.False;
            if (loop.Update is not null && frame.Live != Diagram.False)
            {
                Eval(loop.Update, frame);
            }
        }

        Havoc(loop, frame);
        frame.Live = diagram.Or(frame.Live, left);
        (frame.Broken, frame.Continued) = (outerBroken, outerContinued);
    }

    private void ForEach(Node left, List<(int Guard, ScriptValue Value)> over, Statement body, bool keys, Node loop, Frame frame)
    {
        var name = left switch
        {
            VariableDeclaration { Declarations: [{ Id: Identifier id }] } => id.Name,
            Identifier id => id.Name,
            _ => null,
        };
        if (name is null || over is not [(_, ScriptValue.List { IsChanged: false } or ScriptValue.Obj { IsChanged: false })])
        {
            Havoc(loop, frame);
            return;
        }

        IEnumerable<ScriptValue> items = over[0].Value switch
        {
            ScriptValue.List list => keys
                ? Enumerable
                    .Range(0, list.Items.Count)
                    .Select(i => (ScriptValue)new ScriptValue.Str(i.ToString(CultureInfo.InvariantCulture)))
                : list.Items,
            ScriptValue.Obj obj => obj.Members.Keys.Select(key => new ScriptValue.Str(key)),
            _ => [],
        };
        var (outerBroken, outerContinued) = (frame.Broken, frame.Continued);
        var done = Diagram.False;
        foreach (var item in items.ToArray())
        {
            (frame.Broken, frame.Continued) = (Diagram.False, Diagram.False);
            Bind(frame.Scope, name, One(item), frame);
            Run(body, frame);
            done = diagram.Or(done, frame.Broken);
            frame.Live = diagram.Or(frame.Live, frame.Continued);
        }

        frame.Live = diagram.Or(frame.Live, done);
        (frame.Broken, frame.Continued) = (outerBroken, outerContinued);
    }

    private void Switch(SwitchStatement statement, Frame frame)
    {
        var value = Eval(statement.Discriminant, frame);
        var live = frame.Live;
        var outerBroken = frame.Broken;
        frame.Broken = Diagram.False;
        var falling = Diagram.False;
        var unmatched = live;
        var ended = Diagram.False;
        foreach (var @case in statement.Cases)
        {
            var matches = @case.Test is null ? unmatched : diagram.And(unmatched, Equality(value, Eval(@case.Test, frame), @case));
            unmatched = diagram.Without(unmatched, matches);
            frame.Live = diagram.Or(falling, matches);
            foreach (var inner in @case.Consequent)
            {
                Run(inner, frame);
            }

            falling = frame.Live;
            ended = diagram.Or(ended, frame.Broken);
            frame.Broken = Diagram.False;
        }

        frame.Live = diagram.Or(diagram.Or(falling, ended), unmatched);
        frame.Broken = outerBroken;
    }
}
