using System.Text;
using System.Text.RegularExpressions;
using Auditor.Cli.Output;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Okta;
using Auditor.Model;

namespace Auditor.Cli.Configuration;

/// <summary>What the sources that the environment names say exists, for a first configuration. Names that are not plain are left out: they come from outside.</summary>
/// <param name="Orgs">The Okta orgs: the address that was configured, and the host that the org is known by.</param>
/// <param name="Organizations">The Apigee organizations with their environments.</param>
/// <param name="Gaps">What could not be asked, one sentence each.</param>
internal sealed partial record SeenSources(
    ImmutableArray<(string Url, string Host)> Orgs,
    ImmutableArray<(string Name, ImmutableArray<string> Environments)> Organizations,
    ImmutableArray<string> Gaps
)
{
    /// <summary>Nothing was asked.</summary>
    public static SeenSources None { get; } = new([], [], []);

    /// <summary>Whether nothing was seen.</summary>
    public bool IsEmpty => Orgs.IsEmpty && Organizations.IsEmpty;

    /// <summary>What was seen, in words.</summary>
    public string Summary =>
        string.Join(
            " and ",
            new[]
            {
                Orgs.IsEmpty ? null : "Okta " + string.Join(", ", Orgs.Select(org => org.Host)),
                Organizations.IsEmpty
                    ? null
                    : "Apigee "
                        + string.Join(
                            ", ",
                            Organizations.Select(organization =>
                                organization.Environments.IsEmpty
                                    ? organization.Name
                                    : $"{organization.Name} ({string.Join(", ", organization.Environments)})"
                            )
                        ),
            }.OfType<string>()
        );

    /// <summary>Asks the sources that the environment names. Where it names none, nobody is asked.</summary>
    public static async Task<SeenSources> AskAsync(ConsoleEnvironment environment, CancellationToken cancellationToken)
    {
        var gaps = ImmutableArray.CreateBuilder<string>();
        var orgs = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var connection in OktaConnections.Read(new AuditorConfiguration(), environment))
        {
            var (host, coverage) = await OktaSource.HostAsync(connection, environment.Clock, cancellationToken);
            orgs.Add((connection.Url.GetLeftPart(UriPartial.Authority), host));
            if (coverage is not Coverage.Complete)
            {
                gaps.Add($"{connection.Url.Authority} does not say who it is: {coverage.Reason}.");
            }
        }

        var organizations = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        foreach (var connection in await ApigeeAsync(environment, gaps, cancellationToken))
        {
            var environments = await ApigeeSource.EnvironmentsAsync(connection, environment.Clock, cancellationToken);
            organizations.Add((connection.Organization, [.. environments.Where(IsPlain).Order(StringComparer.Ordinal)]));
            if (!environments.IsComplete)
            {
                gaps.Add($"The environments of {connection.Organization} cannot be listed: {environments.Coverage.Reason}.");
            }
        }

        return new SeenSources(orgs.ToImmutable(), organizations.ToImmutable(), gaps.ToImmutable());
    }

    /// <summary>The template with what was seen in the place of its examples.</summary>
    public string Fill(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var text = template;
        if (!Orgs.IsEmpty)
        {
            text = text.Replace(
                "#okta:\n#  - name: production\n#    url: https://acme.okta.com\n",
                "okta:\n" + string.Concat(Orgs.Select(org => $"  - url: {org.Url}\n")),
                StringComparison.Ordinal
            );
        }

        if (!Organizations.IsEmpty)
        {
            text = text.Replace(
                "#apigee:\n#  - organization: acme-prod\n",
                "apigee:\n" + string.Concat(Organizations.Select(organization => $"  - organization: {organization.Name}\n")),
                StringComparison.Ordinal
            );
        }

        var environments = Organizations
            .SelectMany(organization => organization.Environments)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (environments.Length == 0 || Orgs.IsEmpty)
        {
            return text;
        }

        // Which org serves which environment nobody says but the configuration itself; with one org it is likely that one, and a person looks.
        var mark = Orgs.Length == 1 ? "" : "#";
        var pairs = new StringBuilder(mark + "environments:\n");
        foreach (var name in environments)
        {
            pairs
                .Append(CultureInfo.InvariantCulture, $"{mark}  - apigee: {name}\n")
                .Append(CultureInfo.InvariantCulture, $"{mark}    okta: {Orgs[0].Host}\n")
                .Append("#    class: production\n");
        }

        return text.Replace(
            "#environments:\n#  - apigee: prod\n#    okta: acme.okta.com\n#    class: production\n",
            pairs.ToString(),
            StringComparison.Ordinal
        );
    }

    private static async Task<ImmutableArray<ApigeeConnection>> ApigeeAsync(
        ConsoleEnvironment environment,
        ImmutableArray<string>.Builder gaps,
        CancellationToken cancellationToken
    )
    {
        var named = ApigeeConnections.Read(new AuditorConfiguration(), environment);
        var hasCredential =
            environment.Variable("GOOGLE_OAUTH_ACCESS_TOKEN") is { Length: > 0 }
            || environment.Variable("GOOGLE_APPLICATION_CREDENTIALS") is { Length: > 0 };
        if (!named.IsEmpty || !hasCredential)
        {
            return named;
        }

        ApigeeConnection Of(string organization) => ApigeeConnections.Named(organization, environment);
        var listed = await ApigeeSource.OrganizationsAsync(Of("-"), environment.Clock, cancellationToken);
        if (!listed.IsComplete)
        {
            gaps.Add($"The Apigee organizations cannot be listed (name yours in APIGEE_ORG): {listed.Coverage.Reason}.");
        }

        return [.. listed.Where(IsPlain).Order(StringComparer.Ordinal).Select(Of)];
    }

    private static bool IsPlain(string name) => PlainName().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 30_000)]
    private static partial Regex PlainName();
}
