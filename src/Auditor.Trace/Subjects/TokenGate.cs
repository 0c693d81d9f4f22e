using Auditor.Model;

namespace Auditor.Trace;

/// <summary>
/// A place where scopes of callers' tokens could be asked for: an operation that leads to a backend, or, where none does, the policy that verifies Apigee's tokens and has an
/// element for them.
/// </summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Operation">The operation; null where none leads to a backend.</param>
/// <param name="Check">The policy that verifies Apigee's tokens; null for operations.</param>
public sealed record TokenGate(TracedEndpoint Endpoint, Operation? Operation, TokenCheck? Check) : IEndpointSubject
{
    /// <inheritdoc/>
    public string Key => Operation?.Key ?? Check!.Key;

    /// <inheritdoc/>
    public string Title => Operation?.Title ?? Check!.Title;

    /// <inheritdoc/>
    public SourceLocation Location => Operation?.Location ?? Check!.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;

    /// <summary>The gates of an endpoint.</summary>
    internal static IEnumerable<TokenGate> Of(TracedEndpoint endpoint) =>
        endpoint.Operations.IsEmpty
            ? endpoint
                .Checks.Where(check => check is { Kind: TokenCheckKind.ApigeeToken, Role: TokenRole.Bearer })
                .Select(check => new TokenGate(endpoint, null, check))
            : endpoint.Operations.Select(operation => new TokenGate(endpoint, operation, null));
}
