using Auditor.Engine;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>The script that looks for the scope, written in other ways: what is followed is right, what is not followed is open, and nothing is refused for good because of it.</summary>
public sealed class ScriptsOverScopes
{
    private const string Line = "context.setVariable('scope.ok', scopes.indexOf(need) >= 0 ? 'true' : 'false');";
    private static readonly AuditRun Base = Estate.Load("meridian").AuditAsDeclared();

    [Theory]
    [InlineData("scopes.some(function (s) { return s === need; })")]
    [InlineData("scopes.filter(function (s) { return s === need; }).length > 0")]
    [InlineData("!scopes.every(function (s) { return s !== need; })")]
    [InlineData("scopes.every(function (s) { return s !== need; }) === false")]
    [InlineData("scopes.find(function (s) { return s === need; })")]
    [InlineData("scopes.findIndex(function (s) { return need == s; }) > -1")]
    [InlineData("scopes.lastIndexOf(need) !== -1")]
    [InlineData("~scopes.indexOf(need)")]
    [InlineData("0 <= scopes.indexOf(need)")]
    public void A_check_that_is_right_is_in_order(string test)
    {
        var run = Run(test);
        Assert.Empty(Findings(run));
        Assert.Equal(Base.Populations.AsEnumerable(), run.Populations);
    }

    [Theory]
    [InlineData("scopes.some(function (s) { return true; })")]
    [InlineData("scopes.length > 0")]
    [InlineData("scopes.map(function (s) { return s.toLowerCase(); }).indexOf(need) >= 0")]
    [InlineData("scopes.reduce(function (found, s) { return found || s === need; }, false)")]
    [InlineData("(function () { for (var i = 0; i < scopes.length; i++) { if (scopes[i] == need) return true; } return false; })()")]
    [InlineData("(function () { var i = 0; while (i < scopes.length) { if (scopes[i++] == need) return true; } return false; })()")]
    [InlineData("(function () { var ok = false; scopes.forEach(function (s) { if (s === need) ok = true; }); return ok; })()")]
    [InlineData("(function () { var ok = false; for (var k in scopes) { var ok = scopes[k] === need; } return ok; })()")]
    [InlineData("(function () { var hit = []; scopes.forEach(function (s) { hit.push(s); }); return hit.length > 0; })()")]
    [InlineData("(function () { var o = { ok: false }; scopes.forEach(function (s) { o.ok = true; }); return o.ok; })()")]
    [InlineData("(function () { var ok = false; function set() { ok = true; } while (scopes.pop()) { set(); } return ok; })()")]
    public void A_check_that_is_not_followed_is_open(string test)
    {
        var findings = Findings(Run(test));
        Assert.Contains(findings, finding => finding.StartsWith("SCP-001 open", StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.Contains(" open", finding, StringComparison.Ordinal));
    }

    private static string[] Findings(AuditRun run) =>
        [.. run.Findings.Select(finding => $"{finding.Rule.Id} {finding.Verdict} {finding.Place}: {finding.Message}")];

    private static AuditRun Run(string test) =>
        Estate
            .Load("meridian")
            .Replace(ScopeScript, Line, $"context.setVariable('scope.ok', ({test}) ? 'true' : 'false');")
            .AuditAsDeclared();
}
