using Auditor.Collectors.Answers;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Reads the resources of the management API into the model. The offline formats use the same shapes, with small differences that are tolerated here.</summary>
internal sealed class ApigeeMapping(Redactor redactor)
{
    public static FlowHook? FlowHook(Json row) =>
        (row.Text("flowHookPoint") ?? row.Text("name")) is { } point
            ? new FlowHook(point, row.Text("sharedFlow") is { Length: > 0 } flow ? flow : null, row.Flag("continueOnError"), row.Location)
            : null;

    public static TargetServer? TargetServer(Json row) =>
        row.Text("name") is { } name
            ? new TargetServer(
                name,
                row.Text("host", ""),
                row.Number("port") ?? 0,
                row.Flag("isEnabled") ?? true,
                row["sSLInfo"].IsObject ? Ssl(row["sSLInfo"]) : null,
                row.Location
            )
            : null;

    public static EnvironmentGroup? Group(Json row, Collected<string> environments) =>
        row.Text("name") is { } name ? new EnvironmentGroup(name, row.Texts("hostnames"), environments, row.Location) : null;

    public static Deployment? Deployment(Json row, BundleKind kind) =>
        row.Text("environment") is { } environment
        && (row.Text("apiProxy") ?? row.Text("sharedFlow")) is { } name
        && row.Number("revision") is { } revision
            ? new Deployment(environment, kind, name, revision, row.Text("serviceAccount"), row.Location)
            {
                DeployedAt = row.Milliseconds("deployStartTime"),
            }
            : null;

    public static Keystore? Keystore(Json row, Collected<KeystoreAlias> aliases) =>
        row.Text("name") is { } name ? new Keystore(name, aliases, row.Location) : null;

    public static KeystoreAlias? Alias(Json row)
    {
        if (row.Text("alias") is not { } name)
        {
            return null;
        }

        var certificate = row["certsInfo"].Objects("certInfo").FirstOrDefault();
        return new KeystoreAlias(name, certificate.Text("subject", ""), certificate.Milliseconds("expiryDate"), row.Location);
    }

    public static KeystoreReference? Reference(Json row) =>
        row.Text("name") is { } name
            ? new KeystoreReference(name, row.Text("refers", ""), row.Text("resourceType", "KeyStore"), row.Location)
            : null;

    public static Developer? Developer(Json row) =>
        (row.Text("developerId") ?? row.Text("email")) is { } id ? new Developer(id, row.Text("status"), row.Location) : null;

