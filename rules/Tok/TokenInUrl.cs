using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Tok;

/// <summary>A credential is taken from the URL or from a form.</summary>
public sealed class TokenInUrl : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-005",
        Name = "token-in-url",
        Title = "A token or key is read from the query string or from a form field",
        Level = Level.Error,
        SecuritySeverity = 7.0,
        Cwe = 598,
        Fix = FixKind.SemiAutomatic,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Role != TokenRole.Bearer || !subject.LeadsToBackend || subject.Source is Resolution.Absent)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Kind is not (TokenCheckKind.Jwt or TokenCheckKind.Jws or TokenCheckKind.ApigeeToken or TokenCheckKind.ApiKey))
        {
            return Verdict.NotApplicable;
        }

        return subject.Source switch
        {
            Resolution.Tainted { Source: var source } when InUrl(source) is { } place => Fail(subject, source, place),
            Resolution.Opaque opaque when subject.Kind == TokenCheckKind.Jwt => Trust.NotKnown(
                $"where {subject.Policy.Kind} '{subject.Policy.Name}' takes its token from",
                opaque,
                subject.Jwt!.SourceLocation ?? subject.Location
            ),
            Resolution.Tainted => Verdict.Pass,
            _ => Verdict.NotApplicable,
        };
    }

    // Parts of a value are as much in the URL as the whole.
    private static string? InUrl(string source)
    {
        var variable = source.StartsWith("extracted:", StringComparison.Ordinal) ? source.Split(':')[1] : source;
        return variable.StartsWith("request.queryparam.", StringComparison.Ordinal)
                ? $"query parameter '{variable["request.queryparam.".Length..]}'"
            : variable is "request.querystring" or "request.uri" or "proxy.url" ? "the URL"
            : variable.StartsWith("path:", StringComparison.Ordinal) ? "a segment of the path"
            : variable.StartsWith("request.formparam.", StringComparison.Ordinal)
            && variable["request.formparam.".Length..] is not ("token" or "assertion" or "client_assertion" or "subject_token" or "code")
                ? $"form field '{variable["request.formparam.".Length..]}'"
            : null;
    }

    private static Verdict.Fail Fail(TokenCheck subject, string source, string place)
    {
        var isKey = subject.Kind == TokenCheckKind.ApiKey;
        var isForm = source.Contains("formparam", StringComparison.Ordinal);
        var what = isKey ? "its key" : "its token";
        var where = subject.Jwt?.SourceLocation ?? subject.Location;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' takes {what} from {place}: "
                + (
                    isForm
                        ? "it ends up wherever bodies are logged, and a form on any page can send it."
                        : "it is written into access logs, browser histories and Referer headers on its way."
                ),
            Location = where,
            Cause = subject.Cause,
            Level = isKey ? Level.Warning : Level.Error,
            SecuritySeverity = isKey ? 5.5 : 7.0,
            Remedy = isKey
                ? "Take the key from a header such as x-api-key, tell the clients, and issue new keys: the old ones are in logs."
                : "Take the token from the Authorization header (remove <Source>), and refuse requests that send it in the URL.",
            Edits =
                isKey || subject.Jwt is not { SourceLocation: { } element } ? [] : [new Edit(EditKind.RemoveElement, element, null, null)],
        };
    }
}
