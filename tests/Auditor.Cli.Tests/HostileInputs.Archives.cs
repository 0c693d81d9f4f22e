using System.Text;

namespace Auditor.Cli.Tests;

/// <summary>Archives that are not what they say: names that lead outside, lengths that lie, contents that swell.</summary>
public sealed partial class HostileInputs
{
    private static void Archives()
    {
        const string Policy = "apiproxy/policies/X.xml";
        byte[] small = "<Script name='X'/>"u8.ToArray();

        Archive("a name that climbs", RawZip.Bundle(new RawZip.Entry("../../etc/cron.d/x", small)), "climbs out of the archive");
        Archive("a name that climbs with backslashes", RawZip.Bundle(new RawZip.Entry("apiproxy\\..\\..\\x.xml", small)), "backslash");
        Archive("an absolute name", RawZip.Bundle(new RawZip.Entry("/etc/passwd", small)), "absolute");
        Archive("a drive letter", RawZip.Bundle(new RawZip.Entry("C:/x.xml", small)), "");
        Archive("a NUL in a name", RawZip.Bundle(new RawZip.Entry("apiproxy/x\0.xml", small)), "control character");
        Archive("an escape sequence in a name", RawZip.Bundle(new RawZip.Entry("apiproxy/\u001b[2J.xml", small)), "control character");
        Archive("a line break in a name", RawZip.Bundle(new RawZip.Entry("apiproxy/a\n::error::b.xml", small)), "control character");
        Archive(
            "the same name twice",
            RawZip.Bundle(new RawZip.Entry(Policy, small), new RawZip.Entry(Policy, small)),
            "two entries have the same name"
        );
        Archive(
            "names that differ in case",
            RawZip.Bundle(new RawZip.Entry(Policy, small), new RawZip.Entry(Policy.ToUpperInvariant(), small)),
            "case"
        );
        Archive(
            "two names of one entry",
            RawZip.Bundle(new RawZip.Entry(Policy, small) { LocalName = "apiproxy/policies/Y.xml" }),
            "an entry has two names"
        );
        Archive(
            "too many entries",
            RawZip.Of([.. Enumerable.Range(0, 5_001).Select(i => new RawZip.Entry($"apiproxy/{i}.xml", []))]),
            "more than 5000 entries"
        );
        Archive("a bomb", RawZip.Bundle(new RawZip.Entry(Policy, new byte[12 * 1024 * 1024])), "200");
        Archive(
            "a bomb in many small parts",
            RawZip.Bundle([.. Enumerable.Range(0, 80).Select(i => new RawZip.Entry($"apiproxy/{i}.xml", new byte[1024 * 1000]))]),
            "64 MB"
        );
        Archive(
            "an entry larger than it declares",
            RawZip.Bundle(new RawZip.Entry(Policy, small) { Size = 5 }),
            "holds more than it declares",
            Policy
        );
        Archive(
            "an entry smaller than it declares",
            RawZip.Bundle(new RawZip.Entry(Policy, small) { Size = 50 }),
            "holds less than it declares",
            Policy
        );
        Archive("a size of four gigabytes", RawZip.Bundle(new RawZip.Entry(Policy, small) { Size = 0xFFFFFFFE }), "64 MB");
        Archive("a wrong checksum", RawZip.Bundle(new RawZip.Entry(Policy, small) { Crc = 1 }), "checksum does not match", Policy);
        Archive("an encrypted entry", RawZip.Bundle(new RawZip.Entry(Policy, small) { Flags = 1 }), "encrypted");
        Archive("an unknown compression", RawZip.Bundle(new RawZip.Entry(Policy, small) { Method = 12 }), "compression");
        Archive("entries that overlap", RawZip.Bundle(new RawZip.Entry(Policy, small) { Offset = 0 }), "");
        Archive("a directory that is cut off", RawZip.Bundle()[..^40], "");
        Archive("an archive that is cut off", RawZip.Bundle()[..60], "");
        Archive(
            "an end that points outside",
            [.. "PK\x05\x06"u8, .. new byte[4], 9, 0, 9, 0, 255, 255, 255, 0, 255, 255, 255, 0, 0, 0],
            ""
        );
        Archive(
            "a symbolic link",
            RawZip.Bundle(new RawZip.Entry("apiproxy/policies/L.xml", "/etc/passwd"u8.ToArray()) { Method = 0, Attributes = 0xA1FF0000 }),
            "",
            "apiproxy/policies/L.xml"
        );
        File(
            "an archive without a bundle",
            "x.zip",
            RawZip.Of(new RawZip.Entry("readme.txt", small)),
            2,
            "holds no folder 'apiproxy' or 'sharedflowbundle'"
        );
        File(
            "an archive of an archive",
            "x.zip",
            RawZip.Of(new RawZip.Entry("apiproxy.zip", RawZip.Bundle())),
            2,
            "holds no folder 'apiproxy' or 'sharedflowbundle'"
        );
        File("an empty archive", "x.zip", RawZip.Of(), 2, "holds no folder");
        File("an empty file", "x.zip", [], 2, "is empty or is not a regular file");
        File("a compressed file of another kind", "x.zip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], 2, "is nothing that can be audited");
        Add(
            "an archive of ten gigabytes",
            folder => Sparse(folder.Write("x.zip", "PK\x03\x04"), 10L << 30),
            "x.zip",
            2,
            "'x.zip'",
            "is larger than 15 MB"
        );
    }

    private static void Archive(string name, byte[] archive, string reason, string place = "x.zip") =>
        Add(name, folder => folder.Write("x.zip", archive), "x.zip", 4, place, reason);
}
