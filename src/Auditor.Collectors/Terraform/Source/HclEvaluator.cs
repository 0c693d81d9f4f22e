namespace Auditor.Collectors.Terraform.Source;

/// <summary>Sources that take more work than is spent on them. It is said in one line.</summary>
internal sealed class HclBudgetException() : Exception;

/// <summary>Where the names of an expression are looked up: in the loops around it, then in its module.</summary>
/// <param name="Module">The value of a name of the module.</param>
/// <param name="Names">The names of loops, <c>each</c> and <c>count</c>.</param>
internal sealed record HclScope(Func<string, HclValue> Module, ImmutableDictionary<string, HclValue> Names)
{
    /// <summary>A scope in which nothing has a name.</summary>
    public static HclScope Empty { get; } = new(_ => HclValue.Unknown, ImmutableDictionary<string, HclValue>.Empty);

    /// <summary>The same scope with one more name.</summary>
    public HclScope With(string name, HclValue value) => this with { Names = Names.SetItem(name, value) };

    /// <summary>The value of a name.</summary>
    public HclValue Find(string name) => Names.TryGetValue(name, out var value) ? value : Module(name);
}

/// <summary>
/// Works out expressions as far as their values are certain. Everything else is not known: what only an apply makes, what a function gives that is not worked out here, what Terraform would
/// refuse. It never fails, and stops at a budget of steps.
/// </summary>
internal sealed class HclEvaluator(CancellationToken cancellationToken)
{
    private const int MaxSteps = 5_000_000;
    private const int MaxDepth = 300;

    private long steps;
    private int depth;

    /// <summary>Spends steps.</summary>
    /// <exception cref="HclBudgetException">There are none left.</exception>
    public void Spend(long count)
    {
        cancellationToken.ThrowIfCancellationRequested();
        steps += count;
        if (steps > MaxSteps)
        {
            throw new HclBudgetException();
        }
    }

    /// <summary>The value of an expression.</summary>
    public HclValue Value(HclExpression expression, HclScope scope)
    {
        Spend(1);
        if (depth >= MaxDepth)
        {
            return HclValue.Unknown;
        }

        depth++;
        try
        {
            return expression switch
            {
                HclExpression.Literal literal => literal.Value,
                HclExpression.Template template => Text(template, scope),
                HclExpression.List list => Spent(HclValue.Of(list.Items.Select(item => Value(item, scope)))),
                HclExpression.Object literal => Object(literal, scope),
                HclExpression.Root root => scope.Find(root.Name),
                HclExpression.Attribute attribute => Attribute(Value(attribute.Of, scope), attribute.Name),
                HclExpression.Index index => Element(Value(index.Of, scope), Value(index.Key, scope)),
                HclExpression.Splat splat => Splat(splat, scope),
                HclExpression.Conditional conditional => Conditional(conditional, scope),
                HclExpression.Unary unary => Unary(unary.Operator, Value(unary.Of, scope)),
                HclExpression.Binary binary => Binary(binary, scope),
                HclExpression.For loop => For(loop, scope),
                HclExpression.Call call => Call(call, scope),
                _ => HclValue.Unknown,
            };
        }
        finally
        {
            depth--;
        }
    }

    private HclValue Spent(HclValue value)
    {
        Spend(value.Items.Length + value.Members.Count + (value.Text.Length / 16));
        return value;
    }

    private HclValue Text(HclExpression.Template template, HclScope scope)
    {
        if (template is { HasDirectives: false, Parts: [var only] })
        {
            // "${x}" is x, and no text.
            return Value(only, scope);
        }

        var parts = template.Parts.Select(part => Value(part, scope)).ToList();
        var isSensitive = parts.Exists(part => part.IsSensitive);
        var texts = parts.ConvertAll(part => part.AsText());
        return template.HasDirectives || texts.Contains(null) || texts.Sum(text => (long)text!.Length) > 16 * HclValue.MaxSize
            ? HclValue.Unknown.Marked(isSensitive)
            : Spent(HclValue.Of(string.Concat(texts))).Marked(isSensitive);
    }

