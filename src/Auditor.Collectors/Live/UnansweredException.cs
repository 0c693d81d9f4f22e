using Auditor.Model;

namespace Auditor.Collectors.Live;

/// <summary>A request that got no answer that could be used. Says in the landscape's terms what that means for the part that was asked for.</summary>
/// <param name="coverage">What to say of the part: denied or failed, with a reason that quotes nothing.</param>
/// <param name="isTransient">Whether asking again may help.</param>
/// <param name="inner">What the transport said; for the debugger, never for output.</param>
internal sealed class UnansweredException(Coverage coverage, bool isTransient, Exception? inner = null)
    : HttpRequestException(coverage.Reason, inner)
{
    public UnansweredException(string reason, bool isTransient, Exception? inner = null)
        : this(new Coverage.Failed(reason), isTransient, inner) { }

    /// <summary>What to say of the part.</summary>
    public Coverage Coverage { get; } = coverage;

    /// <summary>Whether the request was refused here, before it was sent. That says nothing about the source.</summary>
    public bool WasNotSent { get; init; }

    /// <summary>Whether asking again may help.</summary>
    public bool IsTransient { get; } = isTransient;
}
