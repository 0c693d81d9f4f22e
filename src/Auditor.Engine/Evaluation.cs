using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>What a rule said about one subject. All of them together are the population that an audit stands on, what is in order included.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subject">The subject by stable names.</param>
/// <param name="Title">The subject in words.</param>
/// <param name="Environment">The environment it belongs to; null when it belongs to none or to all.</param>
/// <param name="Location">Where the subject is written.</param>
/// <param name="Verdict">pass, notApplicable, fail, open or notAssessed.</param>
/// <param name="Finding">The fingerprint of the finding that tells of it; null for pass and notApplicable.</param>
public sealed record Evaluation(
    RuleInfo Rule,
    string Subject,
    string Title,
    string? Environment,
    SourceLocation Location,
    string Verdict,
    string? Finding
);
