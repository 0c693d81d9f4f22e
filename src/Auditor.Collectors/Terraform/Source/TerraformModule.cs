namespace Auditor.Collectors.Terraform.Source;

/// <summary>One instance of a resource or of a call of a module.</summary>
/// <param name="Address">The address.</param>
/// <param name="Index">The key of <c>for_each</c> or the number of <c>count</c>; null when it has neither.</param>
/// <param name="Scope">Where its expressions are looked up.</param>
internal sealed record SourceInstance(string Address, HclValue? Index, HclScope Scope);

/// <summary>
/// A module as it is called once: its variables have values. Everything is worked out when it is asked for, and once; what leads back to itself is not known.
/// </summary>
internal sealed class TerraformModule
{
    /// <summary>The most instances of one resource or module.</summary>
    public const int MaxInstances = 10_000;

    private const int MaxDepth = 20;

    private readonly SourceFolders folders;
    private readonly HclEvaluator evaluator;
    private readonly Func<string, HclValue?> inputs;
    private readonly TerraformModule? parent;
    private readonly Dictionary<string, string> passed = new(StringComparer.Ordinal);
    private readonly int depth;
    private readonly Dictionary<string, HclValue> worked = new(StringComparer.Ordinal);
    private readonly Dictionary<SourceBlock, ImmutableArray<SourceInstance>?> instances = [];
    private readonly Dictionary<string, TerraformModule> children = new(StringComparer.Ordinal);
    private readonly HashSet<string> types;

    /// <summary>The root module.</summary>
    public TerraformModule(SourceFolders folders, HclEvaluator evaluator, Func<string, HclValue?> inputs)
        : this(folders.Read(""), "", folders, evaluator, inputs, null) { }

    private TerraformModule(
        ModuleSource source,
        string address,
        SourceFolders folders,
        HclEvaluator evaluator,
        Func<string, HclValue?> inputs,
        TerraformModule? parent
    )
    {
        Source = source;
        Address = address;
        this.folders = folders;
        this.evaluator = evaluator;
        this.inputs = inputs;
        this.parent = parent;
        depth = parent is null ? 0 : parent.depth + 1;
        types = source.Resources.Values.Select(resource => resource.Block.Labels[0]).ToHashSet(StringComparer.Ordinal);
        Scope = new HclScope(Root, ImmutableDictionary<string, HclValue>.Empty);
    }

    /// <summary>What its files declare.</summary>
    public ModuleSource Source { get; }

    /// <summary>Its address; empty for the root module.</summary>
    public string Address { get; }

    /// <summary>Where its expressions are looked up.</summary>
    public HclScope Scope { get; }

    /// <summary>The address of something in it.</summary>
    public string In(string own) => Address.Length == 0 ? own : $"{Address}.{own}";

    /// <summary>The instances of a resource or of a call of a module; null when they are not known.</summary>
    public ImmutableArray<SourceInstance>? InstancesOf(SourceBlock block, string own)
    {
        if (!instances.TryGetValue(block, out var known))
        {
            // What it depends on may lead back here.
            instances[block] = null;
            instances[block] = known = Expanded(block, In(own));
        }

        return known;
    }

    /// <summary>The value of an attribute of an instance; not known when <c>ignore_changes</c> leaves it to whoever changes it.</summary>
    public HclValue Attribute(SourceBlock block, SourceInstance instance, string name) =>
        Once(
            instance.Address + "\n" + name,
            () =>
                IsIgnored(block, name) ? HclValue.Unknown
                : block.Body.Attributes.TryGetValue(name, out var attribute) ? evaluator.Value(attribute.Value, instance.Scope)
                : HclValue.Unknown
        );

    /// <summary>Whether a resource leaves an attribute to whoever changes it.</summary>
    public static bool IsIgnored(SourceBlock block, string name) =>
        block
            .Body.Blocks.Where(inner => inner.Type == "lifecycle")
            .Select(inner => inner.Body.Attributes.GetValueOrDefault("ignore_changes")?.Value)
            .Any(ignored =>
                ignored switch
                {
                    null => false,
                    HclExpression.List list => list.Items.Any(item => Begins(item, name)),
                    // all, or in a form that is not understood.
                    _ => true,
                }
            );

