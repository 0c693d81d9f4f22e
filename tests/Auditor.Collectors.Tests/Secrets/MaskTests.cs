using Auditor.Collectors.Secrets;
using Auditor.Model;

namespace Auditor.Collectors.Tests.Secrets;

/// <summary>What is passed over quickly is what holds nothing to mask.</summary>
public sealed class MaskTests
{
    private static readonly string Word = new('a', 36);

    public static TheoryData<string> Credentials() =>
        [
            "SSWS 00abcdefgh",
            "Basic dXNlcjpwYXNz",
            "Bearer abcdefghijkl",
            "eyJhbGciOiJI.eyJzdWIiOiJh",
            "AIza" + Word[..35],
            "AKIA0123456789ABCDEF",
            "xoxb-0123456789",
            "gho_" + Word,
            "ghp_" + Word,
            "ghs_" + Word,
            "ghu_" + Word,
            "00" + Word + "aaaa",
            "https://user:letmein@db.example",
            .. from name in Names() from value in new[] { ": \"lettersonly\"", "='a1b2c3'" } select name + value,
            .. from name in Names().Where(name => !name.Contains("token", StringComparison.OrdinalIgnoreCase))
            where !name.StartsWith("private", StringComparison.OrdinalIgnoreCase)
            select name + "=abcd1234",
        ];

    private static IEnumerable<string> Names() =>
        new[] { "password", "passwd", "pwd", "secret" }
            .Concat(
                from pair in new[] { ("api", "key"), ("access", "token"), ("refresh", "token"), ("private", "key") }
                from between in new[] { "", "_", "-" }
                select pair.Item1 + between + pair.Item2
            )
            .SelectMany(name => new[] { name, name.ToUpperInvariant(), char.ToUpperInvariant(name[0]) + name[1..] });

    [Theory]
    [MemberData(nameof(Credentials))]
    public void Every_shape_of_a_credential_is_masked_in_a_line_among_others(string credential)
    {
        var masked = SecretShapes.MaskText(credential);
        Assert.NotEqual(credential, masked);
        Assert.Equal(masked, SecretShapes.MaskLine(credential));
        Assert.Equal($"<A>\n  {masked} é\n</A>\n", SecretShapes.MaskLines($"<A>\n  {credential} é\n</A>\n"));
        Assert.Equal($"<A>\n  {masked} </A>\n", SecretShapes.MaskLines($"<A>\n  {credential} </A>\n"));
    }

    [Fact]
    public void Letters_that_a_pattern_takes_for_those_of_a_name_do_not_hide_it() =>
        Assert.DoesNotContain("a1b2c3d4", SecretShapes.MaskLine("api\u212Aey=\"a1b2c3d4\""), StringComparison.Ordinal);

    [Fact]
    public void A_line_is_cut_where_nothing_of_it_is_masked() =>
        Assert.Equal(new string('x', 4096) + "\ny", SecretShapes.MaskLines(new string('x', 5000) + "\ny"));

    [Theory]
    [InlineData("client_secret")]
    [InlineData("backendPassword")]
    [InlineData("X-API-Key")]
    [InlineData("pass.word")]
    [InlineData("accessTOKEN")]
    [InlineData("basic_auth")]
    [InlineData("api\u212Aey")]
    public void A_text_with_the_name_of_a_credential_may_hold_one(string name)
    {
        Assert.True(SecretNames.IsSecret(name));
        Assert.True(SecretNames.MayOccurIn($"<Condition>request.header.{name} = \"x\"</Condition>"));
    }

    [Fact]
    public void A_text_without_one_is_passed_over() =>
        Assert.False(SecretNames.MayOccurIn("<Condition>request.header.x-load-test != \"true\"</Condition>"));
}
