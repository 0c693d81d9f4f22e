using Auditor.Collectors.Apigee;
using Auditor.Collectors.Okta;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Live;

/// <summary>The rights that the documentation tells people to grant are the ones that a reading takes.</summary>
public sealed class CustomRoleTests
{
    [Fact]
    public async Task The_custom_role_for_google_holds_what_reading_takes_and_nothing_else()
    {
        var lines = await File.ReadAllLinesAsync(
            Path.Combine(Repository.Root, "deploy", "google", "auditor-reader.yaml"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(
            ApigeeEndpoints.DefaultPermissions,
            lines.Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..])
        );
        Assert.Equal(
            ApigeeEndpoints.OptionalPermissions.Values.Order(StringComparer.Ordinal),
            lines.Where(line => line.StartsWith("#- ", StringComparison.Ordinal)).Select(line => line[3..]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task The_readme_names_every_scope_of_okta()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        Assert.All(OktaEndpoints.DefaultScopes, scope => Assert.Contains(scope, readme, StringComparison.Ordinal));
    }
}
