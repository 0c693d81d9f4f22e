using System.Text;
using System.Xml;
using Auditor.Collectors.Bundles;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Tests.Bundles;

/// <summary>The paths of build configurations.</summary>
public sealed class ElementPaths
{
    private const string Document = """
        <VerifyJWT name="V"><Issuer ref="a">x</Issuer><AdditionalClaims><Claim name="p">1</Claim><Claim name="q">2</Claim></AdditionalClaims></VerifyJWT>
        """;

    [Theory]
    [InlineData("/VerifyJWT/Issuer", "V[V] Issuer[a]=N AdditionalClaims Claim[p]=1 Claim[q]=2")]
    [InlineData("/VerifyJWT/Issuer/text()", "V[V] Issuer[a]=N AdditionalClaims Claim[p]=1 Claim[q]=2")]
    [InlineData("/VerifyJWT/Issuer/@ref", "V[V] Issuer[N]=x AdditionalClaims Claim[p]=1 Claim[q]=2")]
    [InlineData("//Claim", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=N Claim[q]=N")]
    [InlineData("//Claim[2]", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=1 Claim[q]=N")]
    [InlineData("/VerifyJWT/AdditionalClaims/Claim[@name='p']", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=N Claim[q]=2")]
    [InlineData("/*/AdditionalClaims[Claim=\"2\"]/*[1]", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=N Claim[q]=2")]
    [InlineData("/VerifyJWT/AdditionalClaims", "V[V] Issuer[a]=x AdditionalClaims=N")]
    [InlineData("/Other/Issuer", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=1 Claim[q]=2")]
    [InlineData("/VerifyJWT/@absent", "V[V] Issuer[a]=x AdditionalClaims Claim[p]=1 Claim[q]=2")]
    public void What_a_path_leads_to_has_the_value(string expression, string expected)
    {
        var root = HardenedXml.Read(Encoding.UTF8.GetBytes(Document), "x.xml", new NameTable()).Root;
        var path = ElementPath.Parse(expression);
        Assert.NotNull(path);
        Assert.Equal(expected, string.Join(' ', path.Set(root, "N").SelfAndDescendants().Select(Shown)));
    }

    [Theory]
    [InlineData("/A/B//C[1]", "N 2 N N 5")]
    [InlineData("//B//C[1]", "N 2 N N 5")]
    [InlineData("//C[2]", "1 N 3 4 N")]
    [InlineData("//B[2]/C", "1 2 N 4 5")]
    [InlineData("/A//C[1]", "N 2 N N 5")]
    public void A_position_counts_below_one_parent(string expression, string expected)
    {
        var root = HardenedXml
            .Read("<A><B><C>1</C><C>2</C></B><B><C>3</C><D><C>4</C><C>5</C></D></B></A>"u8.ToArray(), "x.xml", new NameTable())
            .Root;
        var changed = ElementPath.Parse(expression)!.Set(root, "N");
        Assert.Equal(expected, string.Join(' ', changed.SelfAndDescendants().Where(one => one.Name == "C").Select(one => one.Text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Issuer")]
    [InlineData("/")]
    [InlineData("/a[")]
    [InlineData("/a[position() = 1]")]
    [InlineData("count(//a)")]
    [InlineData("/a | /b")]
    [InlineData("/a/..")]
    [InlineData("//a[.//b[.//c]]")]
    [InlineData("/@a")]
    public void More_than_that_is_not_evaluated(string expression) => Assert.Null(ElementPath.Parse(expression));

    [Fact]
    public void A_path_of_many_steps_is_not_evaluated() => Assert.Null(ElementPath.Parse(string.Concat(Enumerable.Repeat("//*", 33))));

    private static string Shown(Element element) =>
        (element.Name == "VerifyJWT" ? "V" : element.Name)
        + (element.Attributes.IsEmpty ? "" : $"[{element.Attributes[0].Value}]")
        + (element.Text.Length == 0 ? "" : "=" + element.Text);
}
