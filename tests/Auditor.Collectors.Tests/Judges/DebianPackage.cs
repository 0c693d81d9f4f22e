using System.Formats.Tar;

namespace Auditor.Collectors.Tests.Judges;

#pragma warning disable RS0030 // The package is fetched and unpacked by Debian's own programs.
/// <summary>A file out of a package of Debian that is not installed. Where it is out of reach, the tests that need it skip themselves and say so.</summary>
internal static class DebianPackage
{
    /// <summary>Fetches a file of a package, once for all runs.</summary>
    /// <param name="package">The package.</param>
    /// <param name="file">The path of the file when installed.</param>
    /// <returns>Where it was put.</returns>
    public static async Task<string> FileAsync(string package, string file)
    {
        var place = Path.Combine(AppContext.BaseDirectory, "judges", "debian");
        var target = Path.Combine(place, Path.GetFileName(file));
        if (!File.Exists(target))
        {
            Directory.CreateDirectory(place);
            var skip = await FetchAsync(package, file, place, target);
            Assert.SkipWhen(skip is not null, skip ?? "");
        }

        return target;
    }

    private static async Task<string?> FetchAsync(string package, string file, string place, string target)
    {
        try
        {
            using var apt = Node.Start("apt-get", ["download", "-q", package], place);
            var errors = apt.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await apt.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await apt.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (Directory.GetFiles(place, package + "_*.deb") is not [var archive, ..])
            {
                return $"apt-get could not download {package}: {(await errors).Split('\n')[0]}";
            }

            using var dpkg = Node.Start("dpkg-deb", ["--fsys-tarfile", archive], place);
            await using var tar = new TarReader(dpkg.StandardOutput.BaseStream);
            while (await tar.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
            {
                if (entry.Name.TrimStart('.') == file)
                {
                    // Under another name first: what is there is whole.
                    await entry.ExtractToFileAsync(target + ".part", overwrite: true, TestContext.Current.CancellationToken);
                    File.Move(target + ".part", target);
                    File.Delete(archive);
                    dpkg.Kill();
                    return null;
                }
            }

            return $"{package} holds no {file}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "apt-get is not installed";
        }
    }
}
#pragma warning restore RS0030
