using Auditor.Collectors.Answers;

namespace Auditor.Collectors.Apigee;

/// <summary>How much of an organization is read.</summary>
internal sealed record ApigeeScope
{
    /// <summary>Everything that a recording holds.</summary>
    public static ApigeeScope Recorded { get; } = new() { KeyValueMapValues = true, AppCredentials = true };

    /// <summary>The recording that is being written, and the organization's folder in it; null when the organization is read from one.</summary>
    public (RecordingWriter Writer, string Folder)? Recording { get; init; }

    /// <summary>Whether the organization is asked, and may change while it is.</summary>
    public bool IsLive => Recording is not null;

    /// <summary>Whether the values of key value maps are read.</summary>
    public bool KeyValueMapValues { get; init; }

    /// <summary>Whether the keys of apps are read.</summary>
    public bool AppCredentials { get; init; }

    /// <summary>What the gateway uses entries of maps for; filled once bundles are read, and asked before entries are kept.</summary>
    public KeyValueUses Uses { get; } = new();
}
