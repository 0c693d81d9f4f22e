using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Exports;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Inputs;

/// <summary>What was read from the paths of a command.</summary>
/// <param name="Landscape">The landscape.</param>
/// <param name="Texts">The texts behind its artifacts, for excerpts.</param>
/// <param name="Kinds">What each path turned out to be, in the order given.</param>
public sealed record Input(Landscape Landscape, ArtifactTexts Texts, ImmutableArray<string> Kinds);

/// <summary>
/// Recognises by content what a path is and reads it: a recording, a bundle folder or archive, a tree of bundles, an <c>apigeecli organizations export</c>, a tree of
/// the Maven configuration plug-in.
/// </summary>
public sealed class InputReader(Redactor redactor)
{
    private readonly CollectorLog log = new();
    private readonly ArtifactTexts texts = new();
    private readonly List<OktaOrg> orgs = [];
    private readonly List<ApigeeOrganization> organizations = [];
    private readonly List<string> kinds = [];
    private DateTimeOffset? capturedAt;

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
            Coverage = log.CoverageEntries,
            Notices = log.Notices,
        };
        return new Input(landscape, texts, [.. kinds]);
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

        if (!Directory.Exists(full))
        {
            throw new InputException($"'{path}' does not exist.");
        }

        var tree = SourceTree.Open(full, cancellationToken);
        foreach (var ignored in tree.Ignored)
        {
            log.Notice(
                "ignored-file",
                $"Not read: {ignored}.",
                new SourceLocation(Join(Label(full, workingFolder), ignored[..ignored.LastIndexOf(':')]))
            );
        }

        if (IsRecording(tree))
        {
            kinds.Add("recording");
            texts.Add("", tree, "");
            await ReadRecordingAsync(tree, cancellationToken);
            return;
        }

        var label = Label(full, workingFolder);
        texts.Add(label, tree, "");
        if (ApigeecliExport.IsExport(tree))
        {
            kinds.Add("apigeecli export");
            organizations.Add(new ApigeecliExport(tree, label, redactor, log).Read(Path.GetFileName(full), cancellationToken));
            return;
        }

        var roots = BundleRoots(tree, full);
        var maven = MavenConfig.Find(tree);
        if (roots.Count == 0 && maven is null)
        {
            kinds.Add("nothing");
            return;
        }

        kinds.Add(maven is null ? "bundles" : "configuration tree");
        var bundles = ReadBundles(tree, label, roots, Path.GetFileName(full), cancellationToken);
        if (maven is not null)
        {
            organizations.Add(new MavenConfig(tree, label, redactor, log).Read(maven, bundles, Path.GetFileName(full)));
        }
        else
        {
            loose.Add(label, bundles);
        }
    }

    private static string Join(string left, string right) => left.Length == 0 ? right : left + "/" + right;

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

        if (info.Length > ZipBundle.MaxArchive)
        {
            throw new InputException($"'{path}' is larger than 15 MB, Apigee's limit for bundles.");
        }

        var bytes = ReadAll(path, full);
        if (!ZipBundle.LooksLikeArchive(bytes))
        {
            throw new InputException($"'{path}' is nothing that can be audited: give a bundle (.zip), a bundle folder, or a recording.");
        }

        ZipBundle zip;
        try
        {
            zip = ZipBundle.Open(bytes);
        }
        catch (RefusedArchiveException e)
        {
            log.Cover("bundles/" + label, new Coverage.Failed(e.Message), 0);
            kinds.Add("bundle archive");
            loose.Touch(label);
            return;
        }

        texts.Add(label, zip);
        var bundles = ImmutableArray.CreateBuilder<Bundle>();
        foreach (var root in zip.Roots())
        {
            bundles.Add(
                new BundleReader(redactor).Read(
                    KindOf(root),
                    zip.Below(root),
                    Join(label, root),
                    Path.GetFileNameWithoutExtension(full),
                    cancellationToken
                )
            );
        }

        if (bundles.Count == 0)
        {
            throw new InputException($"'{path}' holds no folder 'apiproxy' or 'sharedflowbundle'.");
        }

        kinds.Add("bundle archive");
        Cover(bundles);
        loose.Add(label, bundles.DrainToImmutable());
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

    private static BundleKind KindOf(string root) =>
        root.EndsWith("apiproxy", StringComparison.Ordinal) ? BundleKind.Proxy : BundleKind.SharedFlow;

    private static bool IsRecording(SourceTree tree)
    {
        if (tree.Has("recording.json"))
        {
            return true;
        }

        foreach (var file in tree.Files)
        {
            if (
                (file.StartsWith("okta/", StringComparison.Ordinal) && file.Contains("/api/v1/", StringComparison.Ordinal))
                || (
                    file.StartsWith("apigee/", StringComparison.Ordinal)
                    && (
                        file.EndsWith("/organization.json", StringComparison.Ordinal)
                        || file.EndsWith("/apis.json", StringComparison.Ordinal)
                        || file.EndsWith("/deployments.json", StringComparison.Ordinal)
                    )
                )
            )
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a recording (recording format 1).</summary>
    private async Task ReadRecordingAsync(SourceTree tree, CancellationToken cancellationToken)
    {
        ReadHeader(tree);
        foreach (var host in Folders(tree, "okta"))
        {
            using var handler = new RecordingHandler(tree, "okta/" + host, "/");
            using var client = new HttpClient(handler) { BaseAddress = new Uri("https://recording.invalid/") };
            orgs.Add(await new OktaCollector(new ManagementApi(client, "okta/" + host), host, log).CollectAsync(cancellationToken));
        }

        foreach (var organization in Folders(tree, "apigee"))
        {
            var folder = "apigee/" + organization;
            using var handler = new RecordingHandler(tree, folder, "/");
            using var client = new HttpClient(handler) { BaseAddress = new Uri("https://recording.invalid/") };
            var reader = new BundleReader(redactor);
            var read = await new ApigeeCollector(
                new ManagementApi(client, folder),
                client,
                new RecordedBundles(tree, folder, reader),
                reader,
                redactor,
                organization,
                log
            ).CollectAsync(cancellationToken);
            organizations.Add(read);
            Cover(read.Proxies.Items.Concat(read.SharedFlows.Items));
        }
    }

    private static IEnumerable<string> Folders(SourceTree tree, string parent) =>
        tree.FilesBelow(parent)
            .Select(path => path.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path[..slash] : "")
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal);

    private void ReadHeader(SourceTree tree)
    {
        if (!tree.Has("recording.json"))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(tree.Read("recording.json", 1024 * 1024));
            var header = new Json(document.RootElement, new SourceLocation("recording.json"), log);
            if (header.Number("format") is { } format and not 1)
            {
                throw new InputException(
                    $"The recording has format {format.ToString(CultureInfo.InvariantCulture)}; this version reads format 1."
                );
            }

            capturedAt = header.Time("capturedAt") ?? capturedAt;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            log.Cover("recording.json", new Coverage.Failed(e is JsonException json ? ManagementApi.Why(json) : Reason.Of(e)), 0);
        }
    }

    private sealed record BundleRoot(BundleKind Kind, string Folder, string? Archive);

    // The folders called apiproxy and sharedflowbundle, and the archives that hold one. A root that is itself such a folder counts, too.
    private static List<BundleRoot> BundleRoots(SourceTree tree, string full)
    {
        var roots = new SortedDictionary<string, BundleRoot>(StringComparer.Ordinal);
        var own = Path.GetFileName(full.TrimEnd('/', '\\'));
        if (own is "apiproxy" or "sharedflowbundle")
        {
            roots.Add("", new BundleRoot(KindOf(own), "", null));
            return [.. roots.Values];
        }

        foreach (var file in tree.Files)
        {
            if (file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                roots.TryAdd(file, new BundleRoot(BundleKind.Proxy, "", file));
                continue;
            }

            foreach (var folder in (ReadOnlySpan<string>)["apiproxy", "sharedflowbundle"])
            {
                var at = file.StartsWith(folder + "/", StringComparison.Ordinal)
                    ? 0
                    : file.IndexOf("/" + folder + "/", StringComparison.Ordinal) + 1;
                if (at > 0 || file.StartsWith(folder + "/", StringComparison.Ordinal))
                {
                    var root = file[..(at + folder.Length)];
                    if (file.AsSpan(root.Length + 1).IndexOfAny('/', '.') >= 0)
                    {
                        roots.TryAdd(root, new BundleRoot(KindOf(folder), root, null));
                    }
                }
            }
        }

        return [.. roots.Values];
    }

    private ImmutableArray<Bundle> ReadBundles(
        SourceTree tree,
        string label,
        List<BundleRoot> roots,
        string ownName,
        CancellationToken cancellationToken
    )
    {
        var read = new ImmutableArray<Bundle>[roots.Count];
        Parallel.For(
            0,
            roots.Count,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => read[i] = ReadRoot(tree, label, roots[i], ownName, cancellationToken)
        );
        var bundles = read.SelectMany(bundle => bundle).ToImmutableArray();
        Cover(bundles);
        return bundles;
    }

    private ImmutableArray<Bundle> ReadRoot(
        SourceTree tree,
        string label,
        BundleRoot root,
        string ownName,
        CancellationToken cancellationToken
    )
    {
        var reader = new BundleReader(redactor);
        if (root.Archive is null)
        {
            return
            [
                reader.Read(
                    root.Kind,
                    new FolderBundle(tree, root.Folder),
                    Join(label, root.Folder),
                    FallbackName(root.Folder, ownName),
                    cancellationToken
                ),
            ];
        }

        try
        {
            var zip = ZipBundle.Open(tree.Read(root.Archive, ZipBundle.MaxArchive));
            return
            [
                .. zip.Roots()
                    .Select(folder =>
                        reader.Read(
                            KindOf(folder),
                            zip.Below(folder),
                            Join(label, root.Archive + "/" + folder),
                            Path.GetFileNameWithoutExtension(root.Archive),
                            cancellationToken
                        )
                    ),
            ];
        }
        catch (RefusedArchiveException e)
        {
            log.Cover("bundles/" + Join(label, root.Archive), new Coverage.Failed(e.Message), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Cover("bundles/" + Join(label, root.Archive), new Coverage.Failed(Reason.Of(e)), 0);
        }

        return [];
    }

    private static string FallbackName(string folder, string ownName)
    {
        var parent = Path.GetDirectoryName(folder)?.Replace('\\', '/') ?? "";
        return parent.Length == 0 ? ownName : parent[(parent.LastIndexOf('/') + 1)..];
    }

    // One coverage line per bundle that is not whole; the whole ones are counted together.
    private void Cover(IEnumerable<Bundle> bundles)
    {
        foreach (var bundle in bundles)
        {
            if (bundle.IsReadable)
            {
                continue;
            }

            var first = bundle.Unreadable[0];
            var more = bundle.Unreadable.Length - 1;
            log.Cover(
                "bundles/" + bundle.Path,
                new Coverage.Partial(
                    $"{first.Location}: {first.Reason}" + (more == 0 ? "" : $" (and {more.ToString(CultureInfo.InvariantCulture)} more)")
                ),
                bundle.Policies.Count
            );
        }
    }

    /// <summary>Bundles that come without an organization.</summary>
    private sealed class LooseBundles
    {
        private readonly List<Bundle> bundles = [];
        private readonly List<string> labels = [];

        public int Count => labels.Count;

        public void Add(string label, ImmutableArray<Bundle> read)
        {
            labels.Add(label);
            bundles.AddRange(read);
        }

        public void Touch(string label) => labels.Add(label);

        public ApigeeOrganization Organization() =>
            new()
            {
                Name = "bundles",
                IsBundlesOnly = true,
                Proxies = Collected<Bundle>.Of([.. bundles.Where(bundle => bundle.Kind == BundleKind.Proxy)]),
                SharedFlows = new Collected<Bundle>(
                    [.. bundles.Where(bundle => bundle.Kind == BundleKind.SharedFlow)],
                    new Coverage.NotCollected("only the bundles given are known")
                ),
                Location = new SourceLocation(labels[0]),
            };
    }
}
