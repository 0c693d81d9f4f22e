using System.Text.Json;
using Auditor.Collectors.Inputs;
using Auditor.Model;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>
/// A folder of Terraform's sources, read as a document of the shape in which Terraform prints a state: what is certain as values, the rest as not known, and what refers to what. What the
/// sources leave open, and which types of resources may therefore be there unseen, is said beside it.
/// </summary>
internal sealed class TerraformSource
{
    /// <summary>What stands for every type of resource, where a module is not read.</summary>
    public const string AnyType = "*";

    /// <summary>The most instances of resources in all.</summary>
    private const int MaxInstances = 20_000;

    // What Terraform itself takes of a resource.
    private static readonly string[] MetaAttributes = ["count", "for_each", "provider", "depends_on"];
    private static readonly string[] MetaBlocks = ["lifecycle", "provisioner", "connection", "timeouts"];

    private readonly HclEvaluator evaluator;
    private readonly SourceFolders folders;
    private readonly string label;
    private readonly Utf8JsonWriter writer;
    private readonly SortedDictionary<string, string> notes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int?> resources = new(StringComparer.Ordinal);
    private readonly List<(string Key, SourceBlock Block, TerraformModule Module)> providers = [];
    private int written;

    private TerraformSource(SourceFolders folders, string label, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        this.folders = folders;
        this.label = label;
        this.writer = writer;
        evaluator = new HclEvaluator(cancellationToken);
    }

    /// <summary>The document.</summary>
    public JsonElement Document { get; private set; }

    /// <summary>What is not known of what the sources declare, by part, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Notes => notes;

    /// <summary>The types of resources of which there may be some that are not known.</summary>
    public IReadOnlySet<string> Open => open;

    /// <summary>The resources of Okta and Apigee that are declared, by address, with the number of their instances; null where that is not known.</summary>
    public IReadOnlyDictionary<string, int?> Resources => resources;

    /// <summary>The files that were read, with their content.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => folders.Files;

    /// <summary>Whether a type of resource is one of those that are compared, or that may be.</summary>
    public static bool IsOurs(string type) =>
        type.StartsWith("okta_", StringComparison.Ordinal) || type.StartsWith("google_apigee_", StringComparison.Ordinal);

    /// <summary>Whether a folder holds sources itself.</summary>
    public static bool IsOne(SourceTree tree) =>
        tree.Files.Any(file => !file.Contains('/', StringComparison.Ordinal) && file.EndsWith(".tf", StringComparison.Ordinal));

    /// <summary>Reads a folder.</summary>
    /// <param name="given">The folder as it was given.</param>
    /// <param name="tree">The folder.</param>
    /// <param name="label">What everything that is read of it is located below.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputException">It is malformed, or more than is read.</exception>
    public static TerraformSource Read(string given, SourceTree tree, string label, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        using var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { SkipValidation = true });
        var source = new TerraformSource(new SourceFolders(tree, given, cancellationToken), label, json, cancellationToken);
        try
        {
            source.Write();
        }
        catch (HclBudgetException)
        {
            throw new InputException(
                $"'{given}' takes more to work out than is spent on sources of Terraform: give what 'terraform show -json' prints for a plan or the state."
            );
        }

