using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Finds the variables that policies take for secrets: by the place they are used at, whatever their names are.</summary>
public static class SecretUses
{
    /// <summary>The secrets a policy uses.</summary>
    public static IEnumerable<SecretUse> Of(Policy policy) =>
        policy switch
        {
            BasicAuthenticationPolicy { Password: { } password } basic
                when !string.Equals(basic.Operation, "Decode", StringComparison.OrdinalIgnoreCase) => Reference(
                password,
                $"the password of BasicAuthentication '{policy.Name}'"
            ),
            HmacPolicy { SecretKey: { } key } => Reference(key, $"the secret key of HMAC '{policy.Name}'"),
            JwtPolicy jwt => jwt
                .Keys.Where(key => key.Form is JwtKeyForm.SecretKey or JwtKeyForm.PrivateKey)
                .SelectMany(key => Reference(key.Value, $"the key of {policy.Kind} '{policy.Name}'")),
            AssignMessagePolicy assign => assign.Edits.SelectMany(edit => Of(edit, policy)),
            ServiceCalloutPolicy callout => callout.Request.SelectMany(edit => Of(edit, policy)),
            _ => [],
        };

    private static IEnumerable<SecretUse> Of(MessageEdit edit, Policy policy)
    {
        if (edit.Verb is not ("Set" or "Add"))
        {
            yield break;
        }

        foreach (
            var (what, items) in new[] { ("header", edit.Headers), ("query parameter", edit.QueryParams), ("form field", edit.FormParams) }
        )
        {
            foreach (var item in items.Where(item => IsSecret(item.Name)))
            {
                foreach (var variable in MessageTemplate.VariablesInClear(item.Value.Text).Append(item.Value.Reference ?? ""))
                {
                    if (variable.Length > 0 && !VariableName.Canonical(variable).StartsWith("request.", StringComparison.Ordinal))
                    {
                        yield return new SecretUse(
                            VariableName.Canonical(variable),
                            $"{what} {item.Name} in {policy.Kind} '{policy.Name}'",
                            item.Value.Location
                        );
                    }
                }
            }
        }
    }

    private static bool IsSecret(string name) =>
        name.ToLowerInvariant() is "authorization" or "proxy-authorization" or "x-api-key" or "apikey" || SecretNames.IsSecret(name);

    private static IEnumerable<SecretUse> Reference(Setting setting, string what) =>
        setting.Reference is { } reference ? [new SecretUse(VariableName.Canonical(reference), what, setting.Location)] : [];
}