    /// <summary>The module that an instance of a call is; null when it is not read: it lies elsewhere, or too deep.</summary>
    public TerraformModule? Called(SourceBlock call, SourceInstance instance)
    {
        if (FolderOf(call) is not { } folder)
        {
            return null;
        }

        if (!children.TryGetValue(instance.Address, out var child))
        {
            // Modules that call themselves twice are many soon.
            evaluator.Spend(200);
            child = new TerraformModule(
                folders.Read(folder),
                instance.Address,
                folders,
                evaluator,
                name => call.Body.Attributes.TryGetValue(name, out var input) ? evaluator.Value(input.Value, instance.Scope) : null,
                this
            );
            if (call.Body.Attributes.GetValueOrDefault("providers")?.Value is HclExpression.Object providers)
            {
                foreach (var (key, value) in providers.Members)
                {
                    child.passed[ModuleSource.Plain(key) ?? NameOf(key) ?? ""] = ProviderOf(NameOf(value) ?? "");
                }
            }

            children.Add(instance.Address, child);
        }

        return child;
    }

    /// <summary>The folder of a module that lies in the tree; null when it does not, or the call is too deep.</summary>
    public string? FolderOf(SourceBlock call)
    {
        if (
            depth >= MaxDepth
            || ModuleSource.Plain(call.Body.Attributes.GetValueOrDefault("source")?.Value) is not { } path
            || !(path.StartsWith("./", StringComparison.Ordinal) || path.StartsWith("../", StringComparison.Ordinal))
        )
        {
            return null;
        }

        var parts = new List<string>(Source.Folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        var folder = string.Join('/', parts);
        return folders.Has(folder) ? folder : null;
    }

    /// <summary>The module that a call names, without values: for what it could hold.</summary>
    public ModuleSource? Declared(SourceBlock call) => FolderOf(call) is { } folder ? folders.Read(folder) : null;

    /// <summary>The key of the provider that a resource is made by: that of the module which sets it up.</summary>
    public string ProviderOf(SourceBlock resource) =>
        ProviderOf(
            resource.Body.Attributes.GetValueOrDefault("provider")?.Value is { } named
                ? NameOf(named) ?? ""
                : resource.Block.Labels[0].Split('_')[0]
        );

    private string ProviderOf(string name) =>
        passed.TryGetValue(name, out var outer) ? outer
        : Source.Providers.ContainsKey(name) || parent is null ? KeyOf(name)
        // One with an alias is never handed down unasked.
        : name.Contains('.', StringComparison.Ordinal) ? KeyOf(name)
        : parent.ProviderOf(name);

    /// <summary>The key of a provider that this module sets up.</summary>
    public string KeyOf(string provider) => Address.Length == 0 ? provider : $"{Address}:{provider}";

    private static string? NameOf(HclExpression expression) =>
        expression switch
        {
            HclExpression.Root root => root.Name,
            HclExpression.Attribute { Of: HclExpression.Root root } attribute => $"{root.Name}.{attribute.Name}",
            _ => ModuleSource.Plain(expression),
        };

    // The first name of okta_app_oauth's "groups_claim[0].value".
    private static bool Begins(HclExpression expression, string name)
    {
        while (expression is HclExpression.Attribute or HclExpression.Index)
        {
            expression = expression is HclExpression.Attribute attribute ? attribute.Of : ((HclExpression.Index)expression).Of;
        }

        return expression is HclExpression.Root root ? root.Name == name : ModuleSource.Plain(expression) is not { } text || text == name;
    }

    private HclValue Root(string name) =>
        name switch
        {
            "var" => HclValue.Thing(Variable),
            "local" => HclValue.Thing(Local),
            "module" => HclValue.Thing(Module),
            _ when types.Contains(name) => HclValue.Thing(own => Resource(name, own)),
            // data, path, terraform, self: what they are is known where Terraform runs.
            _ => HclValue.Unknown,
        };

    private HclValue Variable(string name) =>
        Once(
            "var." + name,
            () =>
            {
                if (!Source.Variables.TryGetValue(name, out var variable))
                {
                    return HclValue.Unknown;
                }

                var body = variable.Body.Attributes;
                var otherwise = body.TryGetValue("default", out var set) ? evaluator.Value(set.Value, HclScope.Empty) : HclValue.Unknown;
                var value = inputs(name) ?? otherwise;
                if (value.Kind == HclKind.Null && body.TryGetValue("nullable", out var nullable))
                {
                    value = evaluator.Value(nullable.Value, HclScope.Empty).AsTruth() == false ? otherwise : value;
                }

                if (body.TryGetValue("type", out var type))
                {
                    value = TerraformTypes.Convert(value, type.Value, evaluator);
                }

                // Whatever it is when it is not a plain 'false'.
                return value.Marked(
                    body.TryGetValue("sensitive", out var mark) && evaluator.Value(mark.Value, HclScope.Empty).AsTruth() != false
                );
            }
        );

    private HclValue Local(string name) =>
        Once("local." + name, () => Source.Locals.TryGetValue(name, out var local) ? evaluator.Value(local, Scope) : HclValue.Unknown);

    private HclValue Module(string name) =>
        Source.Modules.TryGetValue(name, out var call)
            ? Things(
                InstancesOf(call, "module." + name),
                instance => Called(call, instance) is { } child ? HclValue.Thing(child.Output) : HclValue.Unknown
            )
            : HclValue.Unknown;

    private HclValue Output(string name) =>
        Once(
            "output." + name,
            () =>
                Source.Outputs.TryGetValue(name, out var output) && output.Body.Attributes.TryGetValue("value", out var value)
                    ? evaluator.Value(value.Value, Scope).Marked(output.Body.Attributes.ContainsKey("sensitive"))
                    : HclValue.Unknown
        );

    private HclValue Resource(string type, string name) =>
        Source.Resources.TryGetValue($"{type}.{name}", out var block)
            ? Things(InstancesOf(block, $"{type}.{name}"), instance => HclValue.Thing(attribute => Known(block, instance, attribute)))
            : HclValue.Unknown;

    // What is written is what will be; what is not written, or null, may be made by the apply.
    private HclValue Known(SourceBlock block, SourceInstance instance, string name)
    {
        var value = Attribute(block, instance, name);
        return value is { Kind: HclKind.Null } or { Kind: HclKind.Unknown, Refers: [] }
            ? HclValue.Referring(instance.Address).Marked(value.IsSensitive)
            : value;
    }

    private static HclValue Things(ImmutableArray<SourceInstance>? instances, Func<SourceInstance, HclValue> thing) =>
        instances is not { } known ? HclValue.Unknown
        : known is [{ Index: null } only] ? thing(only)
        : known.All(instance => instance.Index?.Kind == HclKind.Number) ? HclValue.Of(known.Select(thing))
        : HclValue.Of(known.Select(instance => KeyValuePair.Create(instance.Index!.Text, thing(instance))));

    private ImmutableArray<SourceInstance>? Expanded(SourceBlock block, string address)
    {
        var body = block.Body.Attributes;
        if (body.TryGetValue("count", out var count))
        {
            var number = evaluator.Value(count.Value, Scope);
            return number.AsNumber() is { } known && !number.IsSensitive && known >= 0 && known == decimal.Truncate(known)
                ?
                [
                    .. Enumerable
                        .Range(0, Checked(known))
                        .Select(i => new SourceInstance(
                            string.Create(CultureInfo.InvariantCulture, $"{address}[{i}]"),
                            HclValue.Of(i),
                            Scope.With("count", HclValue.Of([KeyValuePair.Create("index", HclValue.Of(i))]))
                        )),
                ]
                : null;
        }

        if (!body.TryGetValue("for_each", out var each))
        {
            return [new SourceInstance(address, null, Scope)];
        }

        var over = evaluator.Value(each.Value, Scope);
        if (over.IsSensitive)
        {
            return null;
        }

        IEnumerable<(HclValue Key, HclValue Value)>? elements = over.Kind switch
        {
            HclKind.Object => over.Members.Select(member => (HclValue.Of(member.Key), member.Value)),
            HclKind.List when over.IsSet => over.Items.Select(item => (item, item)),
            _ => null,
        };
        return elements is null
            ? null
            :
            [
                .. elements
                    .Take(Checked(over.Members.Count + over.Items.Length))
                    .Select(element => new SourceInstance(
                        $"{address}[\"{Escaped(element.Key.Text)}\"]",
                        element.Key,
                        Scope.With(
                            "each",
                            HclValue.Of([KeyValuePair.Create("key", element.Key), KeyValuePair.Create("value", element.Value)])
                        )
                    )),
            ];
    }

    private int Checked(decimal count)
    {
        evaluator.Spend((long)Math.Min(count, MaxInstances));
        return count <= MaxInstances ? (int)count : throw new HclBudgetException();
    }

    // As Terraform writes an address.
    private static string Escaped(string key) =>
        key.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal)
            .Replace("${", "$${", StringComparison.Ordinal)
            .Replace("%{", "%%{", StringComparison.Ordinal);

    private HclValue Once(string what, Func<HclValue> work)
    {
        if (!worked.TryGetValue(what, out var value))
        {
            worked[what] = HclValue.Unknown;
            worked[what] = value = work();
        }

        return value;
    }
}
