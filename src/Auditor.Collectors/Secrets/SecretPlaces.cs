using System.Text.RegularExpressions;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Secrets;

/// <summary>
/// Finds the credentials of a bundle file by their place first and their shape second, and takes them out of the document. What is found is reported by its
/// place; the value does not leave this class, but to what takes it out of the text.
/// </summary>
/// <param name="redactor">Makes the fingerprints.</param>
/// <param name="found">
/// Told every value that was found in clear and its mark, for the one who takes it out of the file; null otherwise. Of placeholders only those that look like what they
/// stand for: the others are kept as they are.
/// </param>
internal sealed partial class SecretPlaces(Redactor redactor, Action<string, string>? found = null)
{
    private readonly List<EmbeddedCredential> credentials = [];

    /// <summary>What was found so far, in the order of reading.</summary>
    public ImmutableArray<EmbeddedCredential> Found => [.. credentials];

    /// <summary>The document without its credentials; the same instance when there are none.</summary>
    public Element Redact(Element root)
    {
        var policy = root.Attribute("name") is { Length: > 0 } name && !IsEndpoint(root.Name) ? name : null;
        return Visit(root, [], policy);
    }

    /// <summary>The value of a property or map entry as it may be kept: in clear, or redacted.</summary>
    public ConfigurationValue Entry(string key, string value, SourceLocation location, string place, bool keepByDefault)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > 0 && !SecretShapes.HasTemplate(value))
        {
            var shape = SecretShapes.KindOf(value);
            if (shape is not null || SecretNames.IsSecret(key))
            {
                var kind = shape ?? KindOfName(key);
                var byPlace =
                    shape is null || (RedactedMark.Parse(value) is not null && SecretNames.IsSecret(key) && kind == KindOfName(key));
                Report(kind, place, value, location, null, byPlace);
                return SecretShapes.IsPlaceholder(value)
                    ? new ConfigurationValue(value, null, location)
                    : new ConfigurationValue(null, redactor.Redact(kind, value), location);
            }
        }

        return keepByDefault || SecretShapes.IsPublicConfiguration(key, value)
            ? new ConfigurationValue(value, null, location)
            : new ConfigurationValue(null, redactor.Redact("value", value), location);
    }

    /// <summary>The text of a script with its credentials masked. Positions of lines stay; columns after a masked value may move.</summary>
    public string Script(string text, string artifact, string? policy)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (
            text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) || text.Contains("[REDACTED private-key ", StringComparison.Ordinal)
        )
        {
            text = PemBlock()
                .Replace(
                    text,
                    match =>
                    {
                        Report(
                            "private-key",
                            $"the text of '{artifact[(artifact.LastIndexOf('/') + 1)..]}'",
                            match.Value,
                            At(artifact, text, match.Index),
                            policy,
                            byPlace: false
                        );
                        return Taken("private-key", match.Value) + new string('\n', match.Value.AsSpan().Count('\n'));
                    }
                );
        }

        return ScriptSecret()
            .Replace(
                text,
                match =>
                {
                    var value = match.Groups["value"].Value;
                    var name = match.Groups["name"].Value;
                    var shape = SecretShapes.KindOf(value);
                    if (
                        shape is null
                        && (!match.Groups["name"].Success || !SecretNames.IsSecret(name) || value.Length < 6 || LooksLikeCode(value))
                    )
                    {
                        return match.Value;
                    }

                    var place =
                        name.Length > 0
                            ? $"'{name}' in '{artifact[(artifact.LastIndexOf('/') + 1)..]}'"
                            : $"a string in '{artifact[(artifact.LastIndexOf('/') + 1)..]}'";
                    Report(shape ?? KindOfName(name), place, value, At(artifact, text, match.Index), policy, byPlace: false);
                    return match.Value.Replace(value, Taken(shape ?? KindOfName(name), value), StringComparison.Ordinal);
                }
            );
    }

    // What stands in a text for a value: for readers nothing but a mask, in a file that is kept what is known of the value.
    private string Taken(string kind, string value) =>
        found is null ? Mask.Text : RedactedMark.Of(redactor.Redact(kind, value), SecretShapes.IsPlaceholder(value));

    // A dotted or slashed name is a variable, a path or a header, not a credential.
    private static bool LooksLikeCode(string value) =>
        value.Contains('.', StringComparison.Ordinal)
        || value.Contains('/', StringComparison.Ordinal)
        || value.Contains(' ', StringComparison.Ordinal)
        || SecretNames.IsSecret(value)
        || !value.AsSpan().ContainsAnyInRange('0', '9');

    private static SourceLocation At(string artifact, string text, int index)
    {
        var before = text.AsSpan(0, index);
        var line = before.Count('\n') + 1;
        var column = index - before.LastIndexOf('\n');
        return new SourceLocation(artifact, line, column);
    }

    private static bool IsEndpoint(string rootName) =>
        rootName is "ProxyEndpoint" or "TargetEndpoint" or "SharedFlow" or "APIProxy" or "SharedFlowBundle";

    private Element Visit(Element element, ImmutableArray<Element> ancestors, string? policy)
    {
        var path = element.Children.IsEmpty ? ancestors : ancestors.Add(element);
        ImmutableArray<Element>.Builder? children = null;
        for (var i = 0; i < element.Children.Length; i++)
        {
            var child = element.Children[i];
            var visited = Visit(child, path, policy);
            if (!ReferenceEquals(visited, child) && children is null)
            {
                children = ImmutableArray.CreateBuilder<Element>(element.Children.Length);
                children.AddRange(element.Children, i);
            }

            children?.Add(visited);
        }

        var text = element.RawText;
        Redacted? secret = null;
        if (text.Length > 0 && !text.AsSpan().Trim().IsEmpty)
        {
            if (element.Name == "Condition" || element.Name.StartsWith("Skip", StringComparison.Ordinal))
            {
                text = Condition(element, policy);
            }
            else if (Classify(element, ancestors) is { } place)
            {
                var value = text.Trim();
                if (!SecretShapes.HasTemplate(value) || place.Kind == "private-key")
                {
                    Report(place.Kind, place.Words, value, element.Location, policy, place.ByPlace);
                    if (!SecretShapes.IsPlaceholder(value))
                    {
                        secret = redactor.Redact(place.Kind, value);
                        text = "";
                    }
                }
                else if (SecretShapes.KindOf(value) is { } shape)
                {
                    Report(shape, place.Words, value, element.Location, policy, byPlace: false);
                    secret = redactor.Redact(shape, value);
                    text = "";
                }
            }
            else if (element.Name is "Source" && ancestors.Length > 0 && ancestors[0].Name == "Javascript" && ancestors.Length == 1)
            {
                text = Script(text, element.Artifact, policy);
            }
            else if (SecretShapes.KindOf(text) is { } kind && !(kind == "jwt" && SecretShapes.IsPlaceholder(text)))
            {
                Report(kind, $"<{element.Name}>{Of(policy)}", text.Trim(), element.Location, policy, byPlace: false);
                secret = redactor.Redact(kind, text.Trim());
                text = "";
            }
        }

        var attributes = element.Attributes;
        for (var i = 0; i < attributes.Length; i++)
        {
            if (attributes[i].Value.Length >= 12 && SecretShapes.KindOf(attributes[i].Value) is { } kind)
            {
                Report(
                    kind,
                    $"attribute '{attributes[i].Name}' of <{element.Name}>{Of(policy)}",
                    attributes[i].Value,
                    element.Location,
                    policy,
                    byPlace: false
                );
                attributes = attributes.SetItem(i, new ElementAttribute(attributes[i].Name, ""));
            }
        }

        return children is null && secret is null && ReferenceEquals(text, element.RawText) && attributes == element.Attributes
            ? element
            : new Element(
                element.Name,
                attributes,
                children?.DrainToImmutable() ?? element.Children,
                text,
                secret,
                element.Artifact,
                element.Line,
                element.Column
            );
    }

    private string Condition(Element element, string? policy) =>
        !SecretNames.MayOccurIn(element.RawText)
            ? element.RawText
            : ComparedSecret()
                .Replace(
                    element.RawText,
                    match =>
                    {
                        var name = match.Groups["name"].Value;
                        var value = match.Groups["value"].Value;
                        if (
                            !SecretNames.IsSecret(Member(name))
                            || value.Length < 4
                            || value is "true" or "false" or "null"
                            || SecretShapes.IsPlaceholder(value) && value.Length < 4
                        )
                        {
                            return match.Value;
                        }

                        Report(
                            "password",
                            $"a Condition that compares '{name}' with a literal",
                            value,
                            element.Location,
                            policy,
                            byPlace: true
                        );
                        return match.Value.Replace("\"" + value + "\"", "\"" + Mask.Text + "\"", StringComparison.Ordinal);
                    }
                );

    private static (string Kind, string Words, bool ByPlace)? Classify(Element element, ImmutableArray<Element> ancestors)
    {
        if (ancestors.IsEmpty)
        {
            return null;
        }

        var root = ancestors[0];
        var parent = ancestors[^1];
        switch (element.Name)
        {
            case "Password" when root.Name == "BasicAuthentication" && root.Child("Operation")?.Text == "Decode":
                return null;
            case "Password" when root.Name is not "JSONThreatProtection":
                return ("password", "<Password>" + OfPolicy(root), true);
            case "Value" when parent.Name is "SecretKey":
                return ("hmac-key", "<SecretKey>" + OfPolicy(root), true);
            case "Value" when parent.Name is "PrivateKey":
                return ("private-key", "<PrivateKey>" + OfPolicy(root), true);
            case "SecretKey" when root.Name is "HMAC":
                return ("hmac-key", "<SecretKey>" + OfPolicy(root), true);
            case "APIKey" when root.Name == "VerifyAPIKey":
                return ("api-key", "<APIKey>" + OfPolicy(root), true);
            case "Header"
            or "FormParam"
            or "QueryParam"
                when ancestors.Any(a => a.Name is "Set" or "Add" or "FaultResponse")
                    && element.Attribute("name") is { } name
                    && SecretShapes.IsCredentialParameter(name)
                    && !IsBareScheme(element.Text):
                return (KindOfName(name), $"{element.Name} '{name}'{OfPolicy(root)}", true);
            case "Value"
                when parent.Name == "AssignVariable"
                    // A template takes the place of the value.
                    && parent.Child("Template") is null
                    && parent.Child("Name")?.Text is { } variable
                    && SecretNames.IsSecret(Member(variable))
                    && !IsVariableLike(element.Text):
                return (KindOfName(variable), $"variable '{variable}'{OfPolicy(root)}", true);
            case "Value"
                when parent.Name == "Entry"
                    && ancestors.Any(a => a.Name == "InitialEntries")
                    && parent.Child("Key")?.Child("Parameter")?.Text is { } key
                    && SecretNames.IsSecret(key):
                return (KindOfName(key), $"initial entry '{key}'{OfPolicy(root)}", true);
            case "Property"
                when element.Attribute("name") is { } property
                    && SecretNames.IsSecret(property)
                    && root.Name is "Javascript" or "JavaCallout" or "Script":
                return (KindOfName(element.Attribute("name")!), $"property '{element.Attribute("name")}'{OfPolicy(root)}", true);
            default:
                return null;
        }
    }

    private static string OfPolicy(Element root) => $" of policy '{root.Attribute("name")}'";

    // What stands before the last dot of a variable is whose it is: the error of a policy named after tokens and the attribute of a token are no tokens.
    private static string Member(string variable) => variable[(variable.LastIndexOf('.') + 1)..];

    // "Bearer" or "Basic" alone, or a value that only names a variable, is no credential.
    private static bool IsBareScheme(string text) => text is "Bearer" or "Basic" or "" || IsVariableLike(text);

    // One lower-case dotted name is how people write a variable into a literal by mistake; true, false and short flags are no credentials either.
    private static bool IsVariableLike(string text) => text.Length < 4 || text is "true" or "false" || VariableName().IsMatch(text);

    private static string Of(string? policy) => policy is null ? "" : $" of policy '{policy}'";

    private static string KindOfName(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower.Contains("secret", StringComparison.Ordinal) ? "client-secret"
            : lower.Contains("key", StringComparison.Ordinal) ? "api-key"
            : lower.Contains("authorization", StringComparison.Ordinal) ? "authorization-header"
            : lower.Contains("token", StringComparison.Ordinal) ? "token"
            : "password";
    }

    private void Report(string kind, string place, string value, SourceLocation location, string? policy, bool byPlace)
    {
        var kept = redactor.Redact(kind, value);
        var isPlaceholder = SecretShapes.IsPlaceholder(value);
        if (RedactedMark.Parse(value) is null && (!isPlaceholder || SecretShapes.KindOf(value) is not null))
        {
            found?.Invoke(value, RedactedMark.Of(kept, isPlaceholder));
        }

        credentials.Add(new EmbeddedCredential(kept.Kind, place, kept, isPlaceholder, location, policy, byPlace));
    }

    [GeneratedRegex(
        "-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)|\\[REDACTED private-key [0-9-]{1,7} hmac:[0-9a-f]{32}( placeholder)?\\]",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex PemBlock();

    [GeneratedRegex(
        """((?<name>[A-Za-z_$][\w$.-]{2,80})["']?\s*[:=]\s*)?["'](?<value>[^"'\\\r\n]{6,4096})["']""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex ScriptSecret();

    [GeneratedRegex(
        """(?<name>[A-Za-z_][\w.-]{0,200})\s*(=|==|:=|!=|(?i:\b(Equals|Is|NotEquals|IsNot|EqualsCaseInsensitive)\b))\s*"(?<value>[^"]*)"(?!\s*\+)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex ComparedSecret();

    [GeneratedRegex("""^[a-z]\w*(\.[\w-]+)+$""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, SecretShapes.Patience)]
    private static partial Regex VariableName();
}