    private HclValue Object(HclExpression.Object literal, HclScope scope)
    {
        var members = new List<KeyValuePair<string, HclValue>>();
        var (isSensitive, isKnown) = (false, true);
        foreach (var (key, value) in literal.Members)
        {
            var name = Value(key, scope);
            isSensitive |= name.IsSensitive;
            isKnown &= name.AsText() is not null;
            members.Add(new(name.AsText() ?? "", Value(value, scope)));
        }

        return (isKnown ? Spent(HclValue.Of(members)) : HclValue.Unknown).Marked(
            isSensitive || (!isKnown && members.Exists(one => one.Value.HoldsMark))
        );
    }

    private static HclValue Attribute(HclValue of, string name) =>
        (
            of.Kind switch
            {
                HclKind.Thing => of.Attributes!(name),
                HclKind.Object => of.Members.GetValueOrDefault(name, HclValue.Unknown),
                _ => HclValue.Unknown,
            }
        ).Marked(of.IsSensitive);

    private static HclValue Element(HclValue of, HclValue key)
    {
        var value = of is { Kind: HclKind.List, IsSet: false }
            ? key.AsNumber() is { } number && number >= 0 && number < of.Items.Length && number == decimal.Truncate(number)
                ? of.Items[(int)number]
                : HclValue.Unknown
            : key.AsText() is { } name
                ? Attribute(of, name)
                : HclValue.Unknown;
        return value.Marked(of.IsSensitive || key.IsSensitive);
    }

    private HclValue Splat(HclExpression.Splat splat, HclScope scope)
    {
        var of = Value(splat.Of, scope);
        var all = of.Kind switch
        {
            HclKind.Unknown => HclValue.Unknown,
            HclKind.Null => HclValue.EmptyList,
            HclKind.List => HclValue.Of(of.Items.Select(Each)),
            _ => HclValue.Of(new[] { Each(of) }),
        };
        return all.Marked(of.IsSensitive);

        HclValue Each(HclValue item) => Value(splat.Each, scope.With(splat.Item, item));
    }

    private HclValue Conditional(HclExpression.Conditional conditional, HclScope scope)
    {
        var condition = Value(conditional.Condition, scope);
        var value = condition.AsTruth() switch
        {
            true => Value(conditional.Then, scope),
            false => Value(conditional.Otherwise, scope),
            // What is the same either way is certain.
            _ when condition.Kind == HclKind.Unknown && Value(conditional.Then, scope) is var then => HclValue.Same(
                then,
                Value(conditional.Otherwise, scope)
            ) == true
                ? then
                : HclValue.Unknown.Marked(then.HoldsMark),
            _ => HclValue.Unknown,
        };
        return value.Marked(condition.IsSensitive);
    }

    private static HclValue Unary(char op, HclValue of) =>
        (
            op == '!' ? (of.AsTruth() is { } truth ? HclValue.Of(!truth) : HclValue.Unknown)
            : of.AsNumber() is { } number ? HclValue.Of(-number)
            : HclValue.Unknown
        ).Marked(of.IsSensitive);

    private HclValue Binary(HclExpression.Binary binary, HclScope scope)
    {
        var left = Value(binary.Left, scope);
        var right = Value(binary.Right, scope);
        bool? truth = binary.Operator switch
        {
            "==" => HclValue.Same(left, right),
            "!=" => !HclValue.Same(left, right),
            "&&" => left.AsTruth() == false || right.AsTruth() == false ? false : left.AsTruth() & right.AsTruth(),
            "||" => left.AsTruth() == true || right.AsTruth() == true ? true : left.AsTruth() | right.AsTruth(),
            "<" => left.AsNumber() is { } a && right.AsNumber() is { } b ? a < b : null,
            ">" => left.AsNumber() is { } a && right.AsNumber() is { } b ? a > b : null,
            "<=" => left.AsNumber() is { } a && right.AsNumber() is { } b ? a <= b : null,
            ">=" => left.AsNumber() is { } a && right.AsNumber() is { } b ? a >= b : null,
            _ => null,
        };
        var value =
            truth is { } known ? HclValue.Of(known)
            : binary.Operator is "+" or "-" && left.AsNumber() is { } x && right.AsNumber() is { } y
                ? Sum(x, binary.Operator == "+" ? y : -y)
            : HclValue.Unknown;
        return value.Marked(left.IsSensitive || right.IsSensitive);
    }

