using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Sec;

/// <summary>A secret in a key value map can be seen by more people than need it.</summary>
public sealed class SecretExposedByKvm : IRule<MapRead>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SEC-002",
        Name = "secret-exposed-by-kvm",
        Title =
            "A secret of a key value map is read into a variable that debug sessions show, or lies in a map that is not encrypted or too wide",
        Level = Level.Error,
        SecuritySeverity = 7.9,
        Cwe = 522,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "reads of key value maps",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(MapRead subject, AuditContext context)
    {
        if (!subject.Policy.Enabled || Evidence(subject) is not { } evidence)
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Get.AssignTo.StartsWith("private.", StringComparison.Ordinal))
        {
            return Readable(subject, evidence);
        }

        var maps = MapsOf(subject).ToList();
        if (maps.Find(found => found.Encrypted == false) is { } plain)
        {
            return Fail(
                subject,
                $"Key value map '{plain.Name}' is not encrypted and holds {evidence}: everyone who may read maps, and every export, shows it.",
                "unencrypted",
                Level.Error,
                7.9,
                "Create an encrypted map, move the entry there, and rotate the secret.",
                [new RelatedPlace(plain.Location, "the map")]
            );
        }

        var readers = Readers(subject, context);
        return subject.Policy.Scope == "organization" && readers.Count == 1 && subject.Organization.Proxies.IsComplete
            ? Fail(
                subject,
                $"{evidence[..1].ToUpperInvariant()}{evidence[1..]} lies in the organization's key value map '{subject.Policy.Map?.Text}', which every proxy of every environment may read, and only {subject.Bundle.Description} uses it.",
                "too-wide",
                Level.Warning,
                5.0,
                "Move the entry to a map of the environment or of the proxy.",
                []
            )
            : Verdict.Pass;
    }

    private static Verdict.Fail Readable(MapRead subject, string evidence) =>
        Fail(
            subject,
            $"KeyValueMapOperations '{subject.Policy.Name}' of {subject.Bundle.Description} reads {evidence} into '{subject.Get.AssignTo}': without the prefix 'private.' debug sessions show its value.",
            "readable-variable",
            Level.Error,
            7.0,
            $"Read it into 'private.{subject.Get.AssignTo}' and change every reference to the variable; rotate the secret if debug sessions were run.",
            [.. subject.Uses.Take(8).Select(use => new RelatedPlace(use.Location, $"it is used here as {use.As}"))]
        );

    private static Verdict.Fail Fail(
        MapRead subject,
        string message,
        string code,
        Level level,
        double severity,
        string remedy,
        ImmutableArray<RelatedPlace> related
    ) =>
        new()
        {
            Message = message,
            Location = subject.Location,
            Cause = subject.Key,
            Code = code,
            Level = level,
            SecuritySeverity = severity,
            Related = related,
            Remedy = remedy,
        };

    // What says that the value is a secret: how it is used, or what it is called.
    private static string? Evidence(MapRead subject)
    {
        var name = subject.Entry.Length > 0 ? $"entry '{subject.Entry}'" : $"the value of '{subject.Get.AssignTo}'";
        return !subject.Uses.IsEmpty ? $"{name}, which is {subject.Uses[0].As},"
            : SecretNames.IsSecret(subject.Entry) || SecretNames.IsSecret(subject.Get.AssignTo) ? name
            : null;
    }

    private static IEnumerable<KeyValueMap> MapsOf(MapRead subject)
    {
        var name = subject.Policy.Map?.Text ?? "";
        var maps = subject.Policy.Scope switch
        {
            "organization" => subject.Organization.KeyValueMaps.Items,
            "apiproxy" =>
            [
                .. subject
                    .Organization.ProxyKeyValueMaps.Items.Where(maps => maps.Proxy == subject.Bundle.Name)
                    .SelectMany(maps => maps.Maps.Items),
            ],
            _ => [.. subject.Organization.Environments.Items.SelectMany(environment => environment.KeyValueMaps.Items)],
        };
        return maps.Where(map => string.Equals(map.Name, name, StringComparison.Ordinal));
    }

    private static HashSet<string> Readers(MapRead subject, AuditContext context) =>
        context
            .Landscape.Apigee.Where(organization => ReferenceEquals(organization, subject.Organization))
            .SelectMany(organization => organization.Proxies.Items.Concat(organization.SharedFlows.Items))
            .Where(bundle =>
                bundle
                    .Policies.Values.OfType<KeyValueMapOperationsPolicy>()
                    .Any(policy =>
                        policy.Scope == subject.Policy.Scope
                        && policy.Map?.Text == subject.Policy.Map?.Text
                        && policy.Gets.Any(get => !get.Key.IsEmpty && get.Key[^1].Text == subject.Entry)
                    )
            )
            .Select(bundle => bundle.Kind + " " + bundle.Name)
            .ToHashSet(StringComparer.Ordinal);
}
