using System.Text.RegularExpressions;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>
/// A path to elements and attributes, in the part of XPath 1.0 that build configurations use: names, <c>*</c>, <c>//</c>, an attribute or <c>text()</c> at the end, and in brackets a
/// position, an attribute's or a child's value. Nothing else of XPath is evaluated: an expression can take any time, and these come from the audited tree.
/// </summary>
internal sealed partial class ElementPath
{
    private const int MaxSteps = 32;

    private readonly List<PathStep> steps;
    private readonly string? attribute;

    private ElementPath(List<PathStep> steps, string? attribute)
    {
        this.steps = steps;
        this.attribute = attribute;
    }

    private sealed record PathStep(bool IsDeep, string Name, int? Position, string? Attribute, string? Child, string? Value)
    {
        public bool Fits(Element element) =>
            (Name == "*" || element.Name == Name)
            && (Attribute is null || element.Attribute(Attribute) is { } value && (Value is null || value == Value))
            && (Child is null || element.Children.Any(child => child.Name == Child && child.Text == Value));
    }

    /// <summary>The path that an expression means; null when it is more than what is evaluated.</summary>
    public static ElementPath? Parse(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        var parsed = new List<PathStep>();
        var at = 0;
        while (at < expression.Length)
        {
            if (Attribute().Match(expression, at, expression.Length - at) is { Success: true } last && parsed.Count > 0)
            {
                return new ElementPath(parsed, last.Groups["name"].Value);
            }

            if (expression.AsSpan(at) is "/text()" && parsed.Count > 0)
            {
                return new ElementPath(parsed, null);
            }

            var match = Step().Match(expression, at, expression.Length - at);
            if (!match.Success || parsed.Count == MaxSteps)
            {
                return null;
            }

            parsed.Add(
                new PathStep(
                    match.Groups["slash"].Length == 2,
                    match.Groups["name"].Value,
                    match.Groups["position"].Success ? int.Parse(match.Groups["position"].Value, CultureInfo.InvariantCulture) : null,
                    match.Groups["attribute"].Success ? match.Groups["attribute"].Value : null,
                    match.Groups["child"].Success ? match.Groups["child"].Value : null,
                    match.Groups["value"].Success ? match.Groups["value"].Value : null
                )
            );
            at += match.Length;
        }

        return parsed.Count == 0 ? null : new ElementPath(parsed, null);
    }

    /// <summary>A document with a value in the place of what the path leads to. An element that is given a value has it for its only content.</summary>
    public Element Set(Element root, string value)
    {
        var found = new HashSet<Element>(ReferenceEqualityComparer.Instance);
        foreach (var element in Find(root))
        {
            found.Add(element);
        }

        return found.Count == 0 ? root : Set(root, value, found);
    }

    private Element Set(Element element, string value, HashSet<Element> found)
    {
        if (found.Contains(element))
        {
            return attribute is null
                ? Copy(element, element.Attributes, [], value)
                : Copy(
                    element,
                    [.. element.Attributes.Select(one => one.Name == attribute ? one with { Value = value } : one)],
                    element.Children,
                    element.RawText
                );
        }

        return Copy(element, element.Attributes, [.. element.Children.Select(child => Set(child, value, found))], element.RawText);
    }

    private static Element Copy(
        Element element,
        ImmutableArray<ElementAttribute> attributes,
        ImmutableArray<Element> children,
        string text
    ) => new(element.Name, attributes, children, text, element.Secret, element.Artifact, element.Line, element.Column);

    private IEnumerable<Element> Find(Element root)
    {
        IEnumerable<Element> found = Matching(
            steps[0],
            [
                [root],
            ]
        );
        foreach (var step in steps.Skip(1))
        {
            found = Matching(step, [.. found.Select(element => element.Children)]).ToList();
        }

        return found;
    }

    // A position counts among those of one parent that fit, at whatever depth the parent is.
    private static IEnumerable<Element> Matching(PathStep step, List<ImmutableArray<Element>> families)
    {
        var all = step.IsDeep
            ? families.Concat(
                families
                    .SelectMany(family => family.SelectMany(element => element.SelfAndDescendants()))
                    .Distinct(ReferenceEqualityComparer.Instance)
                    .Cast<Element>()
                    .Select(element => element.Children)
            )
            : families;
        return all.SelectMany(family => family.Where(step.Fits).Where((_, i) => step.Position is not { } position || i + 1 == position))
            .Distinct(ReferenceEqualityComparer.Instance)
            .Cast<Element>();
    }

    private const string Name = @"[A-Za-z_][\w.-]*";

    [GeneratedRegex(
        $@"\A(?<slash>//?)(?<name>\*|{Name})(?:\[\s*(?:(?<position>\d{{1,4}})|@(?<attribute>{Name})(?:\s*=\s*(?:'(?<value>[^']*)'|""(?<value>[^""]*)""))?|(?<child>{Name})\s*=\s*(?:'(?<value>[^']*)'|""(?<value>[^""]*)""))\s*\])?",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Step();

    [GeneratedRegex($@"\A/@(?<name>{Name})\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Attribute();
}
