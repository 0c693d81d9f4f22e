using Auditor.Collectors.Answers;

namespace Auditor.Collectors.Okta;

/// <summary>How much of an org is read.</summary>
internal sealed record OktaScope
{
    /// <summary>Everything that a recording holds.</summary>
    public static OktaScope Recorded { get; } = new() { EveryApp = true };

    /// <summary>The recording that is being written, and the org's folder in it; null when the org is read from one.</summary>
    public (RecordingWriter Writer, string Folder)? Recording { get; init; }

    /// <summary>Whether the org is asked, and may change while it is.</summary>
    public bool IsLive => Recording is not null;

    /// <summary>Whether what takes a request per app is read for every client.</summary>
    public bool EveryApp { get; init; }

    /// <summary>Whether the ages of client secrets are read.</summary>
    public bool SecretAges { get; init; }

    /// <summary>From when on changes are read from the System Log; null for not at all, when live.</summary>
    public DateTimeOffset? LogSince { get; init; }

    /// <summary>The org's time.</summary>
    public Func<DateTimeOffset>? Now { get; init; }

    /// <summary>The keys that gateways know their callers by, once they are known; null for none.</summary>
    public Task<ImmutableHashSet<string>>? GatewayKeys { get; init; }

    /// <summary>Client ids that must be visible.</summary>
    public ImmutableArray<string> MustSee { get; init; } = [];

    /// <summary>The client id of the program itself; null when it has none.</summary>
    public string? OwnClientId { get; init; }

    /// <summary>
    /// Told how many requests there will be at least, once that is known: to the management API, those of them that are made once per app, and to the public documents.
    /// </summary>
    public Action<int, int, int>? Plan { get; init; }
}
