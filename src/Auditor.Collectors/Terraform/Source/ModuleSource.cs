using Auditor.Collectors.Inputs;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>A block of sources, and the file that it is in.</summary>
internal sealed record SourceBlock(string File, HclBlock Block)
{
    /// <summary>The attributes and blocks in it.</summary>
    public HclBody Body => Block.Body;
}

/// <summary>What the files of one folder declare, together.</summary>
internal sealed class ModuleSource
{
    /// <summary>The folder, relative to the one that was given.</summary>
    public required string Folder { get; init; }

    /// <summary>The variables, by name.</summary>
    public SortedDictionary<string, SourceBlock> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>The local values, by name.</summary>
    public Dictionary<string, HclExpression> Locals { get; } = new(StringComparer.Ordinal);

    /// <summary>The resources, by type and name: <c>okta_group.staff</c>.</summary>
    public SortedDictionary<string, SourceBlock> Resources { get; } = new(StringComparer.Ordinal);

    /// <summary>The calls of modules, by name.</summary>
    public SortedDictionary<string, SourceBlock> Modules { get; } = new(StringComparer.Ordinal);

    /// <summary>The outputs, by name.</summary>
    public Dictionary<string, SourceBlock> Outputs { get; } = new(StringComparer.Ordinal);

    /// <summary>The providers that are set up, by name and alias: <c>okta</c>, <c>okta.eu</c>.</summary>
    public SortedDictionary<string, SourceBlock> Providers { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes in what a file declares.</summary>
    /// <exception cref="HclException">It declares something that another file does, or without a name.</exception>
    public void Add(string file, HclBody body)
    {
        foreach (var block in body.Blocks)
        {
            var source = new SourceBlock(file, block);
            switch (block.Type, block.Labels.Length)
            {
                case ("variable", 1):
                    Once(Variables.TryAdd(block.Labels[0], source), block);
                    break;
                case ("output", 1):
                    Once(Outputs.TryAdd(block.Labels[0], source), block);
                    break;
                case ("module", 1):
                    Once(Modules.TryAdd(block.Labels[0], source), block);
                    break;
                case ("resource", 2):
                    Once(Resources.TryAdd($"{block.Labels[0]}.{block.Labels[1]}", source), block);
                    break;
                case ("provider", 1):
                    var alias = block.Body.Attributes.TryGetValue("alias", out var name) ? Plain(name.Value) : null;
                    Once(Providers.TryAdd(alias is null ? block.Labels[0] : $"{block.Labels[0]}.{alias}", source), block);
                    break;
                case ("locals", 0):
                    foreach (var attribute in block.Body.Attributes.Values)
                    {
                        Once(Locals.TryAdd(attribute.Name, attribute.Value), attribute.Place);
                    }

                    break;
                case ("variable" or "output" or "module" or "provider", _):
                    throw new HclException(block.Place, "a block of this kind has one label, its name");
                case ("resource", _):
                    throw new HclException(block.Place, "a resource has two labels, its type and its name");
                default:
                    // terraform, data, moved, import, removed, check: they say nothing of what a resource is.
                    break;
            }
        }
    }

    /// <summary>A text that is written out; null when it is not one.</summary>
    public static string? Plain(HclExpression? expression) =>
        expression is HclExpression.Literal { Value: { Kind: HclKind.Text } value } ? value.Text : null;

    private static void Once(bool isFirst, HclBlock block) => Once(isFirst, block.Place);

    private static void Once(bool isFirst, HclPlace place)
    {
        if (!isFirst)
        {
            throw new HclException(place, "it is declared twice in this module");
        }
    }
}

/// <summary>Reads the files of the folders of a tree, each once. Nothing outside of the tree is read, and no link is followed.</summary>
internal sealed class SourceFolders(SourceTree tree, string given, CancellationToken cancellationToken)
{
    private const long MaxTotal = 64 * 1024 * 1024;

    private readonly Dictionary<string, ModuleSource> read = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> has = new(StringComparer.Ordinal);
    private long total;

    /// <summary>The files that were read.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => files;

    /// <summary>Whether a folder of the tree holds sources.</summary>
    public bool Has(string folder)
    {
        if (!has.TryGetValue(folder, out var known))
        {
            has[folder] = known = In(folder).Any(file => file.EndsWith(".tf", StringComparison.Ordinal));
        }

        return known;
    }

    /// <summary>What the files of a folder declare.</summary>
    /// <param name="folder">The folder; empty for the one that was given.</param>
    /// <exception cref="InputException">A file cannot be read, or is something else.</exception>
    public ModuleSource Read(string folder)
    {
        if (read.TryGetValue(folder, out var known))
        {
            return known;
        }

        var module = read[folder] = new ModuleSource { Folder = folder };
        foreach (var file in In(folder))
        {
            var name = file[(folder.Length == 0 ? 0 : folder.Length + 1)..];
            if (name.EndsWith(".tf.json", StringComparison.Ordinal))
            {
                throw Refused(file, "sources in JSON are not read");
            }

            if (name is "override.tf" || name.EndsWith("_override.tf", StringComparison.Ordinal))
            {
                throw Refused(file, "files that override others are not read");
            }

            if (name.EndsWith(".tf", StringComparison.Ordinal))
            {
                Parse(file, body => module.Add(file, body));
            }
        }

        return module;
    }

    /// <summary>The values that files next to the sources give to variables; the later file wins, as with Terraform.</summary>
    /// <exception cref="InputException">A file cannot be read, or is something else.</exception>
    public Dictionary<string, HclExpression> Values()
    {
        var values = new Dictionary<string, HclExpression>(StringComparer.Ordinal);
        var all = In("").ToList();
        if (all.Find(IsJsonOfValues) is { } json)
        {
            throw Refused(json, "values of variables in JSON are not read");
        }

        foreach (
            var file in all.Where(file => file == "terraform.tfvars")
                .Concat(all.Where(file => file.EndsWith(".auto.tfvars", StringComparison.Ordinal)))
        )
        {
            Parse(
                file,
                body =>
                {
                    foreach (var attribute in body.Attributes.Values)
                    {
                        values[attribute.Name] = attribute.Value;
                    }
                }
            );
        }

        return values;
    }

    private static bool IsJsonOfValues(string file) =>
        file == "terraform.tfvars.json" || file.EndsWith(".auto.tfvars.json", StringComparison.Ordinal);

    private IEnumerable<string> In(string folder) =>
        tree.FilesBelow(folder).Where(file => !file.Contains('/', StringComparison.Ordinal)).Select(file => SourceTree.Join(folder, file));

    private void Parse(string file, Action<HclBody> use)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var bytes = tree.Read(file, HclParser.MaxFile);
            total += bytes.Length;
            if (total > MaxTotal)
            {
                throw new InputException($"'{given}' holds more than 64 MB of sources of Terraform.");
            }

            files[file] = bytes;
            use(HclParser.Parse(bytes, cancellationToken));
        }
        catch (HclException e)
        {
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"'{given}': {file}:{e.Place.Line}:{e.Place.Column}: {e.Message}.")
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{given}': {file} cannot be read: {Reason.Of(e)}.");
        }
    }

    private InputException Refused(string file, string why) =>
        new($"'{given}': {file}: {why}: give what 'terraform show -json' prints for a plan or the state.");
}
