using System.Security.Cryptography;
using System.Text;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Bundles of deployed revisions from one run to the next, as files without credentials: a deployed revision never changes (discovery document 20260807), so it is read
/// once. A name deleted and made anew begins again at revision 1, which is why the time of its creation is a part of what a bundle is known by. Every file carries the
/// digest of its content in its name and is checked when it is read; every seventh is downloaded again each night, so that nothing that went wrong lasts for more than a
/// week. Files appear in one step or not at all.
/// </summary>
public sealed class BundleCache
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(60);

    private readonly string folder;

    private BundleCache(string folder, byte[] key)
    {
        this.folder = folder;
        Key = key;
    }

    private byte[] Key { get; }

    /// <summary>A redactor with the key of the cache: with it, equal credentials have equal fingerprints in every run.</summary>
    public Redactor NewRedactor() => new(Key);

    /// <summary>Opens the cache in a folder, which is made where it does not exist, readable by its owner alone.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">It cannot be used; says why.</exception>
    public static BundleCache Open(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        try
        {
            OwnerOnly.CreateFolder(folder);
            return new BundleCache(folder, ReadKey(Path.Combine(folder, "fingerprints.key")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The cache in '{folder}' cannot be used: {Reason.Of(e)}.");
        }
    }

    /// <summary>The bundles of an organization.</summary>
    /// <param name="organization">Its name.</param>
    /// <param name="now">The time of the run.</param>
    internal Shelf Of(string organization, DateTimeOffset now) =>
        new(Path.Combine(folder, "bundles", Answers.RecordingPath.Encode(organization)), now);

    private static byte[] ReadKey(string path)
    {
        if (!File.Exists(path))
        {
            var mine = Temporary(path);
            Write(mine, RandomNumberGenerator.GetBytes(32));
            try
            {
                File.Move(mine, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another run was first; its key counts.
                File.Delete(mine);
            }
        }

        var key = File.ReadAllBytes(path);
        return key.Length == 32 ? key : throw new IOException("its key is damaged; delete the folder");
    }

    private static string Temporary(string path) => path + ".partial-" + Path.GetRandomFileName();

    private static void Write(string path, byte[] content)
    {
        using var file = OwnerOnly.Create(path, FileMode.CreateNew);
        file.Write(content);
        // What has its name has its content, whatever happens to the machine.
        file.Flush(flushToDisk: true);
    }

    /// <summary>The cached bundles of one organization.</summary>
    internal sealed class Shelf
    {
        private readonly string folder;
        private readonly DateTimeOffset now;
        private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);

        internal Shelf(string folder, DateTimeOffset now)
        {
            this.folder = folder;
            this.now = now;
            try
            {
                if (Directory.Exists(folder))
                {
                    foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
                    {
                        Take(file);
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A cache that cannot be listed is an empty one.
                files.Clear();
            }
        }

        /// <summary>A bundle; null when it is not there, is damaged, or is to be downloaded again tonight.</summary>
        public byte[]? Find(BundleKind kind, string name, int revision, DateTimeOffset createdAt)
        {
            var id = Id(kind, name, revision, createdAt);
            if (!files.TryGetValue(id, out var file))
            {
                return null;
            }

            try
            {
                var today = Day(now);
                var checkedOn = Day(new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero));
                var isTurn = (Convert.ToInt32(id[..6], 16) - today) % 7 == 0;
                if (checkedOn > today || today - checkedOn >= 7 || (isTurn && checkedOn != today))
                {
                    return null;
                }

                var content = File.ReadAllBytes(file);
                if (Path.GetFileName(file) == FileName(id, content))
                {
                    return content;
                }

                File.Delete(file);
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        /// <summary>Keeps a bundle. What cannot be kept is downloaded again next time.</summary>
        /// <returns>Whether the same revision was kept with another content before, which a deployed revision cannot have.</returns>
        public bool Keep(BundleKind kind, string name, int revision, DateTimeOffset createdAt, byte[] content)
        {
            var id = Id(kind, name, revision, createdAt);
            var file = Path.Combine(folder, FileName(id, content));
            var before = files.GetValueOrDefault(id);
            try
            {
                OwnerOnly.CreateFolder(folder);
                var temporary = Temporary(file);
                Write(temporary, content);
                File.SetLastWriteTimeUtc(temporary, now.UtcDateTime);
                File.Move(temporary, file, overwrite: true);
                if (before is not null && before != file)
                {
                    File.Delete(before);
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }

            return false;
        }

        // Two contents of one bundle are there when a run was killed between writing one and deleting the other: the later one counts.
        private void Take(string file)
        {
            var name = Path.GetFileName(file);
            if (now.UtcDateTime - File.GetLastWriteTimeUtc(file) > Abandoned)
            {
                File.Delete(file);
            }
            else if (name.EndsWith(".zip", StringComparison.Ordinal) && name.IndexOf('-', StringComparison.Ordinal) is var dash and > 0)
            {
                var id = name[..dash];
                if (!files.TryGetValue(id, out var other) || File.GetLastWriteTimeUtc(other) < File.GetLastWriteTimeUtc(file))
                {
                    files[id] = file;
                }
            }
        }

        private static int Day(DateTimeOffset time) => (int)(time.ToUnixTimeSeconds() / 86_400);

        private static string FileName(string id, byte[] content) => id + "-" + Convert.ToHexStringLower(SHA256.HashData(content)) + ".zip";

        private static string Id(BundleKind kind, string name, int revision, DateTimeOffset createdAt) =>
            Convert.ToHexStringLower(
                SHA256.HashData(
                    Encoding.UTF8.GetBytes(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{BundleScrubber.Version}\n{kind}\n{name}\n{revision}\n{createdAt.ToUnixTimeMilliseconds()}"
                        )
                    )
                )
            )[..32];
    }
}
