namespace Auditor.Trace.Issuance;

/// <summary>
/// One way to read the unclear points of Okta's policy evaluation. Every question about who gets which token is asked under all of them; what differs is open, and names
/// the point.
/// </summary>
/// <param name="ServicesIgnorePeople">See <see cref="Reading.ServicesIgnorePeople"/>.</param>
/// <param name="EveryoneByIdVoidsExclusion">See <see cref="Reading.EveryoneByIdVoidsExclusion"/>.</param>
/// <param name="NoPeopleIsAnybody">See <see cref="Reading.NoPeopleIsAnybody"/>.</param>
/// <param name="NoScopesIsNone">See <see cref="Reading.NoScopesIsNone"/>.</param>
internal readonly record struct IssuanceReading(
    bool ServicesIgnorePeople,
    bool EveryoneByIdVoidsExclusion,
    bool NoPeopleIsAnybody,
    bool NoScopesIsNone
)
{
    private static readonly Reading[] Points =
    [
        Reading.ServicesIgnorePeople,
        Reading.EveryoneByIdVoidsExclusion,
        Reading.NoPeopleIsAnybody,
        Reading.NoScopesIsNone,
    ];

    /// <summary>All combinations. The first is the one the documents support best.</summary>
    public static ImmutableArray<IssuanceReading> All { get; } =
    [
        .. Enumerable
            .Range(0, 1 << 4)
            .Select(bits => new IssuanceReading((bits & 1) == 0, (bits & 2) == 0, (bits & 4) == 0, (bits & 8) == 0)),
    ];

    /// <summary>
    /// The answer to a question under all readings: true or false when they agree; otherwise null, with the points that alone would turn the answer of the best reading,
    /// or all points when none would.
    /// </summary>
    public static (bool? Answer, ImmutableArray<Reading> DependsOn) Ask(Func<IssuanceReading, bool> question)
    {
        var answers = new bool[All.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = question(All[i]);
        }

        if (Array.TrueForAll(answers, answer => answer == answers[0]))
        {
            return (answers[0], []);
        }

        var turning = Enumerable.Range(0, Points.Length).Where(bit => answers[1 << bit] != answers[0]).Select(bit => Points[bit]).ToArray();
        return (null, [.. turning.Length > 0 ? turning : Points]);
    }
}
