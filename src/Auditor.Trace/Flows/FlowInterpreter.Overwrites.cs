using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>What code that cannot be read may have done to variables.</content>
internal sealed partial class FlowInterpreter
{
    private Symbol Written(string title, string name, SourceLocation location) =>
        symbols.Get(
            $"written:{title}:{name}",
            () =>
                new Symbol($"written:{title}:{name}", VariableKind.Unknown, true, $"{title}, which may set '{name}'", $"what {title} does")
                {
                    Location = location,
                    IsWritten = true,
                }
        );

    /// <summary>What nobody can read may set any variable, whether or not something else has.</summary>
    private void WriteAnything(string title, SourceLocation location, int runs, FlowState state, Bundle owner)
    {
        state.AddWriter(new OpaqueWriter(runs, title, location));
        Overwrite(title, location, runs, state, owner);
    }

    /// <summary>
    /// Code that nobody can read may also change what earlier steps have set. It is not taken to change messages, or what policies of Apigee report: those have names of their
    /// own, which no estate's code was seen to write to.
    /// </summary>
    private void Overwrite(string title, SourceLocation location, int runs, FlowState state, Bundle owner)
    {
        // Whether it does is one question for all of them: what only some of them would change is asked of their values.
        foreach (
            var name in state
                .Names.Where(name => IsOfTheEstate(name) && program.IsAskedFor(name, knowledge))
                .Order(StringComparer.Ordinal)
                .ToArray()
        )
        {
            var guard = diagram.And(runs, symbols.Unknown($"{title} overwrites what is set", $"what {title} does", location));
            Assign(
                name,
                new FlowValue.Named(Written(title, name, location), ""),
                new ProvenanceChain(new Provenance(location, "may overwrite it"), null),
                guard,
                state,
                owner
            );
        }
    }

    private static readonly string[] Reported =
    [
        "request",
        "response",
        "message",
        "error",
        "fault",
        "jwt",
        "jws",
        "oauthV2",
        "verifyapikey",
        "apiproduct",
        "developer",
        "app",
        "servicecallout",
        "javascript",
        "ratelimit",
        "raisefault",
        "assertcondition",
        "lookupcache",
        "target",
        "client_id",
        "access_token",
        "scope",
        "grant_type",
    ];

    /// <summary>Whether a variable is one that an estate makes for itself, and not one that Apigee's policies report in.</summary>
    internal static bool IsOfTheEstate(string name) =>
        !name.EndsWith(".failed", StringComparison.Ordinal) && !Reported.Contains(name.Split('.')[0], StringComparer.OrdinalIgnoreCase);

    /// <summary>What a setting refers to is taken as configuration sets it: that code rewrites the issuer or the key of a check is nothing anybody does.</summary>
    private IEnumerable<Alternative> AsConfigured(Alternative[] values)
    {
        if (!symbols.IsFrozen || !Array.Exists(values, IsOverwritten))
        {
            return values;
        }

        var kept = values.Where(value => !IsOverwritten(value)).ToList();
        if (kept.Count == 0)
        {
            return values;
        }

        // With what decides whether it is overwritten out of the way.
        var deciding = values.Where(IsOverwritten).SelectMany(value => diagram.Support(value.Guard)).Where(IsOverwriting).ToHashSet();
        return kept.Select(value =>
            value with
            {
                Guard = deciding.Aggregate(value.Guard, (guard, variable) => diagram.Restrict(guard, variable, 0)),
            }
        );
    }

    private static bool IsOverwritten(Alternative value) => value.Value is FlowValue.Named { Symbol.IsWritten: true };

    private bool IsOverwriting(int variable) => diagram.NameOf(variable).EndsWith("' overwrites what is set", StringComparison.Ordinal);
}
