using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <summary>Finds what the policies of a bundle write to logs, following copies of variables within the bundle.</summary>
internal sealed class LogWriteFinder(ApigeeOrganization organization, Bundle bundle, TraceKnowledge knowledge)
{
    private static readonly string[] LogHosts =
    [
        "splunk",
        "sumologic",
        "loggly",
        "datadoghq",
        "logz.io",
        "newrelic",
        "elastic",
        "logging.googleapis",
    ];

    private readonly Dictionary<string, string> credentials = new(StringComparer.Ordinal);
    private readonly HashSet<string> assigned = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ScriptPolicy> scripted = new(StringComparer.Ordinal);

    /// <summary>The policies that write, ordered by name.</summary>
    public IEnumerable<LogWrite> Find()
    {
        Follow();
        var attached = ConditionWalker.Steps(bundle).Select(step => step.Policy).ToHashSet(StringComparer.Ordinal);
        foreach (var policy in bundle.Policies.Values)
        {
            if (Outputs(policy) is not { } output)
            {
                continue;
            }

            var logged = new List<LoggedCredential>();
            ScriptVariable? unknown = null;
            foreach (var (variable, location) in output.Variables)
            {
                var name = VariableName.Canonical(variable);
                if (Origin(name) is { } origin)
                {
                    logged.Add(new LoggedCredential(origin, variable, Words(origin), location));
                }
                else if (!assigned.Contains(name) && scripted.TryGetValue(name, out var script))
                {
                    unknown ??= new ScriptVariable(name, $"{script.Kind} '{script.Name}'", script.Location);
                }
            }

            yield return new LogWrite(
                organization,
                bundle,
                policy,
                attached.Contains(policy.Name),
                output.Destination,
                [.. logged.DistinctBy(item => (item.Variable, item.Location))],
                unknown
            );
        }
    }

    // Which variables hold a credential because they were copied from one: to the end, whatever the order of steps.
    private void Follow()
    {
        foreach (var script in bundle.Policies.Values.OfType<ScriptPolicy>())
        {
            var code = TokenCode.Of(script, bundle, knowledge);
            foreach (var written in code.Writes.Where(_ => code.ReadsCredential))
            {
                scripted.TryAdd(written, script);
            }
        }

        for (var before = -1; before != credentials.Count; )
        {
            before = credentials.Count;
            foreach (var (target, source) in bundle.Policies.Values.SelectMany(Copies))
            {
                assigned.Add(VariableName.Canonical(target));
                if (Origin(VariableName.Canonical(source)) is { } origin)
                {
                    credentials.TryAdd(VariableName.Canonical(target), origin);
                }
            }
        }
    }

    private static IEnumerable<(string Target, string Source)> Copies(Policy policy)
    {
        switch (policy)
        {
            case AssignMessagePolicy assign:
                foreach (var assignment in assign.Variables)
                {
                    foreach (
                        var source in MessageTemplate
                            .VariablesInClear(assignment.Template ?? "")
                            .Append(assignment.Reference ?? assignment.Name)
                    )
                    {
                        yield return (assignment.Name, source);
                    }
                }

                break;
            case ExtractVariablesPolicy extract:
                foreach (var extraction in extract.Extractions)
                {
                    var source = extraction.Source switch
                    {
                        ExtractionSource.Header => "request.header." + extraction.Name,
                        ExtractionSource.QueryParam => "request.queryparam." + extraction.Name,
                        ExtractionSource.FormParam => "request.formparam." + extraction.Name,
                        ExtractionSource.Variable => extraction.Name,
                        _ => "",
                    };
                    foreach (var variable in extraction.Variables)
                    {
                        yield return (variable, source);
                    }
                }

                break;
            default:
                break;
        }
    }

    private string? Origin(string variable) =>
        IsCredential(variable) ? variable
        : credentials.TryGetValue(variable, out var origin) ? origin
        : null;

    private static bool IsCredential(string variable) =>
        CredentialNames.IsCredential(variable)
        || variable.StartsWith("private.", StringComparison.Ordinal)
        || (
            (variable.StartsWith("request.", StringComparison.Ordinal) || variable.StartsWith("verifyapikey.", StringComparison.Ordinal))
            && SecretNames.IsSecret(variable[(variable.LastIndexOf('.') + 1)..])
        );

    private static string Words(string variable) =>
        variable switch
        {
            "request.header.authorization" => "the caller's Authorization header",
            "request.header.cookie" => "the caller's cookies",
            _ when variable.StartsWith("private.", StringComparison.Ordinal) => "a secret",
            _ when variable.Contains("secret", StringComparison.OrdinalIgnoreCase)
                    || variable.Contains("password", StringComparison.OrdinalIgnoreCase) => "a secret of the caller",
            _ when variable.Contains("key", StringComparison.OrdinalIgnoreCase) => "the caller's key",
            _ => "a token",
        };

    private (string Destination, IEnumerable<(string Variable, SourceLocation Location)> Variables)? Outputs(Policy policy)
    {
        switch (policy)
        {
            case MessageLoggingPolicy log:
                return (
                    log.Destination.Length == 0 ? "a log" : log.Destination,
                    log.Messages.SelectMany(message =>
                        MessageTemplate.VariablesInClear(message.Text).Select(variable => (variable, message.Location))
                    )
                );
            case ServiceCalloutPolicy callout when IsLog(callout):
                return (
                    "a log service",
                    callout.Request.SelectMany(edit =>
                        edit.Headers.Where(header => !string.Equals(header.Name, "Authorization", StringComparison.OrdinalIgnoreCase))
                            .Concat(edit.FormParams)
                            .Select(item => item.Value)
                            .Append(edit.Payload)
                            .OfType<Setting>()
                            .SelectMany(value =>
                                MessageTemplate.VariablesInClear(value.Text).Select(variable => (variable, value.Location))
                            )
                    )
                );
            case OtherPolicy { Kind: "DataCapture" or "StatisticsCollector" } other:
                return (
                    "analytics",
                    other
                        .Root.SelfAndDescendants()
                        .Where(element => element.Attribute("ref") is not null)
                        .Select(element => (element.Attribute("ref")!, element.Location))
                );
            case ScriptPolicy script when TokenCode.Of(script, bundle, knowledge) is { Prints.IsEmpty: false } code:
                return ("the debug output", code.Prints.Select(variable => (variable, script.Location)));
            default:
                return null;
        }
    }

    private static bool IsLog(ServiceCalloutPolicy callout) =>
        callout.Connection is TargetConnection.Http { Url.Text: var url }
        && LogHosts.Any(host => url.Contains(host, StringComparison.OrdinalIgnoreCase));
}
