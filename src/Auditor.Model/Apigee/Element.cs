namespace Auditor.Model.Apigee;

/// <summary>
/// One XML element of a bundle: local name, attributes, children, text and place. Comments, processing instructions and namespaces are gone (a commented-out
/// element is not there); CDATA is text. Text that may be secret is not carried.
/// </summary>
public sealed class Element
{
    /// <summary>Creates an element.</summary>
    public Element(
        string name,
        ImmutableArray<ElementAttribute> attributes,
        ImmutableArray<Element> children,
        string text,
        Redacted? secret,
        string artifact,
        int line,
        int column
    )
    {
        Name = name;
        Attributes = attributes;
        Children = children;
        RawText = text;
        Secret = secret;
        Artifact = artifact;
        Line = line;
        Column = column;
    }

    /// <summary>The local name.</summary>
    public string Name { get; }

    /// <summary>The attributes in document order, without namespace declarations.</summary>
    public ImmutableArray<ElementAttribute> Attributes { get; }

    /// <summary>The child elements in document order.</summary>
    public ImmutableArray<Element> Children { get; }

    /// <summary>The text directly inside, untrimmed; empty when there is none or when it is <see cref="Secret"/>.</summary>
    public string RawText { get; }

    /// <summary>What is left of the text when the text may be secret; null otherwise.</summary>
    public Redacted? Secret { get; }

    /// <summary>The file.</summary>
    public string Artifact { get; }

    /// <summary>The line of the opening tag's <c>&lt;</c>, from 1.</summary>
    public int Line { get; }

    /// <summary>The column of the opening tag's <c>&lt;</c>, from 1.</summary>
    public int Column { get; }

    /// <summary>The text without surrounding white space: how Apigee reads most settings [B: trimming is calibrated by no source].</summary>
    public string Text => RawText.Trim();

    /// <summary>Where the element begins.</summary>
    public SourceLocation Location => new(Artifact, Line, Column);

    /// <summary>The first child of that name, or null.</summary>
    public Element? Child(string name)
    {
        foreach (var child in Children)
        {
            if (string.Equals(child.Name, name, StringComparison.Ordinal))
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>All children of that name.</summary>
    public IEnumerable<Element> ChildrenNamed(string name) =>
        Children.Where(child => string.Equals(child.Name, name, StringComparison.Ordinal));

    /// <summary>The value of an attribute, or null. XML attribute names are case-sensitive.</summary>
    public string? Attribute(string name)
    {
        foreach (var attribute in Attributes)
        {
            if (string.Equals(attribute.Name, name, StringComparison.Ordinal))
            {
                return attribute.Value;
            }
        }

        return null;
    }

    /// <summary>The element itself and everything below it, in document order.</summary>
    public IEnumerable<Element> SelfAndDescendants()
    {
        yield return this;
        foreach (var child in Children)
        {
            foreach (var below in child.SelfAndDescendants())
            {
                yield return below;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"<{Name}> at {Location}";
}

/// <summary>An attribute of an element.</summary>
/// <param name="Name">The local name.</param>
/// <param name="Value">The value; empty when it may be secret.</param>
public readonly record struct ElementAttribute(string Name, string Value);

/// <summary>
/// A setting of a policy: text, a reference to a flow variable, or both. Apigee takes the variable when it resolves and the text otherwise
/// (GenerateJWT reference, read in public copies 2026-08; the same for VerifyJWT is believed).
/// </summary>
/// <param name="Text">The trimmed text; empty when there is none or when it is redacted.</param>
/// <param name="Reference">The name of the flow variable in <c>ref</c>; null when there is none.</param>
/// <param name="Location">The element.</param>
/// <param name="Secret">What is left of the text when it may be secret.</param>
public sealed record Setting(string Text, string? Reference, SourceLocation Location, Redacted? Secret = null)
{
    /// <summary>Whether neither text nor reference is given: the element is there and empty.</summary>
    public bool IsEmpty => Text.Length == 0 && string.IsNullOrEmpty(Reference) && Secret is null;
}

/// <summary>A setting that has a name: a header, a query parameter, a claim, a parameter of a FlowCallout.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public sealed record NamedSetting(string Name, Setting Value);

/// <summary>The text of a condition, unparsed, with its place.</summary>
/// <param name="Text">The text as written, trimmed.</param>
/// <param name="Location">The Condition element.</param>
public sealed record ConditionText(string Text, SourceLocation Location);
