using Auditor.Model.Apigee;
using static Auditor.Collectors.Bundles.ElementValues;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads what policies write into messages and variables, and what they take out of them.</summary>
internal static class MessagePolicyReader
{
    /// <summary>The assignments of variables, in document order.</summary>
    public static ImmutableArray<VariableAssignment> Assignments(Element container) =>
        [
            .. container
                .ChildrenNamed("AssignVariable")
                .Select(assignment => new VariableAssignment(
                    Text(assignment.Child("Name")) ?? "",
                    assignment.Child("Value") is { } value ? value.Text : null,
                    Text(assignment.Child("Ref")),
                    Text(assignment.Child("Template")),
                    assignment.Child("Template")?.Attribute("ref"),
                    Text(assignment.Child("ResourceURL")),
                    assignment.Location
                )
                {
                    Secret = assignment.Child("Value")?.Secret,
                }),
        ];

    /// <summary>The Set, Add, Copy and Remove sections, in document order.</summary>
    public static ImmutableArray<MessageEdit> Edits(Element container) =>
        [
            .. container
                .Children.Where(child => child.Name is "Set" or "Add" or "Copy" or "Remove")
                .Select(section => new MessageEdit
                {
                    Verb = section.Name,
                    Headers = Named(section.Child("Headers")?.ChildrenNamed("Header") ?? []),
                    AllHeaders = section.Child("Headers") is { Children.IsEmpty: true },
                    QueryParams = Named(section.Child("QueryParams")?.ChildrenNamed("QueryParam") ?? []),
                    FormParams = Named(section.Child("FormParams")?.ChildrenNamed("FormParam") ?? []),
                    Payload = Setting(section.Child("Payload")),
                    HttpVerb = Setting(section.Child("Verb")),
                    Path = Setting(section.Child("Path")),
                    StatusCode = Setting(section.Child("StatusCode")),
                    Source = section.Attribute("source"),
                    Location = section.Location,
                }),
        ];

    /// <summary>Reads ExtractVariables.</summary>
    public static ExtractVariablesPolicy ExtractVariables(Element root, string name)
    {
        var prefix = Text(root.Child("VariablePrefix")) is { } text ? text + "." : "";
        var extractions = ImmutableArray.CreateBuilder<Extraction>();
        foreach (var child in root.Children)
        {
            ExtractionSource? source = child.Name switch
            {
                "URIPath" => ExtractionSource.UriPath,
                "QueryParam" => ExtractionSource.QueryParam,
                "Header" => ExtractionSource.Header,
                "FormParam" => ExtractionSource.FormParam,
                "Variable" => ExtractionSource.Variable,
                _ => null,
            };
            if (source is { } kind)
            {
                foreach (var pattern in child.ChildrenNamed("Pattern"))
                {
                    extractions.Add(
                        new Extraction(
                            kind,
                            child.Attribute("name") ?? "",
                            pattern.Text,
                            [.. Holes(pattern.Text).Select(hole => prefix + hole)],
                            pattern.Location
                        )
                    );
                }
            }
            else if (child.Name is "JSONPayload" or "XMLPayload")
            {
                foreach (var variable in child.ChildrenNamed("Variable"))
                {
                    extractions.Add(
                        new Extraction(
                            child.Name == "JSONPayload" ? ExtractionSource.Json : ExtractionSource.Xml,
                            "",
                            Text(variable.Child("JSONPath") ?? variable.Child("XPath")) ?? "",
                            [prefix + (variable.Attribute("name") ?? "")],
                            variable.Location
                        )
                    );
                }
            }
        }

        return new ExtractVariablesPolicy
        {
            Name = name,
            Root = root,
            Source = Text(root.Child("Source")),
            Extractions = extractions.DrainToImmutable(),
        };
    }

    private static IEnumerable<string> Holes(string pattern)
    {
        for (var open = pattern.IndexOf('{', StringComparison.Ordinal); open >= 0; open = pattern.IndexOf('{', open + 1))
        {
            var close = pattern.IndexOf('}', open);
            if (close < 0)
            {
                yield break;
            }

            if (close > open + 1)
            {
                yield return pattern[(open + 1)..close];
            }

            open = close;
        }
    }
}