    public static ApiProduct? Product(Json row)
    {
        if (row.Text("name") is not { } name)
        {
            return null;
        }

        var operations = ImmutableArray.CreateBuilder<ProductOperation>();
        foreach (var group in (ReadOnlySpan<string>)["operationGroup", "llmOperationGroup"])
        {
            foreach (var config in row[group].Objects("operationConfigs"))
            {
                foreach (var operation in config.Objects("operations").Concat(config.Objects("llmOperations")))
                {
                    operations.Add(
                        new ProductOperation(
                            config.Text("apiSource", ""),
                            operation.Text("resource", ""),
                            operation.Texts("methods"),
                            operation.Location
                        )
                    );
                }
            }
        }

        return new ApiProduct
        {
            Name = name,
            ApprovalType = row.Word("approvalType", "auto", "manual"),
            Environments = row.Texts("environments"),
            Proxies = row.Texts("proxies"),
            ApiResources = row.Texts("apiResources"),
            Scopes = [.. row.Texts("scopes").SelectMany(text => text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))],
            Operations = operations.DrainToImmutable(),
            HasModelOperations = row["llmOperationGroup"].IsObject || row["payloadOperationGroup"].IsObject,
            Quota = row.Text("quota") is { } quota and not "null" ? quota : null,
            Attributes = Attributes(row),
            Location = row.Location,
        };
    }

    public DeveloperApp? App(Json row)
    {
        if ((row.Text("appId") ?? row.Text("name")) is not { } id)
        {
            return null;
        }

        return new DeveloperApp
        {
            Id = id,
            Name = row.Text("name", id),
            Status = row.Word("status", "approved", "revoked", "pending"),
            DeveloperId = row.Text("developerId"),
            CreatedAt = row.Milliseconds("createdAt"),
            Attributes = Attributes(row),
            Credentials =
            [
                .. row.Objects("credentials")
                    .Where(credential => credential.Text("consumerKey") is not null)
                    .Select(credential => new AppCredential
                    {
                        ConsumerKey = credential.Text("consumerKey")!,
                        ConsumerSecret = Redacted(credential["consumerSecret"], "consumer-secret"),
                        Status = credential.Word("status", "approved", "revoked", "pending"),
                        IssuedAt = credential.Milliseconds("issuedAt"),
                        ExpiresAt = credential.Milliseconds("expiresAt"),
                        Products =
                        [
                            .. credential
                                .Objects("apiProducts")
                                .Where(product => product.Text("apiproduct") is not null)
                                .Select(product => new CredentialProduct(product.Text("apiproduct")!, product.Text("status"))),
                            .. credential.Texts("apiProducts").Select(product => new CredentialProduct(product, null)),
                        ],
                        Location = credential.Location,
                    }),
            ],
            Location = row.Location,
        };
    }

    /// <summary>An entry of a key value map. Values are redacted unless they are known-public configuration; a value of asterisks is one the source masked.</summary>
    public KeyValueEntry? Entry(Json row) => Entry(row, SecretShapes.IsPublicConfiguration);

    /// <summary>An entry of a key value map. Values are redacted unless they may be kept; a value of asterisks is one the source masked.</summary>
    /// <param name="row">The entry.</param>
    /// <param name="mayKeep">Whether a value may be kept in clear, by key and value.</param>
    public KeyValueEntry? Entry(Json row, Func<string, string, bool> mayKeep)
    {
        if (row.Text("name") is not { } key)
        {
            return null;
        }

        var value = row["value"];
        return new KeyValueEntry(
            key,
            value.IsObject ? new ConfigurationValue(null, Redacted(value, "value"), value.Location)
                : value.AsText is null ? new ConfigurationValue(null, null, row.Location)
                : Value(key, value, mayKeep)
        );
    }

    /// <summary>A value of a key value map, by the same rule.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, a text.</param>
    /// <param name="mayKeep">Whether a value may be kept in clear, by key and value.</param>
    public ConfigurationValue Value(string key, Json value, Func<string, string, bool> mayKeep)
    {
        var text = value.AsText ?? "";
        return text.Length > 0 && text.All(c => c == '*') ? new ConfigurationValue(null, null, value.Location)
            : mayKeep(key, text) ? new ConfigurationValue(text, null, value.Location)
            : new ConfigurationValue(
                null,
                redactor.Redact(SecretShapes.KindOf(text) ?? (SecretNames.IsSecret(key) ? "credential" : "value"), text),
                value.Location
            );
    }

    public static ImmutableSortedDictionary<string, string> Properties(Json row)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var property in row["properties"].Objects("property"))
        {
            if (property.Text("name") is { } name)
            {
                builder[name] = property.Text("value", "");
            }
        }

        return builder.ToImmutable();
    }

    private Redacted? Redacted(Json value, string kind) =>
        value.IsObject ? new Redacted(value.Text("kind", kind), value.Text("length", "1-8"), value.Text("fingerprint"))
        : value.AsText is { Length: > 0 } text && !text.All(c => c == '*') ? redactor.Redact(kind, text)
        : null;

    private static ImmutableSortedDictionary<string, string> Attributes(Json row)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var attribute in row.Objects("attributes"))
        {
            if (attribute.Text("name") is { } name && !SecretNames.IsSecret(name))
            {
                builder[name] = attribute.Text("value", "");
            }
        }

        return builder.ToImmutable();
    }

    private static SslInfo Ssl(Json row) =>
        new()
        {
            Enabled = row.Flag("enabled"),
            Enforce = row.Flag("enforce"),
            ClientAuthEnabled = row.Flag("clientAuthEnabled"),
            IgnoreValidationErrors = row.Flag("ignoreValidationErrors"),
            IgnoreValidationErrorsLocation = row.Flag("ignoreValidationErrors") is null ? null : row["ignoreValidationErrors"].Location,
            KeyStore = row.Text("keyStore"),
            TrustStore = row.Text("trustStore"),
            KeyAlias = row.Text("keyAlias"),
            Location = row.Location,
        };
}
