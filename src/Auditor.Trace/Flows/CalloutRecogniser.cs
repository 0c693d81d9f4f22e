using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>What a callout is for, as far as that can be seen.</summary>
public enum CalloutKind
{
    /// <summary>Nothing that concerns credentials.</summary>
    Other,

    /// <summary>Asks an authorization server whether a token is active (RFC 7662).</summary>
    Introspection,

    /// <summary>Asks for the user's claims; an invalid token is answered with 401 (OpenID Connect Core §5.3).</summary>
    UserInfo,

    /// <summary>Fetches a key set or metadata.</summary>
    Keys,

    /// <summary>Asks for a token.</summary>
    Token,

    /// <summary>Sends the caller's credential somewhere that may judge it.</summary>
    TokenCheck,
}

/// <summary>Recognises callouts by where they go and what they send.</summary>
public static class CalloutRecogniser
{
    /// <summary>What the callout is for.</summary>
    public static CalloutKind Recognise(ServiceCalloutPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var url = policy.Connection is TargetConnection.Http { Url: { } setting } ? setting.Text : "";
        var path = Path(url).ToLowerInvariant();
        var last = path[(path.LastIndexOf('/') + 1)..];
        var forms = policy.Request.SelectMany(edit => edit.FormParams).ToList();
        if (
            last.Contains("introspect", StringComparison.Ordinal)
            || (forms.Any(form => form.Name == "token") && forms.Any(form => form.Name == "token_type_hint"))
        )
        {
            return CalloutKind.Introspection;
        }

        if (last.Contains("userinfo", StringComparison.Ordinal))
        {
            return CalloutKind.UserInfo;
        }

        if (
            path.EndsWith("/keys", StringComparison.Ordinal)
            || path.EndsWith("jwks", StringComparison.Ordinal)
            || path.EndsWith("jwks.json", StringComparison.Ordinal)
            || path.EndsWith("/certs", StringComparison.Ordinal)
            || path.Contains(".well-known/", StringComparison.Ordinal)
            || path.Contains("jwks", StringComparison.Ordinal)
        )
        {
            return CalloutKind.Keys;
        }

        if (path.EndsWith("/token", StringComparison.Ordinal) && forms.Any(form => form.Name == "grant_type"))
        {
            return CalloutKind.Token;
        }

        return SendsCredential(policy) ? CalloutKind.TokenCheck : CalloutKind.Other;
    }

    private static string Path(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        return (query < 0 ? url : url[..query]).TrimEnd('/');
    }

    private static bool SendsCredential(ServiceCalloutPolicy policy)
    {
        foreach (var edit in policy.Request)
        {
            if (
                edit.Verb == "Copy"
                && edit.Source is "request" or "message"
                && (
                    edit.AllHeaders
                    || edit.Headers.Any(header => string.Equals(header.Name, "authorization", StringComparison.OrdinalIgnoreCase))
                )
            )
            {
                return true;
            }

            foreach (
                var value in edit
                    .Headers.Concat(edit.FormParams)
                    .Concat(edit.QueryParams)
                    .Select(item => item.Value.Text)
                    .Append(edit.Payload?.Text ?? "")
            )
            {
                if (MessageTemplate.Variables(value).Any(CredentialNames.IsCredential))
                {
                    return true;
                }
            }
        }

        return policy.RequestVariable is "request";
    }
}
