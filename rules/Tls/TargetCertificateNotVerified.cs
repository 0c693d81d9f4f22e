using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Tls;

/// <summary>The gateway sends requests to a backend whose certificate it does not check.</summary>
public sealed class TargetCertificateNotVerified : IRule<BackendRoute>
{
    // Overrides what every target says (environments resource, 2026-04).
    private const string Enforced = "features.SSLInfo.Enforce";

    private static readonly RuleInfo Rule = new()
    {
        Id = "TLS-002",
        Name = "target-certificate-not-verified",
        Title = "The gateway sends requests to a backend whose certificate it does not check",
        Level = Level.Error,
        SecuritySeverity = 7.4,
        Cwe = 295,
        Fix = FixKind.Manual,
        Subjects = "ways to a backend",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BackendRoute subject, AuditContext context)
    {
        if (subject.Endpoint.NotAssessed is { } reason)
        {
            return new Verdict.NotAssessed(reason, subject.Location);
        }

        Verdict verdict = Verdict.NotApplicable;
        foreach (var (who, settings) in SettingsOf(subject))
        {
            switch (Judge(subject, who, settings))
            {
                case Verdict.Fail fail:
                    return fail;
                case Verdict.Open open:
                    verdict = open;
                    break;
                default:
                    verdict = verdict is Verdict.Open ? verdict : Verdict.Pass;
                    break;
            }
        }

        return verdict is Verdict.Open ? verdict : Uncollected(subject) ?? verdict;
    }

    // A server that was not collected may take any certificate; one that does not exist takes no requests.
    private static Verdict.Open? Uncollected(BackendRoute subject)
    {
        if (subject.Connection is not TargetConnection.Http { Servers: var named })
        {
            return null;
        }

        var program = subject.Endpoint.Program;
        var coverage = program.Environment?.TargetServers.Coverage ?? new Coverage.NotCollected("no environment is part of the input");
        var unknown = named.Where(name => !subject.Servers.Any(server => server.Name == name)).ToList();
        return unknown.Count == 0 || coverage.IsComplete
            ? null
            : new Verdict.Open(
                $"whether the certificate of {Phrase.Listed("target server", unknown)} is checked is not known: {(unknown.Count == 1 ? "it was" : "they were")} not collected",
                program.Environment is { } environment
                    ? $"the target servers of environment '{environment.Name}' ({coverage.Reason})"
                    : "the target servers of the environment",
                program.Environment?.Location ?? subject.Location
            )
            {
                Cause = $"{program.Organization.Name}/{program.Environment?.Name}/targetservers",
            };
    }

    // A target server brings its own settings; a URL takes those of the endpoint, and none of them where it does not begin with https.
    private static IEnumerable<(string Who, SslInfo Settings)> SettingsOf(BackendRoute subject)
    {
        if (subject.Connection is not TargetConnection.Http http)
        {
            yield break;
        }

        foreach (var server in subject.Servers.Where(server => server is { IsEnabled: true, Ssl.Enabled: not false }))
        {
            yield return ($"target server '{server.Name}'", server.Ssl!);
        }

        var isPlain = http.Url is { Text: var url } && url.TrimStart().StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        if (http.Ssl is { } settings && !isPlain && (http.Url is not null || settings.Enabled != false))
        {
            yield return (subject.Name, settings);
        }
    }

    private static Verdict Judge(BackendRoute subject, string who, SslInfo settings)
    {
        var program = subject.Endpoint.Program;
        var isEnforced =
            settings.Enforce == true
            || string.Equals(program.Environment?.Properties.GetValueOrDefault(Enforced), "true", StringComparison.OrdinalIgnoreCase);
        if (settings.IgnoreValidationErrors == true && !isEnforced)
        {
            return Fail(subject, who, settings);
        }

        if (
            settings.TrustStore?.StartsWith("ref://", StringComparison.Ordinal) == true
            && program.Environment is { References: { IsComplete: false } references } environment
        )
        {
            return new Verdict.Open(
                $"which certificates the backends of environment '{environment.Name}' may show is not known: the references to their truststores were not collected",
                $"the references of environment '{environment.Name}' ({references.Coverage.Reason})",
                environment.Location
            )
            {
                Cause = $"{program.Organization.Name}/{environment.Name}/references",
            };
        }

        return isEnforced || settings.TrustStore is not null
            ? Verdict.Pass
            : new Verdict.Open(
                $"whether the certificate of {who} is checked is not known: its TLS settings name no truststore and do not enforce it",
                "<Enforce>true</Enforce>, or a truststore",
                settings.Location
            );
    }

    private static Verdict.Fail Fail(BackendRoute subject, string who, SslInfo settings)
    {
        var program = subject.Endpoint.Program;
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(who[0])}{who[1..]}, where {program.Bundle.Description} sends requests, is accepted with any certificate (IgnoreValidationErrors is true, and nothing enforces the check): "
                + "whoever gets between the gateway and the backend reads and changes what passes.",
            Location = settings.IgnoreValidationErrorsLocation ?? settings.Location,
            Cause = subject.Servers.Any(server => ReferenceEquals(server.Ssl, settings))
                ? $"{program.Organization.Name}/{program.Environment?.Name}/{who}"
                : $"{Names.Of(subject.Owner, program.Organization)}/{subject.Name}/tls",
            Related = [new RelatedPlace(subject.Location, "where the requests come from")],
            Remedy =
                "Remove IgnoreValidationErrors, set Enforce to true, and name a truststore that holds the backend's authority, by ref:// so that it can be rotated.",
        };
    }
}
