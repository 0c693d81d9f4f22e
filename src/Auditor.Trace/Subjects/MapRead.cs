using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>A read of a key value map.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Bundle">The bundle.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Get">The read.</param>
/// <param name="Uses">The places of the bundle that take the variable for a secret.</param>
public sealed record MapRead(
    ApigeeOrganization Organization,
    Bundle Bundle,
    KeyValueMapOperationsPolicy Policy,
    KeyValueMapGet Get,
    ImmutableArray<SecretUse> Uses
) : ISubject
{
    /// <summary>The last part of the key as written; empty when a variable chooses it.</summary>
    public string Entry => Get.Key.IsEmpty ? "" : Get.Key[^1].Text;

    /// <inheritdoc/>
    public string Key => $"{Names.Of(Bundle, Organization)}/{Policy.Name}/{Get.AssignTo}";

    /// <inheritdoc/>
    public string Title => $"KeyValueMapOperations '{Policy.Name}' of {Bundle.Description}, which reads into '{Get.AssignTo}'";

    /// <inheritdoc/>
    public SourceLocation Location => Get.Location;

    /// <inheritdoc/>
    public string? Environment => null;

    /// <summary>The reads of a bundle, in the order of policies and reads.</summary>
    internal static IEnumerable<MapRead> Of(ApigeeOrganization organization, Bundle bundle)
    {
        var uses = bundle.Policies.Values.SelectMany(SecretUses.Of).ToLookup(use => use.Variable, StringComparer.Ordinal);
        foreach (var policy in bundle.Policies.Values.OfType<KeyValueMapOperationsPolicy>())
        {
            foreach (var get in policy.Gets)
            {
                yield return new MapRead(organization, bundle, policy, get, [.. uses[VariableName.Canonical(get.AssignTo)]]);
            }
        }
    }
}

/// <summary>A place that takes a variable for a secret.</summary>
/// <param name="Variable">The variable, in its one spelling.</param>
/// <param name="As">As what, in words: <c>the password of BasicAuthentication 'BA-Backend'</c>.</param>
/// <param name="Location">Where.</param>
public sealed record SecretUse(string Variable, string As, SourceLocation Location);
