using System.Diagnostics;
using System.Globalization;
using System.Text;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Collectors.Terraform.Source;
using Auditor.Model;
using Auditor.Testing;
using CsCheck;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>The syntax of Terraform's sources: what is malformed is refused with its place, and nothing makes the reading slow or fail.</summary>
public sealed class SourceSyntax : IDisposable
{
    private const string Odd = "\"\\\n\t$%{}~ #<\u00e9";

    private readonly SourceFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a = \"MARKER", "main.tf:1:5: the text has no end")]
    [InlineData("a = \"MARKER\nb\"", "main.tf:1:12: the text goes over the end of the line")]
    [InlineData("\n\n  a = \"${MARKER\"", "main.tf:3:16: ")]
    [InlineData("a = <<EOT\nMARKER\n", "main.tf:2:1: the text has no end: its marker is missing")]
    [InlineData("a = \"\\q MARKER\"", "main.tf:1:7: an escape that does not exist")]
    [InlineData("a = \"\\ud800 MARKER\"", "main.tf:1:7: an escape that is no character")]
    [InlineData("a = 1 b = 2", "main.tf:1:7: expected the end of the line")]
    [InlineData("a = ", "main.tf:1:5: expected a value")]
    [InlineData("a = [1 2]", "main.tf:1:8: expected ',' or ']'")]
    [InlineData("a = { b 1 }", "main.tf:1:9: expected '=' or ':' after the key")]
    [InlineData("a = 1 ? 2", "main.tf:1:10: expected ':' of the conditional")]
    [InlineData("a = [for x 1]", "main.tf:1:12: expected 'in'")]
    [InlineData("a = {for x in y : x}", "main.tf:1:20: expected '=>'")]
    [InlineData("a \"MARKER\" = 1", "main.tf:1:12: expected '=' or '{'")]
    [InlineData("a {", "main.tf:1:4: the file ends within a block")]
    [InlineData("}", "main.tf:1:1: expected the name")]
    [InlineData("a = 1\na = 2", "main.tf:2:1: an attribute of that name stands there already")]
    [InlineData("/* MARKER", "main.tf:1:1: the comment has no end")]
    [InlineData("variable {}", "main.tf:1:1: a block of this kind has one label")]
    [InlineData("resource \"okta_group\" {}", "main.tf:1:1: a resource has two labels")]
    [InlineData("resource \"a\" \"b\" {}\nresource \"a\" \"b\" {}", "main.tf:2:1: it is declared twice")]
    [InlineData("a \"${b}\" {}", "main.tf:1:9: expected a text without '${'")]
    [InlineData("a = \"%{ MARKER }\"", "main.tf:1:15: expected 'if'")]
    public void What_is_malformed_is_refused_with_its_place_and_nothing_of_its_text(string content, string says)
    {
        var line = folder.With("main.tf", content).Refusal();
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.StartsWith("'src': ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("override.tf", "", "files that override others are not read")]
    [InlineData("prod_override.tf", "", "files that override others are not read")]
    [InlineData("more.tf.json", "{}", "sources in JSON are not read")]
    [InlineData("terraform.tfvars.json", "{}", "values of variables in JSON are not read")]
    [InlineData("a.auto.tfvars.json", "{}", "values of variables in JSON are not read")]
    public void What_is_not_read_and_would_change_what_is_read_is_refused(string file, string content, string says) =>
        Assert.Contains(says, folder.With("main.tf", "").With(file, content).Refusal(), StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        folder.With("main.tf", "");
        File.WriteAllBytes(Path.Combine(folder.Path, "main.tf"), [0x61, 0x20, 0x3D, 0xFF]);
        Assert.Contains("main.tf:1:1: the file is not UTF-8", folder.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{a=")]
    [InlineData("!")]
    [InlineData("-")]
    [InlineData("f(")]
    [InlineData("\"${")]
    [InlineData("a[")]
    [InlineData("true ? 1 : ")]
    [InlineData("[for x in ")]
    public void What_is_nested_without_end_is_refused(string piece) =>
        Assert.Contains(
            "nested more than 100 deep",
            folder.With("main.tf", "a = " + string.Concat(Enumerable.Repeat(piece, 100_000))).Refusal(),
            StringComparison.Ordinal
        );

    [Fact]
    public void Blocks_within_blocks_without_end_are_refused() =>
        Assert.Contains(
            "nested more than 100 deep",
            folder.With("main.tf", string.Concat(Enumerable.Repeat("a {\n", 100_000))).Refusal(),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(".a")]
    [InlineData("[0]")]
    [InlineData(" + a")]
    [InlineData("[*].a")]
    [InlineData(" || a")]
    public void What_is_chained_without_end_is_not_known(string piece) =>
        Assert.Equal("?", folder.Value("a" + string.Concat(Enumerable.Repeat(piece, 200_000))));

    [Fact]
    public void What_is_nested_from_line_to_line_without_end_is_not_known()
    {
        var text = new StringBuilder("locals {\n  l0 = [1]\n");
        for (var i = 1; i < 20_000; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  l{i} = [local.l{i - 1}]\n");
        }

        // Each is worked out on top of the one before it, so that none is too deep by itself.
        text.Append("}\nresource \"okta_group\" \"all\" {\n");
        for (var i = 0; i < 20_000; i += 50)
        {
            text.Append(CultureInfo.InvariantCulture, $"  a{i:00000} = length(local.l{i})\n");
        }

        text.Append("}\n");
        folder.With("main.tf", text.ToString());
        Assert.Equal("[1]", folder.Value("flatten(okta_group.all.a19950 == 1 ? local.l19950 : [])"));
        Assert.Equal("?", folder.Value("okta_group.all.a19950 == 1 ? local.l19950 : []"));
        Assert.Equal("?", folder.Value("jsonencode(okta_group.all.a19950 == 1 ? local.l19950 : [])"));
    }

    [Fact]
    public void What_doubles_in_every_line_is_not_known_and_takes_no_time()
    {
        var text = new StringBuilder("locals {\n  t0 = \"0123456789abcdef\"\n  l0 = [1]\n  o0 = { a = 1 }\n");
        for (var i = 1; i < 100; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  t{i} = \"${{local.t{i - 1}}}${{local.t{i - 1}}}\"\n");
            text.Append(CultureInfo.InvariantCulture, $"  l{i} = [local.l{i - 1}, local.l{i - 1}]\n");
            text.Append(CultureInfo.InvariantCulture, $"  o{i} = {{ a = local.o{i - 1}, b = local.o{i - 1} }}\n");
        }

        var watch = Stopwatch.StartNew();
        Assert.Equal("?", folder.Value("[local.t99, local.l99, local.o99]", text.Append('}').ToString()));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("resource \"okta_group\" \"a\" {\n  count = 100000\n}")]
    [InlineData(
        "resource \"okta_group\" \"a\" {\n  count = 9000\n}\nresource \"okta_group\" \"b\" {\n  count = 9000\n}\nresource \"okta_group\" \"c\" {\n  count = 9000\n}"
    )]
    [InlineData("module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n}")]
    [InlineData(
        "locals {\n  l = split(\",\", \"LIST\")\n  a = [for x in local.l : [for y in local.l : [for z in local.l : 1]]]\n}\nresource \"okta_group\" \"a\" {\n  name = local.a\n}"
    )]
    public void What_takes_too_much_is_refused_in_one_line(string content)
    {
        folder.With("main.tf", content.Replace("LIST", string.Concat(Enumerable.Repeat("a,", 1000)), StringComparison.Ordinal));
        folder.With("m/main.tf", "module \"c\" {\n  source = \"../m\"\n}\nmodule \"d\" {\n  source = \"../m\"\n}");
        Assert.Contains("takes more to work out than is spent", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_file_is_read_in_one_go()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"variable \"v{i}\" {{\n  default = [\"a\", {{ b = {i} }}] # MARKER\n}}\n\n");
        }

        var watch = Stopwatch.StartNew();
        Assert.Equal(20_000, HclParser.Parse(Encoding.UTF8.GetBytes(text.ToString()), CancellationToken.None).Blocks.Count);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Fact]
    public void What_is_written_is_what_is_read() =>
        Values(3)
            .Sample(
                value =>
                {
                    var body = HclParser.Parse(Encoding.UTF8.GetBytes("a = " + value.Source + "\n"), CancellationToken.None);
                    var read = new HclEvaluator(CancellationToken.None).Value(body.Attributes["a"].Value, HclScope.Empty);
                    Assert.Equal(value.Json, HclFunctions.Call("jsonencode", [read], _ => { }).Text);
                },
                iter: 2_000
            );

    [Fact]
    public void No_bytes_make_the_reading_fail()
    {
        var pieces = new[]
        {
            "a",
            " = ",
            "\"",
            "${",
            "}",
            "%{",
            "{",
            "[",
            "]",
            "(",
            ")",
            "\n",
            "<<E\n",
            "E\n",
            "for ",
            "in ",
            ":",
            "=>",
            "?",
            ".",
            "*",
            "#",
            "/*",
            "*/",
            "\\u00e9",
            "1e9",
            "-",
            "!",
            "==",
            "&&",
            "...",
            "resource \"okta_group\" \"a\" {\n",
            "locals {\n",
            "\0",
            "\u00e9",
            "local.a",
            "each.key",
            "if ",
            "~",
            "count = 2\n",
            "for_each = ",
            "dynamic \"x\" {\n",
            "\r\n",
            "null",
            "try(",
            ",",
        };
        Gen.Int[0, pieces.Length - 1]
            .Array[0, 40]
            .Select(all => Encoding.UTF8.GetBytes(string.Concat(all.Select(i => pieces[i]))))
            .Sample(Read, iter: 5_000);
        Gen.Byte.Array[0, 60].Sample(Read, iter: 2_000);

        static void Read(byte[] bytes)
        {
            try
            {
                var body = HclParser.Parse(bytes, CancellationToken.None);
                var module = new ModuleSource { Folder = "" };
                module.Add("main.tf", body);
                foreach (var attribute in body.Attributes.Values.Concat(body.Blocks.SelectMany(block => block.Body.Attributes.Values)))
                {
                    new HclEvaluator(CancellationToken.None).Value(attribute.Value, HclScope.Empty);
                }
            }
            catch (HclException e)
            {
                Assert.True(e.Place is { Line: > 0, Column: > 0 });
            }
        }
    }

    [Fact]
    public void No_sources_make_the_mapping_fail()
    {
        string[] types =
        [
            "okta_auth_server",
            "okta_auth_server_default",
            "okta_auth_server_scope",
            "okta_auth_server_claim",
            "okta_auth_server_policy",
            "okta_auth_server_policy_rule",
            "okta_trusted_server",
            "okta_app_oauth",
            "okta_app_group_assignments",
            "okta_group",
            "okta_inline_hook",
            "google_apigee_environment",
            "google_apigee_flowhook",
            "google_apigee_target_server",
            "google_apigee_environment_keyvaluemaps",
            "google_apigee_environment_keyvaluemaps_entries",
            "google_apigee_api_product",
            "google_apigee_envgroup",
            "google_apigee_envgroup_attachment",
            "google_apigee_api_deployment",
            "okta_made_up",
        ];
        string[] names =
        [
            "name",
            "label",
            "id",
            "org_id",
            "env_id",
            "environment",
            "auth_server_id",
            "policy_id",
            "app_id",
            "client_whitelist",
            "scopes",
            "count",
            "for_each",
            "provider",
            "flow_hook_point",
            "env_keyvaluemap_id",
            "value",
            "port",
            "envgroup_id",
            "operation_group",
            "group",
            "channel",
        ];
        string[] values =
        [
            "null",
            "\"a\"",
            "7",
            "[]",
            "{}",
            "[null, {}]",
            "{ a = [1] }",
            "var.x",
            "var.hidden",
            "okta_auth_server.a.id",
            "each.key",
            "count.index",
            "true",
            "google_apigee_environment.a.name",
            "\"organizations/acme/environments/prod\"",
            "\"organizations/\"",
            "toset([\"a\", \"b\"])",
            "okta_group.a",
            "module.m.x",
            "-1.5",
            "okta_auth_server_policy.a[\"a\"].id",
            "okta",
            "2",
        ];
        var attribute = Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, values.Length - 1]);
        var resource = Gen.Select(Gen.Int[0, types.Length - 1], attribute.Array[0, 6]);
        var live = Live();
        resource
            .Array[1, 6]
            .Sample(
                all =>
                {
                    var text = new StringBuilder("variable \"hidden\" {\n  default = \"h\"\n  sensitive = true\n}\n");
                    foreach (var (type, attributes) in all.DistinctBy(one => one.Item1))
                    {
                        text.Append(CultureInfo.InvariantCulture, $"resource \"{types[type]}\" \"a\" {{\n");
                        foreach (var (name, value) in attributes.DistinctBy(one => one.Item1))
                        {
                            text.Append(CultureInfo.InvariantCulture, $"  {names[name]} = {values[value]}\n");
                        }

                        text.Append("}\n");
                    }

                    using var one = new SourceFolder().With("main.tf", text.ToString());
                    var document = TerraformDocument.Of(one.Source(), "src", new Redactor());
                    document.Alone(TerraformView.Planned);
                    document.Whole(TerraformView.Planned, live);
                    foreach (var others in Enum.GetValues<TerraformOthers>())
                    {
                        document.Over(TerraformView.Planned, live, others);
                    }
                },
                iter: 200,
                threads: 1
            );
    }

    private static Landscape Live() =>
        new InputReader(new Redactor())
            .ReadAsync(["acme"], Repository.Landscapes, TestContext.Current.CancellationToken)
            .GetAwaiter()
            .GetResult()
            .Landscape;

    // A value as it is written in the sources, and as JSON.
    private static Gen<(string Source, string Json)> Values(int depth)
    {
        var text = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char[Odd]), 0, 8];
        var plain = Gen.OneOf(
            Gen.Int.Select(i => (i.ToString(CultureInfo.InvariantCulture), i.ToString(CultureInfo.InvariantCulture))),
            Gen.Bool.Select(b => b ? ("true", "true") : ("false", "false")),
            Gen.Const(("null", "null")),
            text.Select(one => (Written(one), Json(one)))
        );
        if (depth == 0)
        {
            return plain;
        }

        var inner = Values(depth - 1);
        return Gen.OneOf(
            plain,
            inner
                .Array[0, 4]
                .Select(all =>
                    ($"[{string.Join(",\n", all.Select(one => one.Source))}]", $"[{string.Join(',', all.Select(one => one.Json))}]")
                ),
            Gen.Dictionary(text, inner)[0, 4]
                .Select(all =>
                    (
                        $"{{ {string.Join("\n", all.Select(one => $"{Written(one.Key)} = {one.Value.Source}"))} }}",
                        $"{{{string.Join(',', all.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{Json(one.Key)}:{one.Value.Json}"))}}}"
                    )
                ),
            inner.Select(one => ($"(/* a */ {one.Source}\n)", one.Json))
        );
    }

    private static string Written(string text) =>
        '"'
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal)
            .Replace("${", "$${", StringComparison.Ordinal)
            .Replace("%{", "%%{", StringComparison.Ordinal)
        + '"';

    private static string Json(string text) =>
        '"'
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal)
            .Replace("<", "\\u003c", StringComparison.Ordinal)
        + '"';
}
