using System.Globalization;
using System.Text;
using System.Xml;
using Auditor.Collectors.Bundles;

namespace Auditor.Collectors.Tests.Bundles;

/// <summary>An ordinary document is read from its bytes, any other from its text. A byte-order mark makes it another and changes nothing else.</summary>
public sealed class XmlReadingTests
{
    public static TheoryData<string> Documents() =>
        [
            .. from head in new[]
            {
                "",
                "\n  ",
                "<?xml version=\"1.0\"?>",
                "<?xml version=\"1.1\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
                "<?xml version='1.0' encoding='utf-16'?>\r\n\r\n",
                "<?xml version=\"1.0\"\n encoding=\"UTF-8\"?>",
                "<!-- auditor:ignore POL-001: of old -->\n",
                "<?xml version=\"1.0\"?><!-- auditor:ignore POL-001: of old -->",
                "<!-- first --><?xml version=\"1.0\"?>",
                "Licence <?xml version=\"1.0\"?>",
                "<?xml version=\"1.0\"?><?xml version=\"1.0\"?>",
                "<?xml version=\"1.0\"",
                "<!DOCTYPE Policy [<!ENTITY x \"y\">]>",
            }
            from body in new[]
            {
                "<Policy name=\"a\"/>",
                "<Policy name=\"ü\" xmlns:x=\"urn:x\" x:y=\"1\">\n  <A>b</A>\r\n\t<!-- auditor:ignore POL-002 --><B c='d'><![CDATA[<e>]]> f &amp; 😀</B>\r<C/></Policy>\n",
                "<Policy><A></Policy>",
                "<Policy>&unknown;</Policy>",
                "<Policy a=\"1\" a=\"2\"/>",
                "<Policy>\u0001</Policy>",
                "<Policy/><Policy/>",
                string.Concat(Enumerable.Repeat("<A>", 257)),
                "",
            }
            select head + body,
        ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_is_the_same_however_it_is_read(string document)
    {
        var bytes = Encoding.UTF8.GetBytes(document);
        Assert.Equal(Read([.. Encoding.UTF8.Preamble, .. bytes]), Read(bytes));
    }

    private static string Read(byte[] bytes)
    {
        try
        {
            var document = HardenedXml.Read(bytes, "a.xml", new NameTable());
            return string.Join(
                '\n',
                document
                    .Root.SelfAndDescendants()
                    .Select(element => $"{element} {string.Join(' ', element.Attributes)} '{element.RawText}'")
                    .Concat(document.Comments.Select(comment => comment.ToString()))
            );
        }
        catch (UnreadableXmlException e)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{e.Message} at {e.Line}:{e.Column}");
        }
    }
}
