using System.Runtime.InteropServices;

namespace Auditor.Collectors.Live;

/// <summary>What a request counts against.</summary>
/// <param name="Name">The name; requests with one name share one bucket.</param>
/// <param name="Assumed">Its size in requests per window where answers do not say it; null: then there is none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RateBucket(string Name, int? Assumed)
{
    /// <summary>How long a window is.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);
}
