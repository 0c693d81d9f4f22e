namespace Auditor.Collectors.Live;

/// <summary>A request that the program may send.</summary>
/// <param name="Method">GET, but for the endpoints of token services.</param>
/// <param name="Template">The path with names in braces for what varies: <c>/api/v1/apps/{app}/groups</c>.</param>
/// <param name="Permission">What the caller needs in the source's own terms, e.g. an OAuth scope; null for public documents, to which no credential is sent.</param>
/// <param name="Purpose">What it is read for, as a noun phrase.</param>
public sealed record Endpoint(HttpMethod Method, string Template, string? Permission, string Purpose)
{
    private readonly string[] segments = Template.Split('/');

    /// <summary>Whether a path, without its query, is one of the template's. A name stands for exactly one segment, and never for one that hides a separator.</summary>
    public bool Matches(string path)
    {
        var actual = path.Split('/');
        if (actual.Length != segments.Length)
        {
            return false;
        }

        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] is ['{', .., '}'] ? !IsName(actual[i]) : segments[i] != actual[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsName(string segment) =>
        segment.Length > 0
        && segment is not ("." or "..")
        && !segment.Contains("%2F", StringComparison.OrdinalIgnoreCase)
        && !segment.Contains("%5C", StringComparison.OrdinalIgnoreCase)
        && !segment.Contains("%2E%2E", StringComparison.OrdinalIgnoreCase);
}

/// <summary>All requests that the program may send to one host. Whatever is not in the table does not leave the program.</summary>
public sealed class EndpointTable
{
    private readonly ImmutableArray<Endpoint> endpoints;

    /// <summary>A table for a host.</summary>
    /// <param name="origin">The scheme, host and port.</param>
    /// <param name="endpoints">The requests.</param>
    public EndpointTable(Uri origin, ImmutableArray<Endpoint> endpoints)
    {
        Origin = origin;
        this.endpoints = endpoints;
    }

    /// <summary>The scheme, host and port.</summary>
    public Uri Origin { get; }

    /// <summary>The endpoint that a request is for; null when the request is none of them.</summary>
    public Endpoint? Find(HttpMethod method, Uri uri) =>
        IsHere(uri) ? endpoints.FirstOrDefault(endpoint => endpoint.Method == method && endpoint.Matches(uri.AbsolutePath)) : null;

    /// <summary>Whether an address is on the host of the table, by scheme, name and port, and carries no credentials.</summary>
    public bool IsHere(Uri uri) =>
        uri.IsAbsoluteUri
        && uri.Scheme == Origin.Scheme
        && string.Equals(uri.IdnHost, Origin.IdnHost, StringComparison.OrdinalIgnoreCase)
        && uri.Port == Origin.Port
        && uri.UserInfo.Length == 0;
}
