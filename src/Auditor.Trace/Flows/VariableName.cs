namespace Auditor.Trace.Flows;

/// <summary>The names of flow variables.</summary>
public static class VariableName
{
    /// <summary>The one spelling of a variable: on the request path <c>message.*</c> is <c>request.*</c>, and names of headers have no case.</summary>
    public static string Canonical(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var result = name.Trim();
        if (result is "error.status.code" or "message.status.code")
        {
            // Requests have no status: the message is the response, or the error that takes its place.
            return "response.status.code";
        }

        if (result.StartsWith("message.", StringComparison.Ordinal))
        {
            result = "request." + result["message.".Length..];
        }

        const string Header = "request.header.";
        if (result.StartsWith(Header, StringComparison.Ordinal))
        {
            result = Header + result[Header.Length..].ToLowerInvariant();
            if (result.EndsWith(".values.1", StringComparison.Ordinal) || result.EndsWith(".values.string", StringComparison.Ordinal))
            {
                result = result[..result.LastIndexOf(".values.", StringComparison.Ordinal)];
            }
            else if (result.EndsWith(".1", StringComparison.Ordinal) && result.Length > Header.Length + 2)
            {
                result = result[..^2];
            }
        }

        return result;
    }

    /// <summary>Whether the caller of the proxy decides the variable.</summary>
    public static bool IsFromCaller(string name)
    {
        var canonical = Canonical(name);
        return canonical.StartsWith("request.", StringComparison.Ordinal) || canonical.StartsWith("client.", StringComparison.Ordinal);
    }
}