    private static HclValue Sum(decimal left, decimal right) =>
        Math.Abs(left) < 1_000_000_000_000 && Math.Abs(right) < 1_000_000_000_000 && left.Scale + right.Scale < 16
            ? HclValue.Of(left + right)
            : HclValue.Unknown;

    private HclValue For(HclExpression.For loop, HclScope scope)
    {
        var over = Value(loop.Over, scope);
        IEnumerable<(HclValue Key, HclValue Value)>? elements = over.Kind switch
        {
            HclKind.List => over.Items.Select((item, i) => (over.IsSet ? item : HclValue.Of(i), item)),
            HclKind.Object => over.Members.Select(member => (HclValue.Of(member.Key), member.Value)),
            _ => null,
        };
        if (elements is null)
        {
            return HclValue.Unknown.Marked(over.IsSensitive);
        }

        var taken = new List<(string Key, HclValue Value)>();
        var (isSensitive, isKnown) = (over.IsSensitive, true);
        foreach (var (key, value) in elements)
        {
            var inner = scope.With(loop.ValueName, value);
            inner = loop.KeyName is null ? inner : inner.With(loop.KeyName, key);
            var condition = loop.Condition is null ? HclValue.Of(true) : Value(loop.Condition, inner);
            isSensitive |= condition.IsSensitive;
            isKnown &= condition.AsTruth() is not null;
            if (condition.AsTruth() == true)
            {
                var name = loop.Key is null ? null : Value(loop.Key, inner);
                isSensitive |= name?.IsSensitive == true;
                isKnown &= loop.Key is null || name?.AsText() is not null;
                taken.Add((name?.AsText() ?? "", Value(loop.Value, inner)));
            }
        }

        isSensitive |= !isKnown && over.HoldsMark;
        if (!isKnown)
        {
            return HclValue.Unknown.Marked(isSensitive);
        }

        if (loop.Key is null)
        {
            return Spent(HclValue.Of(taken.Select(one => one.Value))).Marked(isSensitive);
        }

        var groups = taken.GroupBy(one => one.Key, StringComparer.Ordinal).ToList();
        return (
            loop.IsGrouping
                ? HclValue.Of(groups.Select(group => KeyValuePair.Create(group.Key, HclValue.Of(group.Select(one => one.Value)))))
            // Terraform refuses a key that is there twice.
            : groups.Exists(group => group.Skip(1).Any()) ? HclValue.Unknown
            : Spent(HclValue.Of(taken.Select(one => KeyValuePair.Create(one.Key, one.Value))))
        ).Marked(isSensitive);
    }

    private HclValue Call(HclExpression.Call call, HclScope scope)
    {
        var arguments = call.Arguments.Select(argument => Value(argument, scope)).ToList();
        if (call.IsExpanded)
        {
            if (arguments is not [.., { Kind: HclKind.List } last])
            {
                return HclValue.Unknown.Marked(arguments.Exists(argument => argument.HoldsMark));
            }

            arguments.RemoveAt(arguments.Count - 1);
            arguments.AddRange(last.Items.Select(item => item.Marked(last.IsSensitive)));
        }

        Spend(arguments.Sum(argument => argument.Items.Length + argument.Members.Count + (argument.Text.Length / 16)));
        return HclFunctions.Call(call.Name, arguments, Spend);
    }
}
