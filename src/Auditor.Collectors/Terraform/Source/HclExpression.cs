using System.Runtime.InteropServices;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>A place in a file of Terraform's language: line and column, from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HclPlace(int Line, int Column);

/// <summary>A file that is not in Terraform's language, and where it stops being so. The text of the file is never part of what is said.</summary>
internal sealed class HclException(HclPlace place, string what) : Exception(what)
{
    /// <summary>Where.</summary>
    public HclPlace Place { get; } = place;
}

/// <summary>The content of a file or of a block.</summary>
internal sealed class HclBody
{
    /// <summary>The attributes, by name.</summary>
    public Dictionary<string, HclAttribute> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>The blocks, in order.</summary>
    public List<HclBlock> Blocks { get; } = [];
}

/// <summary>An attribute: <c>name = "orders"</c>.</summary>
internal sealed record HclAttribute(string Name, HclExpression Value, HclPlace Place);

/// <summary>A block: <c>resource "okta_group" "staff" { … }</c>.</summary>
internal sealed record HclBlock(string Type, ImmutableArray<string> Labels, HclBody Body, HclPlace Place);

/// <summary>An expression as it is written.</summary>
internal abstract class HclExpression
{
    /// <summary>A value that is written out.</summary>
    public sealed class Literal(HclValue value) : HclExpression
    {
        /// <summary>The value.</summary>
        public HclValue Value { get; } = value;
    }

    /// <summary>A text with expressions in it.</summary>
    public sealed class Template(ImmutableArray<HclExpression> parts, bool hasDirectives) : HclExpression
    {
        /// <summary>The parts, in order.</summary>
        public ImmutableArray<HclExpression> Parts { get; } = parts;

        /// <summary>Whether it has <c>%{…}</c> or strips white space, so that its text is not worked out here.</summary>
        public bool HasDirectives { get; } = hasDirectives;
    }

    /// <summary>A list.</summary>
    public sealed class List(ImmutableArray<HclExpression> items) : HclExpression
    {
        /// <summary>The items.</summary>
        public ImmutableArray<HclExpression> Items { get; } = items;
    }

    /// <summary>An object.</summary>
    public sealed class Object(ImmutableArray<(HclExpression Key, HclExpression Value)> members) : HclExpression
    {
        /// <summary>The members.</summary>
        public ImmutableArray<(HclExpression Key, HclExpression Value)> Members { get; } = members;
    }

    /// <summary>A call of a function.</summary>
    public sealed class Call(string name, ImmutableArray<HclExpression> arguments, bool isExpanded) : HclExpression
    {
        /// <summary>The name.</summary>
        public string Name { get; } = name;

        /// <summary>The arguments.</summary>
        public ImmutableArray<HclExpression> Arguments { get; } = arguments;

        /// <summary>Whether the last argument is a list of arguments: <c>concat(lists...)</c>.</summary>
        public bool IsExpanded { get; } = isExpanded;
    }

    /// <summary>A name that stands alone, with which a traversal begins: <c>var</c>, <c>okta_group</c>, the variable of a loop.</summary>
    public sealed class Root(string name) : HclExpression
    {
        /// <summary>The name.</summary>
        public string Name { get; } = name;
    }

    /// <summary>An attribute of something: <c>.name</c>.</summary>
    public sealed class Attribute(HclExpression of, string name) : HclExpression
    {
        /// <summary>Of what.</summary>
        public HclExpression Of { get; } = of;

        /// <summary>The name.</summary>
        public string Name { get; } = name;
    }

    /// <summary>An element of something: <c>["eu"]</c>.</summary>
    public sealed class Index(HclExpression of, HclExpression key) : HclExpression
    {
        /// <summary>Of what.</summary>
        public HclExpression Of { get; } = of;

        /// <summary>Which one.</summary>
        public HclExpression Key { get; } = key;
    }

    /// <summary>The same of every element: <c>[*].id</c>.</summary>
    public sealed class Splat(HclExpression of, string item, HclExpression each) : HclExpression
    {
        /// <summary>Of what.</summary>
        public HclExpression Of { get; } = of;

        /// <summary>The name by which <see cref="Each"/> speaks of an element; no source can write it.</summary>
        public string Item { get; } = item;

        /// <summary>What of every element.</summary>
        public HclExpression Each { get; } = each;
    }

    /// <summary>One or the other: <c>a ? b : c</c>.</summary>
    public sealed class Conditional(HclExpression condition, HclExpression then, HclExpression otherwise) : HclExpression
    {
        /// <summary>What decides.</summary>
        public HclExpression Condition { get; } = condition;

        /// <summary>The value when it holds.</summary>
        public HclExpression Then { get; } = then;

        /// <summary>The value when it does not.</summary>
        public HclExpression Otherwise { get; } = otherwise;
    }

    /// <summary>Two values and an operator.</summary>
    public sealed class Binary(string op, HclExpression left, HclExpression right) : HclExpression
    {
        /// <summary>The operator.</summary>
        public string Operator { get; } = op;

        /// <summary>The left side.</summary>
        public HclExpression Left { get; } = left;

        /// <summary>The right side.</summary>
        public HclExpression Right { get; } = right;
    }

    /// <summary><c>!a</c> or <c>-a</c>.</summary>
    public sealed class Unary(char op, HclExpression of) : HclExpression
    {
        /// <summary>The operator.</summary>
        public char Operator { get; } = op;

        /// <summary>Of what.</summary>
        public HclExpression Of { get; } = of;
    }

    /// <summary>A loop: <c>[for k, v in map : v if v != null]</c>.</summary>
    public sealed class For : HclExpression
    {
        /// <summary>The name of the key; null when it has none.</summary>
        public required string? KeyName { get; init; }

        /// <summary>The name of the value.</summary>
        public required string ValueName { get; init; }

        /// <summary>Over what.</summary>
        public required HclExpression Over { get; init; }

        /// <summary>The key of a member; null when a list is made.</summary>
        public required HclExpression? Key { get; init; }

        /// <summary>The value.</summary>
        public required HclExpression Value { get; init; }

        /// <summary>Which elements are taken; null: all.</summary>
        public required HclExpression? Condition { get; init; }

        /// <summary>Whether members of the same key become a list.</summary>
        public required bool IsGrouping { get; init; }
    }
}
