using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;

namespace Auditor.Trace.Flows;

/// <summary>What a value is used for.</summary>
public enum UseKind
{
    /// <summary>A condition decides by it.</summary>
    Condition,

    /// <summary>It is taken for a credential: an API key, an access token.</summary>
    Credential,

    /// <summary>A header, parameter or path of a request to a backend carries it.</summary>
    Request,

    /// <summary>It is part of a cache key.</summary>
    CacheKey,

    /// <summary>It identifies whom a quota counts.</summary>
    Quota,

    /// <summary>It is copied to another variable.</summary>
    Copy,

    /// <summary>It is logged.</summary>
    Log,
}

/// <summary>A use of a flow variable.</summary>
/// <param name="Variable">The variable, in its one spelling.</param>
/// <param name="Kind">What for.</param>
/// <param name="Location">Where.</param>
/// <param name="Target">The variable or header that gets it, for copies and requests; null otherwise.</param>
public sealed record VariableUse(string Variable, UseKind Kind, SourceLocation Location, string? Target = null);

/// <summary>Finds the uses of flow variables in policies and conditions.</summary>
public static class VariableUses
{
    /// <summary>The variables a condition reads.</summary>
    public static IEnumerable<VariableUse> Of(ConditionText condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        foreach (var part in ConditionParser.Parse(condition.Text).Condition.Parts())
        {
            foreach (
                var operand in part switch
                {
                    Condition.Relation relation => new[] { relation.Left, relation.Right },
                    Condition.Bare bare => new[] { bare.Operand },
                    _ => Array.Empty<Operand>(),
                }
            )
            {
                if (operand.Kind == OperandKind.Variable)
                {
                    yield return new VariableUse(VariableName.Canonical(operand.Text), UseKind.Condition, condition.Location);
                }
            }
        }
    }

    /// <summary>The variables a policy reads, and what for.</summary>
    public static IEnumerable<VariableUse> Of(Policy policy) =>
        policy switch
        {
            VerifyApiKeyPolicy key => Reference(key.ApiKey, UseKind.Credential),
            OAuthV2Policy { AccessToken: { } token } =>
            [
                new VariableUse(VariableName.Canonical(token), UseKind.Credential, policy.Location),
            ],
            AssignMessagePolicy assign => assign
                .Variables.SelectMany(Of)
                .Concat(
                    IsRequest(assign.AssignTo)
                        ? assign.Edits.SelectMany(edit => Of(edit, UseKind.Request))
                        : assign.Edits.SelectMany(edit => Of(edit, UseKind.Copy))
                ),
            ServiceCalloutPolicy callout => callout
                .Request.SelectMany(edit => Of(edit, UseKind.Request))
                .Concat(
                    callout.Connection is TargetConnection.Http { Url: { } url }
                        ? Template(url.Text, UseKind.Request, url.Location, "URL")
                        : []
                ),
            CachePolicy { Key: { } cacheKey } => cacheKey.Fragments.SelectMany(fragment => Reference(fragment, UseKind.CacheKey)),
            QuotaPolicy { Identifier: { } identifier } => Reference(identifier, UseKind.Quota),
            MessageLoggingPolicy log => log.Messages.SelectMany(message => Template(message.Text, UseKind.Log, message.Location, null)),
            ExtractVariablesPolicy extract => extract
                .Extractions.Where(extraction => extraction.Source == ExtractionSource.Variable)
                .SelectMany(extraction =>
                    extraction.Variables.Select(variable => new VariableUse(
                        VariableName.Canonical(extraction.Name),
                        UseKind.Copy,
                        extraction.Location,
                        variable
                    ))
                ),
            KeyValueMapOperationsPolicy map => map.Gets.SelectMany(get =>
                get.Key.SelectMany(parameter => Reference(parameter, UseKind.Copy).Select(use => use with { Target = get.AssignTo }))
            ),
            _ => [],
        };

    private static bool IsRequest(string? assignTo) => assignTo is null or "" or "request" or "message";

    private static IEnumerable<VariableUse> Reference(Setting setting, UseKind kind) =>
        setting.Reference is { } reference ? [new VariableUse(VariableName.Canonical(reference), kind, setting.Location)] : [];

    private static IEnumerable<VariableUse> Of(VariableAssignment assignment)
    {
        if (assignment.Reference is { } reference)
        {
            yield return new VariableUse(VariableName.Canonical(reference), UseKind.Copy, assignment.Location, assignment.Name);
        }

        foreach (var use in Template(assignment.Template ?? "", UseKind.Copy, assignment.Location, assignment.Name))
        {
            yield return use;
        }
    }

    private static IEnumerable<VariableUse> Of(MessageEdit edit, UseKind kind)
    {
        if (edit.Verb is not ("Set" or "Add"))
        {
            return [];
        }

        return edit
            .Headers.Concat(edit.QueryParams)
            .Concat(edit.FormParams)
            .SelectMany(item => Value(item.Value, kind, item.Name))
            .Concat(edit.Path is { } path ? Value(path, kind, "path") : []);
    }

    private static IEnumerable<VariableUse> Value(Setting setting, UseKind kind, string target) =>
        Reference(setting, kind).Select(use => use with { Target = target }).Concat(Template(setting.Text, kind, setting.Location, target));

    private static IEnumerable<VariableUse> Template(string template, UseKind kind, SourceLocation location, string? target) =>
        MessageTemplate.Variables(template).Select(variable => new VariableUse(VariableName.Canonical(variable), kind, location, target));
}
