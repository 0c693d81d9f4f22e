using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <summary>
/// What is interpreted: one endpoint of one bundle in one environment, or a shared flow that nothing known calls. It answers where things are; it does not run anything.
/// </summary>
public sealed class FlowProgram
{
    private readonly Func<FlowProgram, string, SharedFlowLookup> findSharedFlow;
    private readonly Lazy<(ImmutableArray<SecretUse> Keys, bool MayDisclose)> attached;
    private AskedVariables? asked;

    internal FlowProgram(
        ApigeeOrganization organization,
        ApigeeEnvironment? environment,
        Bundle bundle,
        ProxyEndpoint? endpoint,
        Func<FlowProgram, string, SharedFlowLookup> findSharedFlow
    )
    {
        Organization = organization;
        Environment = environment;
        Bundle = bundle;
        Endpoint = endpoint;
        this.findSharedFlow = findSharedFlow;
        attached = new(() =>
        {
            var policies = AttachedPolicies().Policies;
            ImmutableArray<SecretUse> keys =
            [
                .. policies
                    .Select(pair => pair.Policy)
                    .Where(policy => policy is JwtPolicy or HmacPolicy or BasicAuthenticationPolicy)
                    .SelectMany(SecretUses.Of)
                    .DistinctBy(use => use.Variable, StringComparer.Ordinal),
            ];
            return (keys, !keys.IsEmpty || policies.Any(pair => pair.Policy is GenerateJwtPolicy { IsSigned: true }));
        });
    }

    /// <summary>The organization.</summary>
    public ApigeeOrganization Organization { get; }

    /// <summary>The environment; null when deployments are not known and the bundle stands for itself.</summary>
    public ApigeeEnvironment? Environment { get; }

    /// <summary>The proxy, or the shared flow that stands alone.</summary>
    public Bundle Bundle { get; }

    /// <summary>The proxy endpoint; null for a shared flow that stands alone.</summary>
    public ProxyEndpoint? Endpoint { get; }

    /// <summary>A stable key of names.</summary>
    public string Key =>
        (Organization.IsBundlesOnly ? Bundle.Path : $"{Organization.Name}/{Environment?.Name ?? "*"}/{Bundle.Name}")
        + (Endpoint is null ? "" : "/" + Endpoint.Name);

    /// <summary>Proxy and environment in words.</summary>
    public string Title => Bundle.Description + (Environment is null ? "" : $", environment '{Environment.Name}'");

    /// <summary>The base path in front of <c>proxy.pathsuffix</c>; wildcard segments are shown as <c>x</c>.</summary>
    public string BasePath => (Endpoint?.BasePath ?? "").Replace("*", "x", StringComparison.Ordinal).TrimEnd('/');

