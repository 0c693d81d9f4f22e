namespace Auditor.Collectors.Tests.Terraform;

/// <summary>What expressions of Terraform's sources are: the value where it is certain, and not known everywhere else.</summary>
public sealed class SourceExpressions : IDisposable
{
    private const string More = """
        variable "unset" { type = string }
        variable "hidden" {
          default   = "MARKER"
          sensitive = true
        }
        variable "set" { default = "x" }
        variable "number" {
          type    = number
          default = "8443"
        }
        variable "object" {
          type = object({
            mode   = optional(string, "AUTO")
            scopes = optional(set(string))
            inner  = optional(object({ a = optional(number, 1) }), {})
          })
          default = {}
        }
        variable "needs" {
          type    = object({ name = string })
          default = {}
        }
        variable "strict" {
          default  = "d"
          nullable = false
        }
        locals {
          map     = { b = 2, a = "1", "c d" = true }
          list    = ["b", "a", "b"]
          loop    = local.round
          round   = local.loop
          partly  = { known = 1, unknown = var.unset }
          nothing = null
        }
        resource "okta_group" "one" { name = "One" }
        resource "okta_group" "many" {
          for_each = { eu = "Europe", us = "America" }
          name     = each.value
        }
        resource "okta_group" "counted" {
          count = 2
          name  = "n${count.index}"
        }
        data "okta_group" "found" { name = "x" }
        """;

