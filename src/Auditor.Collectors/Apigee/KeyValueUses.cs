using Auditor.Collectors.Secrets;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Which entries of key value maps the gateway uses as public configuration: as issuer, audience or keys of a check of tokens, or as the address of a backend. Those an
/// audit needs in clear, whatever their keys are called; anything else is kept in clear only where its key or its shape says that it is public.
/// </summary>
internal sealed class KeyValueUses
{
    private readonly HashSet<(string? Map, string Key)> used = [];

    /// <summary>Learns from bundles. A variable may be set in one and used in another, as shared flows do.</summary>
    public void Learn(IEnumerable<Bundle> bundles)
    {
        var all = bundles.ToArray();
        var variables = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bundle in all)
        {
            foreach (var policy in bundle.Policies.Values.OfType<JwtPolicy>().Where(policy => policy is not GenerateJwtPolicy))
            {
                Add(variables, policy.Issuer);
                Add(variables, policy.Audience);
                foreach (
                    var key in policy.Keys.Where(key =>
                        key.Form is JwtKeyForm.Jwks or JwtKeyForm.JwksUri or JwtKeyForm.PublicKey or JwtKeyForm.Certificate
                    )
                )
                {
                    Add(variables, key.Value);
                }
            }
        }

        foreach (var get in all.SelectMany(bundle => bundle.Policies.Values).OfType<KeyValueMapOperationsPolicy>().SelectMany(Reads))
        {
            if (variables.Contains(get.Variable))
            {
                used.Add((get.Map, get.Key));
            }
        }
    }

    /// <summary>Whether an entry may be kept in clear.</summary>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public bool MayKeep(string map, string key, string value) =>
        SecretShapes.IsPublicConfiguration(key, value)
        || ((used.Contains((map, key)) || used.Contains((null, key))) && SecretShapes.IsPublicByUse(key, value));

    private static IEnumerable<(string? Map, string Key, string Variable)> Reads(KeyValueMapOperationsPolicy policy) =>
        policy
            .Gets.Where(get => get.Key is [{ Reference: null }])
            .Select(get => (policy.Map is { Reference: null, Text: { Length: > 0 } name } ? name : null, get.Key[0].Text, get.AssignTo));

    private static void Add(HashSet<string> variables, Setting? setting)
    {
        if (setting?.Reference is { Length: > 0 } reference)
        {
            variables.Add(reference);
        }

        // {variable}, alone or inside a longer text.
        var text = setting?.Text ?? "";
        for (var open = text.IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.IndexOf('{', open + 1))
        {
            if (text.IndexOf('}', open) is var close and > 0)
            {
                variables.Add(text[(open + 1)..close]);
            }
        }
    }
}
