using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>Which requests go wrong, how, and how often.</summary>
public sealed class FaultPlan
{
    private readonly Lock gate = new();
    private readonly List<(Func<HttpRequest, bool> Hits, Fault Fault, int Left)> entries = [];

    /// <summary>How far the server's clock is ahead of the client's.</summary>
    public TimeSpan ClockSkew { get; set; }

    /// <summary>Makes requests fail.</summary>
    /// <param name="hits">The requests.</param>
    /// <param name="fault">How they fail.</param>
    /// <param name="times">How many of them; the rest is answered well.</param>
    public void Add(Func<HttpRequest, bool> hits, Fault fault, int times = int.MaxValue)
    {
        lock (gate)
        {
            entries.Add((hits, fault, times));
        }
    }

    /// <summary>Makes requests of a path fail.</summary>
    public void Add(string path, Fault fault, int times = int.MaxValue) =>
        Add(request => string.Equals(request.Path.Value, path, StringComparison.Ordinal), fault, times);

    /// <summary>Lets everything go well again.</summary>
    public void Clear()
    {
        lock (gate)
        {
            entries.Clear();
            ClockSkew = TimeSpan.Zero;
        }
    }

    internal Fault? Take(HttpRequest request)
    {
        lock (gate)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                var (hits, fault, left) = entries[i];
                if (left > 0 && hits(request))
                {
                    entries[i] = (hits, fault, left - 1);
                    return fault;
                }
            }

            return null;
        }
    }
}
