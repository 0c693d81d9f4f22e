using Auditor.Engine;

namespace Auditor.Reports.Evidence;

/// <summary>The first file that somebody opens in a pack: what it is, what each file says, and how to check it with and without this program.</summary>
internal static class PackReadme
{
    /// <summary>The text.</summary>
    public static string Text(AuditRun run, PackFacts facts) =>
        string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Evidence of one audit by auditor {run.ToolVersion}
                Systems:   {Neutral.Visible(Headline.Systems(run))}
                Began:     {facts.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC
                Outcome:   {Headline.Line(run)}
                Number:    {facts.Sequence}, {(
                    facts.Previous is { } previous ? "after " + Neutral.Visible(previous.Name) : "the first of its chain"
                )}

                auditor reads the configuration of Okta and Apigee, works out what the gateway would do with tokens that Okta would issue, and judges every
                object by every rule. It reads only. Secrets were taken out when they were read; {Model.Mask.Text} stands where they were.

                What is in here
                  report.html              the report for people, with the controls and a line for the reviewer of each
                  controls.csv             criterion, rules, population, what is wrong, accepted and open, and the reviewer's line
                  population.csv           every object that was read: type, id, when, digest, and whether a rule judged it
                  population-summary.json  how many of each, and whether each list was read to its end
                  results.ndjson           every judgement of every rule, what is in order included
                  findings.sarif           the findings with their places (SARIF 2.1.0)
                  exceptions.csv           what is accepted, by whom, until when
                  changes.json             what is different from the pack before
                  rules.json               the rules that ran, with the controls they give evidence for
                  scope.json               the systems, and what the run was limited to
                  run.json                 which run this is: number, pack before, program, operator, configuration
                  queries.ndjson           the requests by which the estate was read, and the file of recording/ that holds what was answered
                  artifacts.csv            every file that was read, and whether it is kept in recording/
                  recording/               what was read, with secrets masked
                  snapshots/               every object with its settings, one a line; the digests of population.csv are of these lines
                  audit-run.json           the whole run: 'auditor render' makes any report from it
                  SHA256SUMS               the digest of every file above
                  signatures/              the signed statement about SHA256SUMS, and a copy of the public key

                Check it with auditor
                  auditor evidence verify . --key auditor.pub
                where auditor.pub is the public key as you know it from elsewhere. The copy in signatures/ proves only that nothing changed since somebody signed.

                Check it without auditor
                  sha256sum --check SHA256SUMS
                  signatures/evidence.sigstore.json is a Sigstore bundle (v0.3) with a DSSE envelope around an in-toto statement about SHA256SUMS.
                  cosign verify-blob-attestation --bundle signatures/evidence.sigstore.json --key auditor.pub --insecure-ignore-tlog \
                    --type {EvidenceStatement.PredicateType} SHA256SUMS

                The chain of packs shows that none is missing. That none was replaced as a whole, only a store that cannot be overwritten shows.

                """
            )
            .ReplaceLineEndings("\n");
}