    /// <summary>
    /// What is left of a path behind the base path, which is <c>proxy.pathsuffix</c>; null when the path is not of this endpoint. A <c>*</c> in a base path is one segment
    /// of any kind (api-proxy-configuration reference, 2026-04-10).
    /// </summary>
    public string? SuffixOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Endpoint is null)
        {
            return null;
        }

        var rest = path.AsSpan();
        foreach (var segment in (Endpoint.BasePath ?? "").TrimEnd('/').Split('/').Skip(1))
        {
            if (rest is not ['/', ..])
            {
                return null;
            }

            var end = rest[1..].IndexOf('/') is >= 0 and var slash ? slash + 1 : rest.Length;
            var actual = rest[1..end];
            if (segment == "*" ? actual.IsEmpty : !actual.SequenceEqual(segment))
            {
                return null;
            }

            rest = rest[end..];
        }

        return rest.IsEmpty || rest[0] == '/' ? rest.ToString() : null;
    }

    /// <summary>The shared flow of that name, as it runs here.</summary>
    public SharedFlowLookup FindSharedFlow(string name) => findSharedFlow(this, name);

    /// <summary>The flow hook of a point: attached, known to be absent, or not known.</summary>
    public (FlowHook? Hook, Coverage Coverage) FindHook(string point)
    {
        if (Environment is null)
        {
            return (null, Coverage.Complete.Instance);
        }

        var hook = Environment.FlowHooks.Items.FirstOrDefault(candidate => string.Equals(candidate.Point, point, StringComparison.Ordinal));
        return (hook is { SharedFlow: not null } ? hook : null, Environment.FlowHooks.Coverage);
    }

    /// <summary>
    /// Every policy that is attached anywhere in the bundle, in the flow hooks of the environment, and in the shared flows that these call; each once, with its bundle.
    /// The second part says whether that is all: false when a shared flow or the hooks are not known.
    /// </summary>
    public (ImmutableArray<(Bundle Owner, Policy Policy)> Policies, bool IsAll) AttachedPolicies()
    {
        var policies = ImmutableArray.CreateBuilder<(Bundle, Policy)>();
        var seen = new HashSet<Bundle>(ReferenceEqualityComparer.Instance) { Bundle };
        var waiting = new Queue<Bundle>([Bundle]);
        var isAll = true;
        foreach (var point in FlowHook.Points)
        {
            var (hook, coverage) = FindHook(point);
            isAll &= coverage.IsComplete;
            Follow(hook?.SharedFlow);
        }

        while (waiting.TryDequeue(out var bundle))
        {
            foreach (var name in ConditionWalker.Steps(bundle).Select(step => step.Policy).Distinct(StringComparer.Ordinal))
            {
                if (bundle.FindPolicy(name) is { } policy)
                {
                    policies.Add((bundle, policy));
                    Follow((policy as FlowCalloutPolicy)?.SharedFlow);
                }
            }
        }

        return (policies.ToImmutable(), isAll);

        void Follow(string? sharedFlow)
        {
            if (sharedFlow is null)
            {
                return;
            }

            var lookup = FindSharedFlow(sharedFlow);
            isAll &= lookup.Why is null;
            if (lookup.Bundle is { } found && seen.Add(found))
            {
                waiting.Enqueue(found);
            }
        }
    }

    /// <summary>The variables that attached policies take their keys and passwords from.</summary>
    internal ImmutableArray<SecretUse> KeyUses => attached.Value.Keys;

    /// <summary>
    /// Whether a condition, a script that can be read, or a copy of a variable reads the variable in the bundle or in a shared flow that it calls. A script that makes the names it reads
    /// may read any.
    /// </summary>
    internal bool IsAskedFor(string variable, TraceKnowledge knowledge)
    {
        var (names, mayBeAny) = asked ??= Asked(knowledge);
        return mayBeAny || names.Contains(variable);
    }

    /// <summary>Whether there is a key or a token of the gateway's that an answer could give away.</summary>
    internal bool MayDisclose => attached.Value.MayDisclose;

    /// <summary>The entry of a property set: of the bundle that runs, of the proxy, then of the environment.</summary>
    public ConfigurationLookup FindProperty(string variable, Bundle running)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(running);
        foreach (var bundle in ReferenceEquals(running, Bundle) ? (ReadOnlySpan<Bundle>)[Bundle] : [running, Bundle])
        {
            if (Find(bundle.PropertySets, variable) is { } found)
            {
                return found;
            }
        }

        if (Environment is null)
        {
            return new ConfigurationLookup(null, new Coverage.NotCollected("the property sets of the environment"));
        }

        return Find(Environment.PropertySets.Items, variable) ?? new ConfigurationLookup(null, Environment.PropertySets.Coverage);
    }

    /// <summary>The entry of a key value map.</summary>
    /// <param name="map">The map's name.</param>
    /// <param name="scope">organization, environment, apiproxy or policy.</param>
    /// <param name="key">The entry's key.</param>
    public ConfigurationLookup FindEntry(string map, string scope, string key)
    {
        var maps = scope switch
        {
            "organization" => Organization.KeyValueMaps,
            "apiproxy" => Organization.ProxyKeyValueMaps.Items.FirstOrDefault(proxy => proxy.Proxy == Bundle.Name)?.Maps
                ?? new Collected<KeyValueMap>([], Organization.ProxyKeyValueMaps.Coverage),
            "policy" => Collected<KeyValueMap>.None,
            _ => Environment?.KeyValueMaps ?? Collected<KeyValueMap>.None,
        };
        if (maps.Items.FirstOrDefault(candidate => string.Equals(candidate.Name, map, StringComparison.Ordinal)) is not { } found)
        {
            return new ConfigurationLookup(null, maps.Coverage);
        }

        return found.Entries.Items.FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.Ordinal)) is { } entry
            ? new ConfigurationLookup(entry.Value, Coverage.Complete.Instance)
            : new ConfigurationLookup(null, found.Entries.Coverage);
    }

    private AskedVariables Asked(TraceKnowledge knowledge)
    {
        var policies = AttachedPolicies().Policies;
        var conditions = policies
            .Select(pair => pair.Owner)
            .Append(Bundle)
            .Distinct()
            .SelectMany(bundle => ConditionWalker.Of(Organization, bundle))
            .SelectMany(condition => VariablesOf(condition.Parsed.Condition));
        var scripts = policies
            .Where(pair => pair.Policy is ScriptPolicy { IsJavaScript: true })
            .Select(pair => TokenCode.Of((ScriptPolicy)pair.Policy, pair.Owner, knowledge))
            .ToList();
        return new AskedVariables(
            conditions
                .Concat(policies.SelectMany(pair => CopiedBy(pair.Policy)))
                .Concat(scripts.SelectMany(script => script.Reads))
                .Select(VariableName.Canonical)
                .ToHashSet(StringComparer.Ordinal),
            scripts.Exists(script => script.ReadsByMadeNames)
        );
    }

    // What becomes a variable of another name, which may be asked for then.
    private static IEnumerable<string> CopiedBy(Policy policy) =>
        policy switch
        {
            AssignMessagePolicy assign => assign.Variables.SelectMany(CopiedBy),
            RaiseFaultPolicy raise => raise.Variables.SelectMany(CopiedBy),
            FlowCalloutPolicy call => call.Parameters.SelectMany(parameter =>
                MessageTemplate.Variables(parameter.Value.Text).Append(parameter.Value.Reference ?? "")
            ),
            ExtractVariablesPolicy extract => extract
                .Extractions.Where(extraction => extraction.Source == ExtractionSource.Variable)
                .Select(extraction => extraction.Name),
            _ => [],
        };

    private static IEnumerable<string> CopiedBy(VariableAssignment assignment) =>
        MessageTemplate.Variables(assignment.Template ?? "").Append(assignment.Reference ?? "");

    private static IEnumerable<string> VariablesOf(Condition condition) =>
        condition switch
        {
            Condition.And and => VariablesOf(and.Left).Concat(VariablesOf(and.Right)),
            Condition.Or or => VariablesOf(or.Left).Concat(VariablesOf(or.Right)),
            Condition.Not not => VariablesOf(not.Inner),
            Condition.Relation relation => new[] { relation.Left, relation.Right }
                .Where(operand => operand.Kind == OperandKind.Variable)
                .Select(operand => operand.Text),
            Condition.Bare bare => [bare.Operand.Text],
            _ => [],
        };

    private static ConfigurationLookup? Find(ImmutableArray<PropertySet> sets, string variable)
    {
        // Set names and keys may both hold dots: the longest set name that fits wins.
        PropertySet? best = null;
        foreach (var set in sets)
        {
            if (variable.StartsWith(set.Name + ".", StringComparison.Ordinal) && (best is null || set.Name.Length > best.Name.Length))
            {
                best = set;
            }
        }

        return best is null ? null
            : best.Entries.TryGetValue(variable[(best.Name.Length + 1)..], out var value)
                ? new ConfigurationLookup(value, Coverage.Complete.Instance)
            : new ConfigurationLookup(null, Coverage.Complete.Instance);
    }

    /// <summary>The variables that something reads.</summary>
    private sealed record AskedVariables(HashSet<string> Names, bool MayBeAny);
}

/// <summary>The outcome of looking a value up.</summary>
/// <param name="Value">The value; null when there is none or none that is known.</param>
/// <param name="Coverage">Complete: a missing value does not exist. Otherwise: why it is not known.</param>
public sealed record ConfigurationLookup(ConfigurationValue? Value, Coverage Coverage);

/// <summary>The outcome of looking a shared flow up.</summary>
/// <param name="Bundle">The shared flow; null when there is none or none that is known.</param>
/// <param name="Why">Why it is not known; null when it is, or when it is known not to exist.</param>
public sealed record SharedFlowLookup(Bundle? Bundle, string? Why);
