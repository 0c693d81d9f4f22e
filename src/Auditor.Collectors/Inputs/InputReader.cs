using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Exports;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Collectors.Terraform.Source;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Inputs;

/// <summary>What was read from the paths of a command.</summary>
/// <param name="Landscape">The landscape.</param>
/// <param name="Texts">The texts behind its artifacts, for excerpts.</param>
/// <param name="Sources">What each path turned out to be, in the order given.</param>
public sealed record Input(Landscape Landscape, ArtifactTexts Texts, ImmutableArray<InputSource> Sources)
{
    /// <summary>What Terraform said, when that is all there is; null otherwise. The landscape holds what it plans.</summary>
    public TerraformDocument? Terraform { get; init; }
}

/// <summary>What a path turned out to be.</summary>
/// <param name="Kind">In words: <c>recording</c>, <c>bundles</c>, <c>bundle archive</c>, ...; <c>nothing</c> when there was nothing to read.</param>
/// <param name="Prefix">What all of its artifacts begin with; empty for a recording, whose artifacts begin with <c>okta</c> or <c>apigee</c>.</param>
/// <param name="Checkout">Where it lies in a version-controlled tree; null when it lies in none.</param>
public sealed record InputSource(string Kind, string Prefix, Checkout? Checkout);

/// <summary>
/// Recognises by content what a path is and reads it: a recording, a bundle folder or archive, a tree of bundles, an <c>apigeecli organizations export</c>, a tree of
/// the Maven configuration plug-in, what <c>terraform show -json</c> prints, the sources of Terraform.
/// </summary>
public sealed class InputReader(Redactor redactor)
{
    private readonly CollectorLog log = new();
    private readonly ArtifactTexts texts = new();
    private readonly List<OktaOrg> orgs = [];
    private readonly List<ApigeeOrganization> organizations = [];
    private readonly List<InputSource> sources = [];
    private readonly List<CoverageEntry> terraformCoverage = [];
    private readonly List<CollectorNotice> terraformNotices = [];
    private TerraformDocument? terraform;
    private DateTimeOffset? capturedAt;
    private string? redactionKey;

    /// <summary>Reads the paths.</summary>
    /// <param name="paths">The paths as given.</param>
    /// <param name="workingFolder">The folder that artifacts are relative to where possible.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputException">A path does not exist or is nothing that can be audited.</exception>
    public async Task<Input> ReadAsync(IReadOnlyList<string> paths, string workingFolder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(workingFolder);
        var loose = new LooseBundles();
        foreach (var path in paths)
        {
            await ReadAsync(path, workingFolder, loose, cancellationToken);
        }

        if (loose.Count > 0)
        {
            organizations.Add(loose.Organization());
        }

        Refuse(orgs.Select(org => org.Host), "Okta org");
        Refuse(organizations.Select(organization => organization.Name), "Apigee organization");
        var landscape = new Landscape
        {
            Okta = [.. orgs.OrderBy(org => org.Host, StringComparer.Ordinal)],
            Apigee = [.. organizations.OrderBy(organization => organization.Name, StringComparer.Ordinal)],
            CapturedAt = capturedAt,
            RedactionKey = redactionKey,
            Coverage = [.. log.CoverageEntries.Concat(terraformCoverage).OrderBy(entry => entry.Part, StringComparer.Ordinal)],
            Notices = [.. log.Notices, .. terraformNotices],
        };
        return new Input(landscape, texts, [.. sources]) { Terraform = sources.Count == 1 ? terraform : null };
    }

