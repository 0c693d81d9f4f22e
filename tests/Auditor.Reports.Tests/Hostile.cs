using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Reports.Tests;

/// <summary>
/// Puts a text into every string of a run that an audited system, a file or a person outside could have written. Fields are found by reflection, so that one that is
/// added tomorrow is tested tomorrow.
/// </summary>
internal sealed class Hostile(Func<string, string> rewrite)
{
    // Words of the program itself: ids, states, digests.
    internal static readonly HashSet<string> Ours = new(StringComparer.Ordinal)
    {
        "Finding.Verdict",
        "Finding.Fingerprint",
        "Finding.Also",
        "Evaluation.Verdict",
        "Evaluation.Finding",
        "TrustEdge.Findings",
        "TrustNode.Findings",
        "ConnectionItem.Findings",
        "Acceptance.Kind",
        "AuditedSystem.Kind",
        "ArtifactDigest.Sha256",
        "AuditRun.ToolVersion",
        "Checkout.Repository",
        "Checkout.Revision",
        "WitnessStep.Outcome",
        "CollectorNotice.Code",
    };

    private readonly Dictionary<object, object> done = new(ReferenceEqualityComparer.Instance);

    /// <summary>The fields that were rewritten.</summary>
    public SortedSet<string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>The run with the text everywhere.</summary>
    public AuditRun Run(AuditRun run) => (AuditRun)Rewrite(run, "AuditRun")!;

    private object? Rewrite(object? value, string field)
    {
        switch (value)
        {
            case null or RuleInfo or RuleDescription:
                return value;
            case string text:
                Fields.Add(field);
                return rewrite(text);
            case IEnumerable items
                when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>):
                return typeof(Hostile)
                    .GetMethod(nameof(Many), BindingFlags.NonPublic | BindingFlags.Instance)!
                    .MakeGenericMethod(type.GenericTypeArguments[0])
                    .Invoke(this, [items, field]);
            default:
                return value.GetType().GetMethod("<Clone>$") is { } clone ? Record(value, clone) : value;
        }
    }

    private ImmutableArray<T> Many<T>(IEnumerable items, string field) =>
        ImmutableCollectionsMarshal.AsImmutableArray(items.Cast<T>().Select(item => (T)Rewrite(item, field)!).ToArray());

    private object Record(object value, MethodInfo clone)
    {
        if (done.TryGetValue(value, out var known))
        {
            return known;
        }

        var copy = clone.Invoke(value, [])!;
        done[value] = copy;
        foreach (
            var property in value
                .GetType()
                .GetProperties()
                .Where(property => property is { CanRead: true, CanWrite: true } && property.GetIndexParameters().Length == 0)
        )
        {
            var field = $"{value.GetType().Name}.{property.Name}";
            if (!Ours.Contains(field))
            {
                property.SetValue(copy, Rewrite(property.GetValue(value), field));
            }
        }

        return copy;
    }
}
