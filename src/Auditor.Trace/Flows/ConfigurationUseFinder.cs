using System.Text.RegularExpressions;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Finds the names that an endpoint expects its environment to know: in the attached, enabled policies of the proxy and of the shared flows it calls.</summary>
internal static partial class ConfigurationUseFinder
{
    private const string Property = "propertyset.";

    /// <summary>The uses of an endpoint in its environment, in the order of bundles, policies and places; nothing where no environment is known.</summary>
    public static IEnumerable<ConfigurationUse> Find(FlowProgram program)
    {
        if (program.Environment is not { } environment || program.Endpoint is null)
        {
            yield break;
        }

        foreach (var bundle in Bundles(program))
        {
            var attached = ConditionWalker.Steps(bundle).Select(step => step.Policy).ToHashSet(StringComparer.Ordinal);
            foreach (var policy in bundle.Policies.Values.Where(policy => policy.Enabled && attached.Contains(policy.Name)))
            {
                foreach (var use in Properties(policy.Root, program, bundle).Concat(Entries(policy, program)))
                {
                    yield return use;
                }
            }
        }

        foreach (var target in Targets(program))
        {
            if (target.Connection is not TargetConnection.Http http)
            {
                continue;
            }

            foreach (var server in http.Servers)
            {
                var known = environment.TargetServers.Items.Any(candidate => candidate.Name == server);
                yield return Use(program, "target server", server, known, environment.TargetServers.Coverage, false, http.Location);
            }

            foreach (
                var name in new[] { http.Ssl?.KeyStore, http.Ssl?.TrustStore }
                    .OfType<string>()
                    .Where(IsReference)
                    .Distinct(StringComparer.Ordinal)
            )
            {
                var reference = name["ref://".Length..];
                var known = environment.References.Items.Any(candidate => candidate.Name == reference);
                yield return Use(program, "reference", reference, known, environment.References.Coverage, false, http.Ssl!.Location);
            }
        }
    }

    private static bool IsReference(string name) => name.StartsWith("ref://", StringComparison.Ordinal);

    private static ConfigurationUse Use(
        FlowProgram program,
        string kind,
        string name,
        bool known,
        Coverage coverage,
        bool hasDefault,
        SourceLocation location
    ) =>
        new(
            program,
            kind,
            name,
            known ? true
                : coverage.IsComplete ? false
                : null,
            known ? null : coverage.Reason,
            hasDefault,
            location
        );

    // The targets that some route rule names.
    private static IEnumerable<TargetEndpoint> Targets(FlowProgram program) =>
        program.Bundle.TargetEndpoints.Where(target => program.Endpoint!.Routes.Any(route => route.TargetEndpoint == target.Name));

    private static List<Bundle> Bundles(FlowProgram program)
    {
        var result = new List<Bundle> { program.Bundle };
        for (var i = 0; i < result.Count; i++)
        {
            var called = result[i].Policies.Values.OfType<FlowCalloutPolicy>().Where(call => call.Enabled).Select(call => call.SharedFlow);
            foreach (var bundle in called.Select(name => program.FindSharedFlow(name).Bundle).OfType<Bundle>())
            {
                if (!result.Contains(bundle))
                {
                    result.Add(bundle);
                }
            }
        }

        return result;
    }

    private static IEnumerable<ConfigurationUse> Properties(Element root, FlowProgram program, Bundle bundle)
    {
        foreach (var element in root.SelfAndDescendants())
        {
            var named = element
                .Attributes.Where(attribute => attribute.Value.StartsWith(Property, StringComparison.Ordinal))
                .Select(attribute => attribute.Value)
                .Append(element.Text.StartsWith(Property, StringComparison.Ordinal) ? element.Text : "")
                .Where(name => name.Length > 0)
                .Concat(InTemplate().Matches(element.RawText).Select(match => match.Groups["name"].Value));
            foreach (var name in named.Distinct(StringComparer.Ordinal))
            {
                var lookup = program.FindProperty(name[Property.Length..], bundle);
                yield return Use(
                    program,
                    "property",
                    name[Property.Length..],
                    lookup.Value is not null,
                    lookup.Coverage,
                    element.Text.Length > 0
                        && !element.Text.Contains('{', StringComparison.Ordinal)
                        && !element.Text.StartsWith(Property, StringComparison.Ordinal),
                    element.Location
                );
            }
        }
    }

    private static IEnumerable<ConfigurationUse> Entries(Policy policy, FlowProgram program)
    {
        if (policy is not KeyValueMapOperationsPolicy { Map: { Reference: null, Text: { Length: > 0 } map }, Scope: "environment" } read)
        {
            yield break;
        }

        foreach (var get in read.Gets.Where(get => !get.Key.IsEmpty && get.Key.All(part => part is { Reference: null, Text.Length: > 0 })))
        {
            var key = string.Join("__", get.Key.Select(part => part.Text));
            var lookup = program.FindEntry(map, read.Scope, key);
            yield return Use(
                program,
                "key value map entry",
                $"{map}/{key}",
                lookup.Value is not null,
                lookup.Coverage,
                false,
                get.Location
            );
        }
    }

    [GeneratedRegex(
        """\{(?<name>propertyset\.[A-Za-z0-9_.-]+)\}""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex InTemplate();
}
