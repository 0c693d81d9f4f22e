using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>The variables that carry what a caller proves itself with.</summary>
public static class CredentialNames
{
    /// <summary>Whether the variable is where callers put credentials.</summary>
    public static bool IsCredential(string variable)
    {
        var name = VariableName.Canonical(variable);
        return name
                is "request.header.authorization"
                    or "request.header.x-api-key"
                    or "request.header.apikey"
                    or "request.header.x-apikey"
                    or "request.header.cookie"
                    or "request.queryparam.apikey"
                    or "request.queryparam.access_token"
                    or "request.formparam.access_token"
                    or "request.formparam.token"
                    or "request.formparam.assertion"
                    or "access_token"
                    or "id_token"
                    or "refresh_token"
            || (
                !name.StartsWith("private.", StringComparison.Ordinal)
                && (
                    name.EndsWith("access_token", StringComparison.Ordinal)
                    || name.EndsWith("bearer_token", StringComparison.Ordinal)
                    || name.EndsWith(".jwt", StringComparison.Ordinal)
                )
            );
    }

    /// <summary>
    /// Whether the variable holds the whole credential or a digest of it, so that a forged one has another value: the header itself, or a variable that a policy of the
    /// bundle makes from it.
    /// </summary>
    public static bool IsWholeCredential(string variable, Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (IsCredential(variable))
        {
            return true;
        }

        foreach (var policy in bundle.Policies.Values)
        {
            switch (policy)
            {
                case AssignMessagePolicy assign:
                    foreach (var assignment in assign.Variables)
                    {
                        if (
                            string.Equals(assignment.Name, variable, StringComparison.Ordinal)
                            && (
                                (assignment.Reference is { } reference && IsCredential(reference))
                                || (assignment.Template is { } template && MessageTemplate.Variables(template).Any(IsCredential))
                            )
                        )
                        {
                            return true;
                        }
                    }

                    break;
                case ExtractVariablesPolicy extract:
                    foreach (var extraction in extract.Extractions)
                    {
                        if (
                            extraction.Variables.Contains(variable, StringComparer.Ordinal)
                            && extraction.Source == ExtractionSource.Header
                            && IsCredential("request.header." + extraction.Name)
                        )
                        {
                            return true;
                        }
                    }

                    break;
                default:
                    break;
            }
        }

        return false;
    }
}
