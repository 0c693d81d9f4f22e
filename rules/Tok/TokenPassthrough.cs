using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Tok;

/// <summary>The caller's token is sent on to a service that it was not issued for.</summary>
public sealed class TokenPassthrough : IRule<BackendRoute>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-006",
        Name = "token-passthrough",
        Title = "The caller's token is sent on to a service that is not its audience",
        Level = Level.Error,
        SecuritySeverity = 7.5,
        Cwe = 441,
        Fix = FixKind.Automatic,
        IsCore = true,
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

        if (subject.ForwardedTokens.IsEmpty)
        {
            return subject.ReadsToken ? Verdict.Pass : Verdict.NotApplicable;
        }

        var token = subject.ForwardedTokens.FirstOrDefault(candidate => candidate.Possibility.IsDefinite) ?? subject.ForwardedTokens[0];
        if (IsAudience(subject, token) || IsDeclared(subject, context))
        {
            return Verdict.Pass;
        }

        if (!token.Possibility.IsDefinite)
        {
            return new Verdict.Open(
                $"{subject.Name} of {subject.Endpoint.Program.Bundle.Description} is sent the caller's token, depending on {token.Possibility.Deciding}",
                token.Possibility.Closes,
                subject.Location
            );
        }

        return Fail(subject, token, context);
    }

    // The backend is the resource that the token names.
    private static bool IsAudience(BackendRoute subject, ForwardedToken token)
    {
        var audiences = token.Check is { } check ? check.Audience.Texts.Concat(check.Server?.Audiences ?? []) : [];
        var hosts = audiences
            .Select(audience => Uri.TryCreate(audience, UriKind.Absolute, out var uri) ? uri.Host : "")
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return subject.HostsAreKnown && !subject.Hosts.IsEmpty && subject.Hosts.All(hosts.Contains);
    }

    private static bool IsDeclared(BackendRoute subject, AuditContext context) =>
        subject.HostsAreKnown
        && !subject.Hosts.IsEmpty
        && subject.Hosts.All(host => context.Settings.TokenBackends.Any(backend => backend.Covers(host)));

    private static Verdict.Fail Fail(BackendRoute subject, ForwardedToken token, AuditContext context)
    {
        var program = subject.Endpoint.Program;
        var own = Hosts.OwnDomains(context.Landscape);
        var models = IsForAgents(subject);
        var foreign = !own.IsEmpty && subject.Hosts.Any(host => !Hosts.IsInternal(host) && !Hosts.IsIn(host, own));
        var where = subject.Hosts.IsEmpty ? subject.Name : $"{subject.Name} ({string.Join(", ", subject.Hosts)})";
        var whose =
            foreign ? "which is none of your hosts"
            : models ? "which serves a model or agents"
            : "which nothing declares to be its audience";
        var carrier = Carrier(token.Carrier);
        var verified = token.Check is { } check
            ? $"The token that {check.Policy.Kind} '{check.Policy.Name}' verifies"
            : $"The bearer token of the caller of {program.Bundle.Description}";
        return new Verdict.Fail
        {
            Message =
                $"{verified} is sent on in {carrier} to {where}, {whose}: whoever runs or reads that service can call every API that accepts the token.",
            Location = subject.Location,
            Cause = $"{Names.Of(subject.Owner, program.Organization)}/{subject.Name}",
            Code =
                foreign ? "other-domain"
                : models ? "agents"
                : "own-backend",
            Level = foreign || models ? Level.Error : Level.Warning,
            SecuritySeverity = foreign || models ? 7.5 : 4.5,
            Witness = token.Possibility.Witness,
            Related = token.Check is { } source ? [new RelatedPlace(source.Location, "where the token is verified")] : [],
            Remedy =
                $"Remove {carrier} before the request leaves, and authenticate the gateway to the backend with a credential of its own (mutual TLS, a Google ID token, "
                + "a token exchanged for the backend's audience). If the backend validates this very token, declare its host under tokenBackends.",
            Edits = Removal(subject, token.Carrier),
        };
    }

    private static bool IsForAgents(BackendRoute subject) =>
        subject.Hosts.Any(host => Hosts.IsModel(host) || host.Split('.', '-').Contains("mcp", StringComparer.OrdinalIgnoreCase))
        || subject.Endpoint.Program.Bundle.Policies.Values.Any(policy => policy is TokenLimitPolicy)
        || subject.Endpoint.Program.BasePath.Split('/').Contains("mcp", StringComparer.OrdinalIgnoreCase)
        || subject.Endpoint.Operations.Any(operation =>
            operation.Paths.Any(path => path.Split('/').Contains("mcp", StringComparer.OrdinalIgnoreCase))
        );

    private static string Carrier(string variable) =>
        variable.StartsWith("request.header.", StringComparison.Ordinal) ? $"header '{variable["request.header.".Length..]}'"
        : variable.StartsWith("request.queryparam.", StringComparison.Ordinal)
            ? $"query parameter '{variable["request.queryparam.".Length..]}'"
        : $"'{variable}'";

    // An AssignMessage that always changes the request on its way to this target can drop the header, too.
    private static ImmutableArray<Edit> Removal(BackendRoute subject, string carrier)
    {
        const string Prefix = "request.header.";
        if (subject.Target is not { } target || !carrier.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return [];
        }

        var policy = target
            .PreFlow.Request.Where(step => step.Condition is null)
            .Select(step => subject.Owner.FindPolicy(step.Policy))
            .OfType<AssignMessagePolicy>()
            .FirstOrDefault(assign => assign is { Enabled: true, CreateNew: false, AssignTo: null or "" or "request" or "message" });
        if (policy is null)
        {
            return [];
        }

        var header = $"<Header name=\"{string.Join('-', carrier[Prefix.Length..].Split('-').Select(Capital))}\"/>";
        var remove = policy.Root.Child("Remove");
        var headers = remove?.Child("Headers");
        return headers is not null ? [new Edit(EditKind.AppendChild, headers.Location, null, header)]
            : remove is not null ? [new Edit(EditKind.AppendChild, remove.Location, null, $"<Headers>{header}</Headers>")]
            : [new Edit(EditKind.AppendChild, policy.Location, null, $"<Remove><Headers>{header}</Headers></Remove>")];
    }

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];
}
