using Auditor.Model;

namespace Auditor.Trace.Flows;

/// <summary>
/// Compares the environments of a proxy: where nothing of the proxy itself verifies, and another environment is protected by a flow hook, what is missing here is
/// the hook.
/// </summary>
internal static class HookComparison
{
    public static void Apply(TracedEndpoint[] endpoints)
    {
        foreach (
            var group in endpoints.Where(endpoint => endpoint.Program.Environment is not null).GroupBy(Identity, StringComparer.Ordinal)
        )
        {
            var elsewhere = group.FirstOrDefault(endpoint => endpoint.ProtectedByHook is not null);
            if (elsewhere is null)
            {
                continue;
            }

            foreach (var endpoint in group.Where(endpoint => endpoint.ProtectedByHook is null))
            {
                endpoint.Operations =
                [
                    .. endpoint.Operations.Select(operation =>
                        operation.Bypass is { Cause: BypassCause.NoVerification } bypass
                            ? WithHook(operation, bypass, endpoint, elsewhere)
                            : operation
                    ),
                ];
            }
        }
    }

    private static string Identity(TracedEndpoint endpoint) =>
        $"{endpoint.Program.Organization.Name}/{endpoint.Program.Bundle.Name}/{endpoint.Program.Endpoint?.Name}";

    private static Operation WithHook(Operation operation, Bypass bypass, TracedEndpoint endpoint, TracedEndpoint elsewhere)
    {
        var environment = endpoint.Program.Environment!;
        var location =
            environment.FlowHooks.Items.FirstOrDefault(hook => hook.Point == elsewhere.ProtectedByHook!.Point)?.Location
            ?? environment.Location;
        return operation.With(
            bypass with
            {
                Cause = BypassCause.HookMissing,
                Culprit = new BypassStep(null, endpoint.Program.Bundle, null, elsewhere.ProtectedByHook, location, []),
            }
        );
    }
}
