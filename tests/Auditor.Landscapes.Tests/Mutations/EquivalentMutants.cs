using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>
/// Edits that look like a way in and are none in Meridian. Its scope test reads <c>jwt.VJ-Okta.decoded.claim.scp</c>; where VJ-Okta did not run that variable does not
/// exist, the script takes it for an empty list, <c>scope.ok</c> is "false", and RF-Scope answers 403 to every request of every flow; what matches no flow gets 404. So nobody
/// reaches the backend: callers with a good token do not, either, which is an outage and no bypass. Saying "reaches the backend" about it would be wrong.
/// </summary>
public sealed class EquivalentMutants
{
    private static readonly SortedDictionary<string, (Action<Estate> Edit, string[] Said)> Edits = new(StringComparer.Ordinal)
    {
        ["31 the verification is taken away"] = (estate => estate.WithoutStep(OrdersEndpoint, "FC-Authn"), []),
        // Whether a VerifyJWT that failed and went on leaves claims behind, the documents do not say; if it does, VAK-Client takes the id of a client out of a forged token.
        ["32 the verification goes on when it fails"] = (estate => PathMutations.FailsOpen(estate), ["POL-002 open "]),
        ["34 the verification needs a header"] = (estate => PathMutations.Guarded(estate, "request.header.authorization != null"), []),
        ["35 a header switches the verification off"] = (
            estate => PathMutations.Guarded(estate, "request.header.x-internal != \"true\""),
            []
        ),
    };

    public static TheoryData<string> Names => [.. Edits.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_sure_to_reach_the_backend_and_no_more_is_said(string name)
    {
        var estate = Estate.Load("meridian");
        Edits[name].Edit(estate);
        Assert.Equal(Edits[name].Said, Outcome.Keys(estate.AuditAsDeclared()));
    }
}
