using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads what elements say, the way Apigee reads booleans, variables and settings.</summary>
internal static class ElementValues
{
    /// <summary>A boolean of Apigee: <c>true</c> in any case is true, blank or missing the default, anything else false.</summary>
    public static bool Flag(string? text, bool byDefault) =>
        string.IsNullOrWhiteSpace(text) ? byDefault : string.Equals(text.Trim(), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A boolean where "not given" matters.</summary>
    public static bool? OptionalFlag(string? text) => string.IsNullOrWhiteSpace(text) ? null : Flag(text, false);

    /// <summary>A setting, or null when the element is missing.</summary>
    public static Setting? Setting(Element? element) =>
        element is null
            ? null
            : new Setting(
                element.Text,
                element.Attribute("ref") is { } reference && !string.IsNullOrWhiteSpace(reference) ? reference.Trim() : null,
                element.Location,
                element.Secret
            );

    /// <summary>The text of an element, or null when it is missing or blank.</summary>
    public static string? Text(Element? element) => element is null || string.IsNullOrWhiteSpace(element.RawText) ? null : element.Text;

    /// <summary>The variable an element names: by <c>ref</c>, or by its text (AccessToken and its kin accept both). Null when missing.</summary>
    public static string? Variable(Element? element) => element is null ? null : element.Attribute("ref") ?? Text(element);

    /// <summary>The settings of elements with a <c>name</c>.</summary>
    public static ImmutableArray<NamedSetting> Named(IEnumerable<Element> elements) =>
        [
            .. elements.Select(element => new NamedSetting(
                element.Attribute("name") ?? "",
                new Setting(element.Text, element.Attribute("ref"), element.Location, element.Secret)
            )),
        ];
}