    private readonly SourceFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("\"a\\n\\\"b\\\" \\u00e9 \\\\ $${x} %%{y} $ %\"", "\"a\\n\\u0022b\\u0022 \\u00E9 \\\\ ${x} %{y} $ %\"")]
    [InlineData("\"a${1}b${true}${\"c\"}\"", "\"a1btruec\"")]
    [InlineData("\"${1.50}\"", "1.5")]
    [InlineData("<<EOT\n  a\n${1}\nEOT", "\"  a\\n1\\n\"")]
    [InlineData("<<-EOT\n    a\n      b\n\n    ${1}\n    EOT", "\"a\\n  b\\n\\n1\\n\"")]
    [InlineData("[\n  1, # one\n  2, // two\n  /* three\n  */ 3,\n]", "[1,2,3]")]
    [InlineData("{ a = 1, b : 2\n \"c\" = 3\n (\"d\") = null }", "{\"a\":1,\"b\":2,\"c\":3,\"d\":null}")]
    [InlineData("1 + 2 == 3 && !false || false ? \"y\" : \"n\"", "\"y\"")]
    [InlineData("-1.5e3", "-1500")]
    [InlineData("local.map.b", "2")]
    [InlineData("local.map[\"c d\"]", "true")]
    [InlineData("local.list[0]", "\"b\"")]
    [InlineData("local.list.1", "\"a\"")]
    [InlineData("[for k, v in local.map : \"${k}=${v}\" if v != true]", "?")]
    [InlineData("[for k, v in local.map : k]", "[\"a\",\"b\",\"c d\"]")]
    [InlineData("{ for v in [\"a\", \"b\"] : v => upper(v) if v != \"b\" }", "{\"a\":\"A\"}")]
    [InlineData("{ for i, v in local.list : v => i... }", "{\"a\":[1],\"b\":[0,2]}")]
    [InlineData("{ for v in local.list : v => 1 }", "?")]
    [InlineData("[{ a = 1 }, { a = 2 }][*].a", "[1,2]")]
    [InlineData("[{ a = 1 }, { a = 2 }].*.a", "[1,2]")]
    [InlineData("var.set", "\"x\"")]
    [InlineData("var.number", "8443")]
    [InlineData("var.object.mode", "\"AUTO\"")]
    [InlineData("var.object.inner.a", "1")]
    [InlineData("var.object.scopes", "null")]
    [InlineData("var.strict", "\"d\"")]
    [InlineData("var.set == \"x\" ? 1 : var.unset", "1")]
    [InlineData("var.unset == \"x\" ? 1 : 1", "1")]
    [InlineData("false && var.unset == \"x\"", "false")]
    [InlineData("local.partly.known", "1")]
    [InlineData("okta_group.one.name", "\"One\"")]
    [InlineData("okta_group.many[\"eu\"].name", "\"Europe\"")]
    [InlineData("values(okta_group.many)[*].name", "[\"Europe\",\"America\"]")]
    [InlineData("okta_group.counted[*].name", "[\"n0\",\"n1\"]")]
    [InlineData("one(okta_group.counted[*].name)", "?")]
    [InlineData("sort([\"a\"])", "?")]
    public void What_is_certain_is_known(string expression, string value) => Assert.Equal(value, folder.Value(expression, More));

    [Theory]
    [InlineData("var.unset")]
    [InlineData("var.missing")]
    [InlineData("var.needs")]
    [InlineData("local.loop")]
    [InlineData("local.partly")]
    [InlineData("\"a${var.unset}\"")]
    [InlineData("\"a${null}\"")]
    [InlineData("[1, var.unset]")]
    [InlineData("var.unset ? 1 : 2")]
    [InlineData("true && var.unset == \"x\"")]
    [InlineData("local.list[7]")]
    [InlineData("local.list[-1]")]
    [InlineData("local.list[0.5]")]
    [InlineData("local.map.z")]
    [InlineData("toset(local.list)[0]")]
    [InlineData("1 == \"1\"")]
    [InlineData("[] == []")]
    [InlineData("data.okta_group.found.id")]
    [InlineData("path.module")]
    [InlineData("terraform.workspace")]
    [InlineData("\"%{ if true }a%{ else }b%{ endif }\"")]
    [InlineData("\"a ${~ 1 ~} b\"")]
    [InlineData("file(\"main.tf\")")]
    [InlineData("timestamp()")]
    [InlineData("0.00000000000000000000000000000000001")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("module.missing.x")]
    [InlineData("okta_group.many")]
    public void What_is_not_certain_is_not_known(string expression) => Assert.Equal("?", folder.Value(expression, More));

    [Theory]
    [InlineData("okta_group.one.id", "? okta_group.one")]
    [InlineData("\"${okta_group.one.id}\"", "? okta_group.one")]
    [InlineData("okta_group.many[\"us\"].id", "? okta_group.many[\"us\"]")]
    [InlineData("okta_group.counted.1.id", "? okta_group.counted[1]")]
    [InlineData("one([for g in okta_group.many : g if g.name == \"Europe\"]).id", "? okta_group.many[\"eu\"]")]
    [InlineData("\"x-${okta_group.one.id}\"", "?")]
    public void What_an_apply_makes_says_which_resource_it_comes_from(string expression, string value) =>
        Assert.Equal(value, folder.Value(expression, More));

    [Theory]
    [InlineData("toset(local.list)", "[\"a\",\"b\"]")]
    [InlineData("tolist(toset(local.list))[0]", "\"a\"")]
    [InlineData("tomap({ a = 1 })", "{\"a\":1}")]
    [InlineData("concat([1], [], [2])", "[1,2]")]
    [InlineData("concat([[1], [2]]...)", "[1,2]")]
    [InlineData("merge({ a = 1, b = 1 }, null, { b = 2 })", "{\"a\":1,\"b\":2}")]
    [InlineData("keys(local.map)", "[\"a\",\"b\",\"c d\"]")]
    [InlineData("values({ b = 1, a = 2 })", "[2,1]")]
    [InlineData("lower(\"AbC\")", "\"abc\"")]
    [InlineData("upper(\"\u00DF\")", "?")]
    [InlineData("format(\"%s-%d-%%\", \"a\", 7)", "\"a-7-%\"")]
    [InlineData("format(\"%05d\", 7)", "?")]
    [InlineData("format(\"%s\")", "?")]
    [InlineData("format(\"x\", 1)", "?")]
    [InlineData("join(\"-\", [\"a\", \"b\"])", "\"a-b\"")]
    [InlineData("split(\",\", \"a,b,\")", "[\"a\",\"b\",\"\"]")]
    [InlineData(
        "jsonencode({ b = [1, true, null], a = \"<\\\"\" })",
        "\"{\\u0022a\\u0022:\\u0022\\\\u003c\\\\\\u0022\\u0022,\\u0022b\\u0022:[1,true,null]}\""
    )]
    [InlineData("lookup(local.map, \"b\", 0)", "2")]
    [InlineData("lookup(local.map, \"z\", 0)", "0")]
    [InlineData("try(local.map.b, 1)", "2")]
    [InlineData("try(local.map.z, 1)", "?")]
    [InlineData("coalesce(null, \"\", \"a\")", "\"a\"")]
    [InlineData("coalesce(var.unset, \"a\")", "?")]
    [InlineData("length(local.list)", "3")]
    [InlineData("length([var.unset])", "1")]
    [InlineData("length([var.hidden])", "1")]
    [InlineData("keys({ a = var.hidden })", "[\"a\"]")]
    [InlineData("contains(local.list, \"a\")", "true")]
    [InlineData("contains(local.list, \"z\")", "false")]
    [InlineData("contains([var.unset, \"a\"], \"a\")", "true")]
    [InlineData("contains([var.unset, \"a\"], \"z\")", "?")]
    [InlineData("trimspace(\" a \")", "\"a\"")]
    [InlineData("replace(\"a.b\", \".\", \"-\")", "\"a-b\"")]
    [InlineData("replace(\"a.b\", \"/./\", \"-\")", "?")]
    [InlineData("compact([\"a\", \"\", null])", "[\"a\"]")]
    [InlineData("flatten([[1], [[2], 3]])", "[1,2,3]")]
    [InlineData("distinct(local.list)", "[\"b\",\"a\"]")]
    public void Functions_are_worked_out_where_their_value_is_certain(string expression, string value) =>
        Assert.Equal(value, folder.Value(expression, More));

    [Theory]
    [InlineData("var.hidden")]
    [InlineData("\"x${var.hidden}\"")]
    [InlineData("[var.hidden]")]
    [InlineData("{ a = { b = var.hidden } }")]
    [InlineData("jsonencode({ a = var.hidden })")]
    [InlineData("join(\",\", [var.hidden])")]
    [InlineData("var.hidden == \"MARKER\"")]
    [InlineData("var.hidden == \"MARKER\" ? \"a\" : \"b\"")]
    [InlineData("[for x in [1] : x if var.hidden != \"\"]")]
    [InlineData("merge({ a = 1 }, { b = var.hidden })")]
    [InlineData("sensitive(\"a\")")]
    [InlineData("upper(var.hidden)")]
    [InlineData("length(sensitive([1]))")]
    [InlineData("lookup({ a = 1 }, var.hidden, 2)")]
    [InlineData("\"%{ if true }${var.hidden}%{ endif }\"")]
    [InlineData("sort([var.hidden])")]
    [InlineData("{ (var.hidden) = 1 }")]
    public void What_is_made_of_what_may_not_be_shown_may_not_be_shown(string expression) =>
        Assert.StartsWith("!", folder.Value(expression, More), StringComparison.Ordinal);

    [Fact]
    public void A_mark_can_be_taken_away_only_by_saying_so() => Assert.Equal("\"MARKER\"", folder.Value("nonsensitive(var.hidden)", More));

    [Theory]
    [InlineData("later.auto.tfvars", "\"later\"")]
    [InlineData("terraform.tfvars", "\"first\"")]
    [InlineData("other.tfvars", "\"x\"")]
    public void Values_beside_the_sources_are_those_that_Terraform_takes(string last, string value)
    {
        if (last != "other.tfvars")
        {
            folder.With("terraform.tfvars", "set = \"first\"\n");
        }

        folder.With(last, last == "terraform.tfvars" ? "set = \"first\"\n" : "set = \"later\"\n");
        Assert.Equal(value, folder.Value("var.set", More));
    }
}