    private static void Refuse(IEnumerable<string> names, string what)
    {
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"The {what} '{twice.Key}' is in two of the inputs: give one of them.");
        }
    }

    private async Task ReadAsync(string path, string workingFolder, LooseBundles loose, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path, workingFolder);
        if (File.Exists(full))
        {
            ReadFile(path, full, Label(full, workingFolder), loose, cancellationToken);
            return;
        }

        var standing = RecordingPlace.Standing(full);
        if (!Directory.Exists(standing))
        {
            throw new InputException($"'{path}' does not exist.");
        }

        if (standing != full)
        {
            log.Notice(
                "recording-aside",
                "A collection was killed while it put its recording in place: the recording before it is read.",
                new SourceLocation(Label(full, workingFolder))
            );
        }

        var tree = SourceTree.Open(standing, cancellationToken);
        foreach (var ignored in tree.Ignored)
        {
            log.Notice(
                "ignored-file",
                $"Not read: {ignored}.",
                new SourceLocation(SourceTree.Join(Label(full, workingFolder), ignored[..ignored.LastIndexOf(':')]))
            );
        }

        if (Recording.IsOne(tree))
        {
            sources.Add(new InputSource("recording", "", GitCheckout.Around(full)));
            texts.Add("", tree, "");
            var estates = await new Recording(tree, redactor, log).ReadAsync(cancellationToken);
            orgs.AddRange(estates.Orgs);
            organizations.AddRange(estates.Organizations);
            capturedAt = estates.CapturedAt ?? capturedAt;
            redactionKey = estates.RedactionKey ?? redactionKey;
            return;
        }

        var label = Label(full, workingFolder);
        var name = Path.GetFileName(full.TrimEnd('/', '\\'));
        texts.Add(label, tree, "");
        if (ApigeecliExport.IsExport(tree))
        {
            sources.Add(new InputSource("apigeecli export", label, GitCheckout.Around(full)));
            organizations.Add(new ApigeecliExport(tree, label, redactor, log).Read(name, cancellationToken));
            return;
        }

        var found = new BundleTree(tree, label, name, redactor, log);
        var maven = MavenConfig.Find(tree);
        if (found.IsEmpty && maven is null)
        {
            if (tree.Files.Any(IsTerraformSource))
            {
                ReadSource(path, tree, label, GitCheckout.Around(full), cancellationToken);
                return;
            }

            sources.Add(new InputSource("nothing", label, GitCheckout.Around(full)));
            return;
        }

        sources.Add(new InputSource(maven is null ? "bundles" : "configuration tree", label, GitCheckout.Around(full)));
        var bundles = found.Read(cancellationToken);
        if (maven is not null)
        {
            organizations.Add(new MavenConfig(tree, label, redactor, log).Read(maven, bundles, name));
        }
        else
        {
            loose.Add(label, bundles);
        }
    }

    // Below the working folder: the relative path, which is what a pipeline's checkout needs. Elsewhere: the last name, so that no absolute path is ever printed.
    private static string Label(string full, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, full).Replace('\\', '/');
        return relative == "." ? ""
            : relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? Path.GetFileName(full.TrimEnd('/', '\\'))
            : relative;
    }

    private void ReadFile(string path, string full, string label, LooseBundles loose, CancellationToken cancellationToken)
    {
        var info = new FileInfo(full);
        if (info.Length == 0)
        {
            throw new InputException($"'{path}' is empty or is not a regular file.");
        }

        if (IsTerraformSource(full))
        {
            throw new InputException(
                $"'{path}' is one file of Terraform's sources: give the folder that it is in, or what 'terraform show -json' prints for a plan or the state."
            );
        }

        var isJson = TerraformDocument.LooksLikeJson(Beginning(path, full));
        if (info.Length > (isJson ? TerraformDocument.MaxSize : ZipBundle.MaxArchive))
        {
            throw new InputException(
                isJson
                    ? $"'{path}' is larger than 128 MB, the most that is read of Terraform."
                    : $"'{path}' is larger than 15 MB, Apigee's limit for bundles."
            );
        }

        var bytes = ReadAll(path, full);
        if (isJson)
        {
            Read(TerraformDocument.Parse(path, bytes, label, redactor), GitCheckout.Around(full));
            texts.AddUnseen(label, bytes);
            return;
        }

        if (!ZipBundle.LooksLikeArchive(bytes))
        {
            throw new InputException(
                $"'{path}' is nothing that can be audited: give a bundle (.zip), a bundle folder, a recording, or what 'terraform show -json' prints."
            );
        }

        ZipBundle zip;
        try
        {
            zip = ZipBundle.Open(bytes);
        }
        catch (RefusedArchiveException e)
        {
            log.Cover("bundles/" + label, new Coverage.Failed(e.Message), 0);
            sources.Add(new InputSource("bundle archive", label, GitCheckout.Around(full)));
            loose.Touch(label);
            return;
        }

        texts.Add(label, zip);
        var bundles = ImmutableArray.CreateBuilder<Bundle>();
        foreach (var root in zip.Roots())
        {
            bundles.Add(
                new BundleReader(redactor).Read(
                    BundleTree.KindOf(root),
                    zip.Below(root),
                    SourceTree.Join(label, root),
                    Path.GetFileNameWithoutExtension(full),
                    cancellationToken
                )
            );
        }

        if (bundles.Count == 0)
        {
            throw new InputException(
                zip.Paths.Contains("tfplan", StringComparer.Ordinal)
                    ? $"'{path}' is a plan as Terraform keeps it, in a format of its own: give what 'terraform show -json {Path.GetFileName(full)}' prints."
                    : $"'{path}' holds no folder 'apiproxy' or 'sharedflowbundle'."
            );
        }

        sources.Add(new InputSource("bundle archive", label, GitCheckout.Around(full)));
        log.Cover(bundles);
        loose.Add(label, bundles.DrainToImmutable());
    }

    private void Read(TerraformDocument document, Checkout? checkout)
    {
        var managed = document.Alone(TerraformView.Planned);
        terraform = document;
        orgs.AddRange(managed.Okta);
        organizations.AddRange(managed.Apigee);
        terraformCoverage.AddRange(managed.Coverage);
        terraformNotices.AddRange(managed.Notices);
        var kind =
            document.IsSource ? "terraform source"
            : document.IsPlan ? "terraform plan"
            : "terraform state";
        sources.Add(new InputSource(kind, document.Artifact, checkout));
    }

    private void ReadSource(string path, SourceTree tree, string label, Checkout? checkout, CancellationToken cancellationToken)
    {
        if (!TerraformSource.IsOne(tree))
        {
            var file = tree.Files.First(IsTerraformSource);
            throw new InputException(
                file.Contains('/', StringComparison.Ordinal)
                    ? $"'{path}' holds sources of Terraform in folders of its own: give one of them ('{file[..file.LastIndexOf('/')]}'), or what 'terraform show -json' prints for a plan or the state."
                    : $"'{path}' holds sources of Terraform in JSON, which are not read: give what 'terraform show -json' prints for a plan or the state."
            );
        }

        var source = TerraformSource.Read(path, tree, label, cancellationToken);
        Read(TerraformDocument.Of(source, label, redactor), checkout);
        foreach (var (file, bytes) in source.Files)
        {
            texts.AddUnseen(SourceTree.Join(label, file), bytes);
        }
    }

    private static bool IsTerraformSource(string path) =>
        path.EndsWith(".tf", StringComparison.Ordinal) || path.EndsWith(".tf.json", StringComparison.Ordinal);

    private static byte[] Beginning(string path, string full)
    {
        try
        {
            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            var bytes = new byte[256];
            return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}': {Reason.Of(e)}.");
        }
    }

    private static byte[] ReadAll(string path, string full)
    {
        try
        {
            return File.ReadAllBytes(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}': {Reason.Of(e)}.");
        }
    }
}
