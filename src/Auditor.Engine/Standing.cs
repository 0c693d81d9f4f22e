using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>The judgements about one thing taken together: the worst of them, and the findings that tell of them.</summary>
internal sealed class Standing
{
    private readonly SortedSet<string> findings = new(StringComparer.Ordinal);

    /// <summary>The findings, ordered.</summary>
    public ImmutableArray<string> Findings => [.. findings];

    /// <summary>How it stands; None where nothing was judged.</summary>
    public ConnectionState State { get; private set; } = ConnectionState.None;

    /// <summary>Takes a judgement in.</summary>
    /// <param name="judgement">The judgement.</param>
    /// <param name="finding">The finding that tells of it; null when none does.</param>
    public void Add(Judgement judgement, Finding? finding)
    {
        var state = judgement.Verdict switch
        {
            Verdict.Passed => ConnectionState.Pass,
            Verdict.Fail when finding?.Accepted is not null => ConnectionState.Accepted,
            Verdict.Fail => ConnectionState.Fail,
            Verdict.Open => ConnectionState.Open,
            Verdict.NotAssessed => ConnectionState.NotAssessed,
            _ => ConnectionState.None,
        };
        if (state == ConnectionState.None)
        {
            return;
        }

        State = State == ConnectionState.None || state > State ? state : State;
        if (finding is not null)
        {
            findings.Add(finding.Fingerprint);
        }
    }
}
