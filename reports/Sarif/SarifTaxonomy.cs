using Auditor.Engine;

namespace Auditor.Reports.Sarif;

/// <summary>A taxonomy with the taxa that the rules of a run refer to. Only ids are given: the wording of most of them belongs to others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Organization">Whose it is.</param>
/// <param name="Address">Where it is found.</param>
/// <param name="Description">What it is, in a sentence.</param>
/// <param name="Taxa">The ids, ordered.</param>
internal sealed record SarifTaxonomy(string Name, string Organization, string Address, string Description, ImmutableArray<string> Taxa)
{
    private const string Weaknesses = "CWE";

    private static readonly ImmutableArray<SarifTaxonomy> Known =
    [
        new(Weaknesses, "MITRE", "https://cwe.mitre.org/", "The Common Weakness Enumeration.", []),
        new("SOC 2", "AICPA", "https://www.aicpa-cima.com/", "The Trust Services Criteria, by their ids.", []),
        new(
            "OWASP ASVS",
            "OWASP",
            "https://owasp.org/www-project-application-security-verification-standard/",
            "The Application Security Verification Standard 5.0.0.",
            []
        ),
        new(
            "OWASP API Top 10",
            "OWASP",
            "https://owasp.org/API-Security/editions/2023/en/0x00-header/",
            "The OWASP API Security Top 10 2023.",
            []
        ),
        new("ISO 27001", "ISO", "https://www.iso.org/standard/27001", "ISO/IEC 27001:2022, Annex A.", []),
        new("NIST 800-53", "NIST", "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final", "NIST SP 800-53, revision 5.", []),
        new("PCI DSS", "PCI SSC", "https://www.pcisecuritystandards.org/", "PCI DSS 4.0.1.", []),
        new("GDPR", "European Union", "https://eur-lex.europa.eu/eli/reg/2016/679/oj", "Regulation (EU) 2016/679.", []),
    ];

    /// <summary>The taxonomies that the rules refer to, in a fixed order. Controls that are not confirmed are no facts and are left out.</summary>
    public static ImmutableArray<SarifTaxonomy> Of(ImmutableArray<RuleDescription> rules) =>
        [
            .. Known
                .Select(known =>
                    known with
                    {
                        Taxa = [.. rules.SelectMany(known.Of).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    }
                )
                .Where(taxonomy => !taxonomy.Taxa.IsEmpty),
        ];

    /// <summary>The taxa of a rule.</summary>
    public IEnumerable<string> Of(RuleDescription rule) =>
        Name != Weaknesses ? rule.Controls.Where(control => control.Confirmed && control.Framework == Name).Select(control => control.Id)
        : rule.Info.Cwe is { } cwe ? [string.Create(CultureInfo.InvariantCulture, $"CWE-{cwe}")]
        : [];
}
