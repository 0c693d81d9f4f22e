using System.CommandLine;

namespace Auditor.Cli;

/// <summary>What the help of a command teaches beyond its options: how it is used, and what its exit code means.</summary>
internal static class Guides
{
    private const string Codes = """
        Exit codes:
          0    clean
          1    findings at or above --fail-on
          2    wrong usage or configuration
          3    internal error
          4    incomplete: something that the audit needed could not be read or assessed
          5    nothing was found to audit
          130  cancelled
          When several hold: 3, then 4, then 1. The code does not depend on the format of the report.
        """;

    /// <summary>The guide of a command; null when it has none.</summary>
    public static string? Of(Command command) =>
        command is RootCommand
            ? """
                Start here:
                  auditor init                         write a commented auditor.yaml
                  auditor audit                        audit what is in the current folder
                  auditor explain audience-mismatch    what a rule means and how to fix what it finds


                """ + Codes
            : command.Name switch
            {
                "audit" => """
                    Examples:
                      auditor audit                                    the current folder
                      auditor audit apiproxy.zip                       one bundle
                      auditor audit recording --fail-on warning        a recording of Okta and Apigee
                      auditor audit --report text --report json=audit.json
                                                                       several reports of one run
                      auditor audit --rules core --exclude-rules SEC   rules by id, name, family, or core


                    """ + Codes,
                "diff" => """
                    Examples:
                      auditor diff monday tuesday                      two recordings
                      auditor diff apiproxy.zip src/apiproxy           what was deployed, and what is in the checkout
                      auditor diff checkout recording --declared       what the repository holds, and what is live
                      auditor diff plan.json                           what a plan of Terraform would change
                      auditor diff recording --environments staging=prod
                      auditor diff run:12 run:last --store auditor.db  two nights
                      auditor diff old new --report markdown=drift.md --fail-on warning


                    """ + Codes,
                "history" => """
                    Examples:
                      auditor history                                  the store of auditor.yaml
                      auditor history --store auditor.db --every 1d    with the nights that were missed
                      auditor history --format json --last 400
                    """,
                "collect" => """
                    Examples:
                      auditor collect                                  the sources of auditor.yaml, or of OKTA_CLIENT_ORGURL and APIGEE_ORG,
                                                                       into 'recording'
                      auditor collect --only apigee --include kvm-values,app-credentials
                      auditor collect --out nightly --include system-log,audit-log --since 1d
                      auditor audit nightly                            audit it, now or next year


                    """ + Codes,
                "doctor" => """
                    Examples:
                      auditor doctor                                   every source
                      auditor doctor apigee                            rights that are needed, granted, missing, and too many
                    """,
                "render" => """
                    Examples:
                      auditor audit --report text --report run=tonight.run.json
                                                                       keep the run
                      auditor render tonight.run.json --report html=report.html --report csv=findings.csv

                    The exit code says whether the reports were made, not what is in them.
                    """,
                "baseline" => """
                    Examples:
                      auditor baseline create                          everything that fails now is known
                      auditor audit --baseline auditor-baseline.json --new-only
                                                                       fail on what is new, and list only that
                      auditor baseline prune                           after repairs
                    """,
                "evidence" => """
                    Examples:
                      auditor evidence pack recording --out packs --key evidence.key
                      auditor evidence verify packs --key evidence.pub every pack, and that none is missing
                      auditor evidence sample packs --seed 4711        25 days, and what to look at on each
                    """,
                "pack" => """
                    Examples:
                      auditor evidence pack                            what auditor.yaml names, signed with AUDITOR_EVIDENCE_KEY
                      auditor evidence pack recording --out packs --key evidence.key
                      auditor evidence pack recording --sign-program /usr/local/bin/sign --public-key evidence.pub

                    A key:
                      openssl ecparam -name prime256v1 -genkey -noout -out evidence.key
                      openssl ec -in evidence.key -pubout -out evidence.pub


                    """ + Codes,
                "verify" => """
                    Examples:
                      auditor evidence verify packs/evidence-… --key evidence.pub
                      auditor evidence verify packs --key evidence.pub every pack, and that none is missing

                    Exit codes:
                      0    verified
                      1    something is wrong; every fault is named
                      2    wrong usage
                    """,
                "sample" => """
                    Examples:
                      auditor evidence sample packs --seed 4711 --days 25 --items 5
                      auditor evidence sample packs --seed 4711 --from 2026-01-01 --to 2026-12-31 --format csv > sample.csv
                    """,
                "explain" => """
                    Examples:
                      auditor explain AUD-001
                      auditor explain audience-mismatch
                      auditor explain AUD --format markdown > aud.md    a whole family
                    """,
                "rules" => """
                    Examples:
                      auditor rules
                      auditor rules core
                      auditor rules AUD --format json
                    """,
                "init" => """
                    Examples:
                      auditor init                                   asks the sources of OKTA_CLIENT_ORGURL and APIGEE_ORG, where set
                      auditor init --schema > auditor.schema.json    for editors that understand YAML
                    """,
                "completion" => """
                    Examples:
                      auditor completion bash > ~/.local/share/bash-completion/completions/auditor
                      auditor completion zsh > "${fpath[1]}/_auditor"
                      auditor completion fish > ~/.config/fish/completions/auditor.fish
                    """,
                _ => null,
            };
}
