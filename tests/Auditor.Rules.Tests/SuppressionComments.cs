using System.Text.RegularExpressions;
using Auditor.Engine;
using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>
/// A comment <c>auditor: ignore RULE: reason</c> accepts what is found in the element that follows it, or in the whole file before its root, and nothing else.
/// </summary>
public sealed partial class SuppressionComments
{
    private const string Policies = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/policies/";
    private const string Verify = Policies + "VJ-Okta.xml";

    private static readonly Estate Base = Estate.Load("acme");

    [Theory]
    [InlineData("auditor: ignore AUD-002: the backend asks for the audience", true)]
    [InlineData("auditor: ignore audience-not-verified: the backend asks for the audience", true)]
    [InlineData("auditor: ignore AUD: the backend asks for the audience", true)]
    [InlineData("auditor: ignore KEY-001, AUD-002: two at once", true)]
    [InlineData("auditor: ignore AUD-002", false)]
    [InlineData("auditor: ignore AUD-002:", false)]
    [InlineData("auditor: ignore AUD-003: another rule", false)]
    [InlineData("ignore AUD-002: not addressed to anybody", false)]
    [InlineData("the auditor: ignore AUD-002: not at its beginning", false)]
    public void What_is_found_below_a_comment_is_accepted_for_its_reason(string comment, bool isAccepted)
    {
        var finding = Found(comment, beforeRoot: true);
        Assert.Equal(isAccepted, finding.Accepted is not null);
        if (isAccepted)
        {
            Assert.Equal("inSource", finding.Accepted!.Kind);
            Assert.Equal(comment[(comment.LastIndexOf(": ", StringComparison.Ordinal) + 2)..], finding.Accepted.Reason);
        }
    }

    [Fact]
    public void A_comment_inside_covers_the_element_that_follows_and_not_the_one_around_it() =>
        Assert.Null(Found("auditor: ignore AUD-002: about the algorithm only", beforeRoot: false).Accepted);

    [Fact]
    public void A_comment_in_another_file_covers_nothing()
    {
        var run = WithoutAudience(Base.Copy())
            .With(
                Policies + "VA-Client.xml",
                "<!-- auditor: ignore AUD-002: meant for the other file -->\n" + Base.Text(Policies + "VA-Client.xml")
            )
            .Audit();
        Assert.Null(Assert.Single(run.Findings, finding => finding.Rule.Id == "AUD-002").Accepted);
        // And that it covers nothing is said.
        Assert.Contains(run.Findings, finding => finding.Rule.Id == "GOV-006" && finding.Place.Artifact == Policies + "VA-Client.xml");
    }

    [Fact]
    public void An_example_in_a_text_is_no_comment()
    {
        var run = WithoutAudience(Base.Copy())
            .With(
                Verify,
                WithoutAudience(Base.Copy())
                    .Text(Verify)
                    .Replace(
                        "</VerifyJWT>",
                        "  <DisplayName><![CDATA[<!-- auditor: ignore AUD-002: quoted -->]]></DisplayName>\n</VerifyJWT>",
                        StringComparison.Ordinal
                    )
            )
            .Audit();
        Assert.Null(Assert.Single(run.Findings, finding => finding.Rule.Id == "AUD-002").Accepted);
    }

    private static Finding Found(string comment, bool beforeRoot)
    {
        var estate = WithoutAudience(Base.Copy());
        var text = estate.Text(Verify);
        estate.With(
            Verify,
            beforeRoot
                ? $"<!-- {comment} -->\n{text}"
                : text.Replace("<Algorithm>", $"<!-- {comment} -->\n  <Algorithm>", StringComparison.Ordinal)
        );
        return Assert.Single(estate.Audit().Findings, finding => finding.Rule.Id == "AUD-002");
    }

    private static Estate WithoutAudience(Estate estate) => estate.With(Verify, Audience().Replace(estate.Text(Verify), ""));

    [GeneratedRegex(@"\s*<Audience[^>]*(/>|>[^<]*</Audience>)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Audience();
}
