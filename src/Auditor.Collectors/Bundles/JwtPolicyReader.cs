using Auditor.Model.Apigee;
using static Auditor.Collectors.Bundles.ElementValues;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads what VerifyJWT, DecodeJWT, GenerateJWT and VerifyJWS have in common.</summary>
internal static class JwtPolicyReader
{
    /// <summary>The policy with the elements that all four kinds have.</summary>
    public static T Read<T>(Element root, T policy)
        where T : JwtPolicy
    {
        return policy with
        {
            Algorithm = Setting(root.Child("Algorithm")),
            KeyEncryptionAlgorithm = Setting(root.Child("Algorithms")?.Child("Key")),
            Source = Text(root.Child("Source")),
            SourceLocation = root.Child("Source")?.Location,
            Issuer = Setting(root.Child("Issuer")),
            Audience = Setting(root.Child("Audience")),
            Subject = Setting(root.Child("Subject")),
            Id = Setting(root.Child("Id")),
            Keys = Keys(root),
            Claims = Claims(root.Child("AdditionalClaims")),
            Headers = Claims(root.Child("AdditionalHeaders")),
            ClaimsReference = root.Child("AdditionalClaims")?.Attribute("ref"),
            IgnoreUnresolvedVariables = Flag(root.Child("IgnoreUnresolvedVariables")?.Text, false),
        };
    }

    private static ImmutableArray<JwtKey> Keys(Element root)
    {
        var keys = ImmutableArray.CreateBuilder<JwtKey>();
        if (root.Child("PublicKey") is { } publicKey)
        {
            foreach (var child in publicKey.Children)
            {
                switch (child.Name)
                {
                    case "Value":
                        keys.Add(new JwtKey(JwtKeyForm.PublicKey, Setting(child)!));
                        break;
                    case "Certificate":
                        keys.Add(new JwtKey(JwtKeyForm.Certificate, Setting(child)!));
                        break;
                    case "JWKS" when child.Attribute("uri") is { Length: > 0 } uri:
                        keys.Add(new JwtKey(JwtKeyForm.JwksUri, new Setting(uri.Trim(), null, child.Location)));
                        break;
                    case "JWKS" when child.Attribute("uriRef") is { Length: > 0 } uriRef:
                        keys.Add(new JwtKey(JwtKeyForm.JwksUri, new Setting("", uriRef.Trim(), child.Location)));
                        break;
                    case "JWKS":
                        keys.Add(new JwtKey(JwtKeyForm.Jwks, Setting(child)!));
                        break;
                    default:
                        break;
                }
            }
        }

        foreach (
            var (element, form) in new[]
            {
                ("SecretKey", JwtKeyForm.SecretKey),
                ("PrivateKey", JwtKeyForm.PrivateKey),
                ("PasswordKey", JwtKeyForm.Other),
                ("DirectKey", JwtKeyForm.Other),
            }
        )
        {
            if (root.Child(element) is { } key)
            {
                keys.Add(new JwtKey(form, Setting(key.Child("Value")) ?? new Setting("", null, key.Location)));
            }
        }

        return keys.DrainToImmutable();
    }

    private static ImmutableArray<JwtClaim> Claims(Element? container) =>
        container is null
            ? []
            :
            [
                .. container
                    .ChildrenNamed("Claim")
                    .Select(claim => new JwtClaim(
                        claim.Attribute("name") ?? "",
                        claim.Attribute("type") ?? "string",
                        Flag(claim.Attribute("array"), false),
                        Setting(claim)!
                    )),
            ];
}
