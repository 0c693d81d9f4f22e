using System.Collections.Immutable;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;

namespace Auditor.History.Tests;

/// <summary>How the XML of a policy is changed.</summary>
internal static class ElementEdits
{
    public static Policy? WithChild(Policy policy, string name, Func<Element, Element?> change)
    {
        var root = policy.Root;
        var at = root.Children.ToList().FindIndex(child => child.Name == name);
        return at >= 0 && change(root.Children[at]) is { } child
            ? policy with
            {
                Root = Copy(root, root.Attributes, root.Children.SetItem(at, child), root.RawText),
            }
            : null;
    }

    public static Element? WithAttribute(Element element, string name, string value)
    {
        var at = element.Attributes.ToList().FindIndex(attribute => attribute.Name == name);
        return at < 0
            ? null
            : Copy(element, element.Attributes.SetItem(at, new ElementAttribute(name, value)), element.Children, element.RawText);
    }

    public static Element WithText(Element element, string text) => Copy(element, element.Attributes, element.Children, text);

    private static Element Copy(
        Element element,
        ImmutableArray<ElementAttribute> attributes,
        ImmutableArray<Element> children,
        string text
    ) => new(element.Name, attributes, children, text, element.Secret, element.Artifact, element.Line, element.Column);
}
