using System.Collections.Immutable;
using System.Text;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Rules;
using Auditor.Trace;

namespace Auditor.Testing;

/// <summary>
/// An estate as files, in memory: a test estate of <c>tests/landscapes</c>, perhaps edited. It is audited the way the program does it, through real files and the real
/// readers, so that a test about a rule also tests what leads up to it.
/// </summary>
public sealed class Estate
{
    // The same for all estates of a test, so that a secret that stays shows as that.
    private static readonly byte[] RedactionKey = new byte[32];

    private readonly SortedDictionary<string, byte[]> files;

    private Estate(SortedDictionary<string, byte[]> files) => this.files = files;

    /// <summary>An estate without files.</summary>
    public static Estate Empty() => new(new SortedDictionary<string, byte[]>(StringComparer.Ordinal));

    /// <summary>A test estate by its name below <c>tests/landscapes</c>.</summary>
    public static Estate Load(string name) => LoadFolder(Path.Combine(Repository.Landscapes, name));

    /// <summary>The files of a folder.</summary>
    public static Estate LoadFolder(string folder)
    {
        var estate = Empty();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            estate.files[Path.GetRelativePath(folder, file).Replace('\\', '/')] = File.ReadAllBytes(file);
        }

        return estate;
    }

    /// <summary>The paths, ordered.</summary>
    public IEnumerable<string> Paths => files.Keys;

    /// <summary>A copy that can be edited on its own.</summary>
    public Estate Copy() => new(new SortedDictionary<string, byte[]>(files, StringComparer.Ordinal));

    /// <summary>Whether there is a file.</summary>
    public bool Has(string path) => files.ContainsKey(path);

    /// <summary>The text of a file.</summary>
    public string Text(string path) =>
        files.TryGetValue(path, out var bytes)
            ? Encoding.UTF8.GetString(bytes)
            : throw new ArgumentException($"The estate has no file '{path}'.");

    /// <summary>Adds or replaces a file.</summary>
    public Estate With(string path, string text) => With(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds or replaces a file.</summary>
    public Estate With(string path, byte[] bytes)
    {
        files[path] = bytes;
        return this;
    }

    /// <summary>Replaces a text that must occur in the file exactly once.</summary>
    public Estate Replace(string path, string old, string with)
    {
        var text = Text(path);
        var first = text.IndexOf(old, StringComparison.Ordinal);
        if (first < 0 || text.IndexOf(old, first + 1, StringComparison.Ordinal) >= 0)
        {
            throw new ArgumentException($"'{old}' must occur exactly once in '{path}'.");
        }

        return With(path, text.Replace(old, with, StringComparison.Ordinal));
    }

    /// <summary>Removes a file, or everything below a folder when the path ends in a slash.</summary>
    public Estate Without(string path)
    {
        var gone = path.EndsWith('/') ? files.Keys.Where(key => key.StartsWith(path, StringComparison.Ordinal)).ToList() : [path];
        if (gone.Count == 0 || !gone.TrueForAll(files.Remove))
        {
            throw new ArgumentException($"The estate has no '{path}'.");
        }

        return this;
    }

    /// <summary>Writes the estate below a folder.</summary>
    public void WriteTo(string folder)
    {
        foreach (var (path, bytes) in files)
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
        }
    }

    /// <summary>Reads the estate as an input of the program.</summary>
    public T Read<T>(Func<Input, T> use)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        WriteTo(folder.Path);
        return use(
            new InputReader(new Redactor(RedactionKey)).ReadAsync(["."], folder.Path, CancellationToken.None).GetAwaiter().GetResult()
        );
    }

    /// <summary>Audits the estate by all rules, or those given.</summary>
    public AuditRun Audit(AuditOptions? options = null) =>
        Read(input =>
            AuditEngine.Run(
                input.Landscape,
                input.Texts.Find,
                AllRules,
                options ?? new AuditOptions(),
                DateTimeOffset.UnixEpoch,
                null,
                CancellationToken.None
            )
        );

    /// <summary>Audits the estate by all rules, compared with an earlier state of it, which was audited a day before it was captured.</summary>
    public AuditRun AuditAfter(Estate before, AuditOptions? options = null, bool isDeclared = false)
    {
        ArgumentNullException.ThrowIfNull(before);
        var earlier = before.Read(input =>
            SnapshotBuilder.Build(
                input.Landscape,
                AccessFacts.Of(
                    TracedLandscape.Build(input.Landscape, (options ?? new AuditOptions()).Settings, null, CancellationToken.None)
                ),
                "the run before"
            )
        );
        return Read(input =>
            AuditEngine.Run(
                input.Landscape,
                input.Texts.Find,
                AllRules,
                options ?? new AuditOptions(),
                DateTimeOffset.UnixEpoch,
                null,
                CancellationToken.None,
                (access, _) =>
                    SnapshotComparison.Compare(
                        earlier,
                        SnapshotBuilder.Build(input.Landscape, access, "this run"),
                        ChangeIgnores.None,
                        ChangeLog.Of(input.Landscape, earlier.CapturedAt)
                    ) with
                    {
                        IsDeclared = isDeclared,
                        Evidence = new EvidenceState
                        {
                            Series = "nightly",
                            Previous = earlier.CapturedAt?.AddDays(-1),
                            Now = input.Landscape.CapturedAt ?? DateTimeOffset.UnixEpoch,
                            Every = TimeSpan.FromDays(1),
                            PreviousVersion = "1.0.0",
                            Version = "1.0.0",
                            Location = new SourceLocation("recording.json"),
                        },
                    }
            )
        );
    }

    /// <summary>All rules with their pages.</summary>
    public static IReadOnlyList<(IRule Rule, RuleDescription Description)> AllRules { get; } =
    [.. RuleCatalog.All.Select(rule => (rule, new RuleDescription(rule.Info, RuleCatalog.PageOf(rule), ControlsOf(rule.Info))))];

    private static ImmutableArray<ControlReference> ControlsOf(RuleInfo rule) =>
        [.. ControlMapping.Of(rule).Select(control => new ControlReference(control.Framework, control.Id, control.IsRead))];
}