        json.Flush();
        using var document = JsonDocument.Parse(bytes.ToArray());
        source.Document = document.RootElement.Clone();
        return source;
    }

    private void Write()
    {
        var values = folders.Values();
        var root = new TerraformModule(
            folders,
            evaluator,
            name => values.TryGetValue(name, out var value) ? evaluator.Value(value, HclScope.Empty) : null
        );
        writer.WriteStartObject();
        writer.WriteString("format_version", "1.0");
        writer.WriteStartObject("values");
        writer.WriteStartObject("root_module");
        writer.WriteStartArray("resources");
        Write(root);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        WriteProviders();
        writer.WriteEndObject();
    }

    private void Write(TerraformModule module)
    {
        providers.AddRange(module.Source.Providers.Select(provider => (module.KeyOf(provider.Key), provider.Value, module)));
        foreach (var (own, block) in module.Source.Resources.Where(resource => IsOurs(resource.Value.Block.Labels[0])))
        {
            if (module.InstancesOf(block, own) is { } instances)
            {
                resources[module.In(own)] = instances.Length;
                foreach (var instance in instances)
                {
                    Write(module, block, instance);
                }
            }
            else
            {
                resources[module.In(own)] = null;
                NoteUnknown(module.In(own), block);
                open.Add(block.Block.Labels[0]);
            }
        }

        foreach (var (name, call) in module.Source.Modules)
        {
            var own = "module." + name;
            var address = module.In(own);
            if (module.Declared(call) is not { } declared)
            {
                notes.TryAdd("terraform/" + address, "the module is not read: only modules in the given folder are");
                open.Add(AnyType);
            }
            else if (module.InstancesOf(call, own) is not { } instances)
            {
                NoteUnknown(address, call);
                OpenWhole(module, declared, address);
            }
            else
            {
                foreach (var instance in instances)
                {
                    Write(module.Called(call, instance)!);
                }
            }
        }
    }

    private void NoteUnknown(string address, SourceBlock block)
    {
        var by = block.Body.Attributes.ContainsKey("count") ? "count" : "for_each";
        notes.TryAdd("terraform/" + address, $"which instances there are is not known: the sources alone do not say what its '{by}' is");
    }

    // What a module that may be there any number of times declares may be there, too.
    private void OpenWhole(TerraformModule module, ModuleSource declared, string address)
    {
        foreach (var (own, block) in declared.Resources.Where(resource => IsOurs(resource.Value.Block.Labels[0])))
        {
            resources[$"{address}.{own}"] = null;
            notes.TryAdd($"terraform/{address}.{own}", "which instances there are of its module is not known");
            open.Add(block.Block.Labels[0]);
        }

        if (declared.Modules.Count > 0)
        {
            notes.TryAdd($"terraform/{address}.module", "modules of a module of which the instances are not known are not read");
            open.Add(AnyType);
        }
    }

    private void Write(TerraformModule module, SourceBlock block, SourceInstance instance)
    {
        var attributes = new SortedDictionary<string, HclValue>(StringComparer.Ordinal);
        foreach (var name in block.Body.Attributes.Keys.Where(name => !MetaAttributes.Contains(name, StringComparer.Ordinal)))
        {
            attributes[name] = module.Attribute(block, instance, name);
        }

        foreach (var (name, value) in Blocks(block.Body, instance.Scope))
        {
            attributes[name] = TerraformModule.IsIgnored(block, name) ? HclValue.Unknown : value;
        }

        writer.WriteStartObject();
        writer.WriteString("address", instance.Address);
        if (module.Address.Length > 0)
        {
            writer.WriteString("module_address", module.Address);
        }

        writer.WriteString("mode", "managed");
        writer.WriteString("type", block.Block.Labels[0]);
        writer.WriteString("name", block.Block.Labels[1]);
        if (instance.Index is { } index)
        {
            writer.WritePropertyName("index");
            new SourceValues(writer, evaluator).Write(index);
        }

        writer.WriteString("provider_config_key", module.ProviderOf(block));
        writer.WriteStartObject("source");
        writer.WriteString("file", SourceTree.Join(label, block.File));
        writer.WriteNumber("line", block.Block.Place.Line);
        writer.WriteNumber("column", block.Block.Place.Column);
        writer.WriteEndObject();
        new SourceValues(writer, evaluator).Write(attributes);
        writer.WriteEndObject();
        if (++written > MaxInstances)
        {
            throw new HclBudgetException();
        }
    }

    // As Terraform has them: a list of each kind.
    private SortedDictionary<string, HclValue> Blocks(HclBody body, HclScope scope)
    {
        var blocks = new SortedDictionary<string, HclValue>(StringComparer.Ordinal);
        foreach (var group in body.Blocks.GroupBy(NameOf, StringComparer.Ordinal))
        {
            if (!MetaBlocks.Contains(group.Key, StringComparer.Ordinal))
            {
                blocks[group.Key] = group.Any(one => one.Type == "dynamic")
                    ? HclValue.Unknown
                    : HclValue.Of(group.Select(one => Value(one.Body, scope)));
            }
        }

        return blocks;
    }

    private static string NameOf(HclBlock block) => block is { Type: "dynamic", Labels: [var name] } ? name : block.Type;

    private HclValue Value(HclBody body, HclScope scope) =>
        HclValue.Of(
            body.Attributes.Values.Select(attribute => KeyValuePair.Create(attribute.Name, evaluator.Value(attribute.Value, scope)))
                .Concat(Blocks(body, scope))
        );

    private void WriteProviders()
    {
        writer.WriteStartObject("configuration");
        writer.WriteStartObject("provider_config");
        foreach (var (key, block, module) in providers.DistinctBy(provider => provider.Key, StringComparer.Ordinal))
        {
            writer.WriteStartObject(key);
            writer.WriteStartObject("expressions");
            var said = ((string[])["org_name", "base_url"])
                .Where(block.Body.Attributes.ContainsKey)
                .Select(name => (Name: name, Value: evaluator.Value(block.Body.Attributes[name].Value, module.Scope)))
                .Where(one => one.Value.Kind != HclKind.Null)
                .ToList();
            // Half of a host is none.
            foreach (var (name, value) in said.TrueForAll(one => one.Value is { Kind: HclKind.Text, HoldsMark: false }) ? said : [])
            {
                writer.WriteStartObject(name);
                writer.WriteString("constant_value", value.Text);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
