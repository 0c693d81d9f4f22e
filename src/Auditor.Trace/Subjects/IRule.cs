using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>A rule. It judges one kind of subject; see <see cref="IRule{TSubject}"/>.</summary>
public interface IRule
{
    /// <summary>What is known of the rule without running it.</summary>
    RuleInfo Info { get; }
}

/// <summary>
/// A rule over one kind of subject. It returns a verdict for every subject, so that a report can say how many were checked and how many could not be. A rule reads like a
/// sentence: guard, look, say.
/// </summary>
/// <typeparam name="TSubject">The kind of subject.</typeparam>
public interface IRule<in TSubject> : IRule
    where TSubject : ISubject
{
    /// <summary>Judges a subject. Pure: the same subject and context give the same verdict.</summary>
    Verdict Judge(TSubject subject, AuditContext context);
}

/// <summary>What a rule may look at besides its subject.</summary>
/// <param name="Traced">The landscape with what its gateways would do.</param>
/// <param name="Settings">What is declared about it.</param>
/// <param name="Now">The time of the audit: when the landscape was captured.</param>
public sealed record AuditContext(TracedLandscape Traced, AuditSettings Settings, DateTimeOffset Now)
{
    /// <summary>What changed since an earlier state; null when there is nothing to compare with.</summary>
    public EstateComparison? Comparison { get; init; }

    /// <summary>The landscape.</summary>
    public Landscape Landscape => Traced.Landscape;
}
