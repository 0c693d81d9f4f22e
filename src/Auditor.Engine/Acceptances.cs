using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Engine;

/// <summary>
/// What is accepted, and by which waiver: comments in bundles, the exceptions file, the baseline. It remembers what each of them covers, for a waiver that covers nothing is itself worth
/// a finding.
/// </summary>
/// <param name="excerpts">The texts.</param>
/// <param name="landscape">The landscape.</param>
/// <param name="options">The exceptions, declarations and the baseline.</param>
/// <param name="rules">The rules that were asked.</param>
/// <param name="today">The day of the audit.</param>
internal sealed class Acceptances(
    Excerpts excerpts,
    Landscape landscape,
    AuditOptions options,
    IReadOnlyList<RuleInfo> rules,
    DateOnly today
)
{
    private readonly ImmutableArray<SuppressionComment> comments =
    [
        .. landscape
            .Apigee.SelectMany(organization => organization.Proxies.Items.Concat(organization.SharedFlows.Items))
            .SelectMany(bundle => bundle.Suppressions),
    ];

    private readonly Dictionary<string, BaselineEntry> known = (options.Baseline?.Entries ?? [])
        .DistinctBy(entry => entry.Fingerprint, StringComparer.Ordinal)
        .ToDictionary(entry => entry.Fingerprint, StringComparer.Ordinal);

    private readonly Dictionary<SourceLocation, SortedSet<string>> covered = [];
    private bool isClosed;

    /// <summary>The failure with who accepted it, and with whether it is new.</summary>
    public Finding Apply(Finding finding) =>
        finding with
        {
            Accepted = isClosed ? null : AcceptedBy(finding),
            IsNew = options.Baseline is null ? null : isClosed || !known.ContainsKey(finding.Fingerprint),
        };

    /// <summary>
    /// Everything by which findings are accepted or not made, as subjects of rules, ordered by place. From here on nothing is accepted: what is said about waivers cannot be waived.
    /// </summary>
    public ImmutableArray<Waiver> Waivers()
    {
        isClosed = true;
        return
        [
            .. options
                .Exceptions.Select(OfException)
                .Concat(options.AcceptedChanges.Select(OfChange))
                .Concat(options.Settings.Public.Select(OfPublic))
                .Concat(comments.Select(OfComment))
                .OrderBy(waiver => waiver.Location.Artifact, StringComparer.Ordinal)
                .ThenBy(waiver => waiver.Location.Line)
                .ThenBy(waiver => waiver.Location.Column),
        ];
    }

    /// <summary>The waivers with what they cover, as a register for those who review them.</summary>
    public ImmutableArray<WaiverEntry> Register(ImmutableArray<Waiver> waivers)
    {
        var entries = options
            .Exceptions.Select(exception => new WaiverEntry(
                WaiverKind.Exception,
                exception.Rule,
                exception.Selector,
                exception.Reason,
                exception.Approver,
                exception.Created,
                exception.Expires,
                exception.Ticket,
                exception.Location
            ))
            .Concat(
                options.AcceptedChanges.Select(change => new WaiverEntry(
                    WaiverKind.Change,
                    "",
                    change.Path is null ? change.Entity : $"{change.Entity} {change.Path}",
                    change.Reason,
                    change.Approver,
                    change.Created,
                    change.Expires,
                    change.Ticket,
                    change.Location
                ))
            )
            .Concat(
                options.Settings.Public.Select(declared => new WaiverEntry(
                    WaiverKind.PublicOperation,
                    "",
                    $"{(declared.Verbs.IsEmpty ? "any verb" : string.Join(", ", declared.Verbs))} {declared.Path} of proxy '{declared.Proxy}'",
                    declared.Reason,
                    declared.Owner,
                    null,
                    declared.Expires,
                    null,
                    declared.Location
                ))
            )
            .Concat(
                comments.Select(comment => new WaiverEntry(
                    WaiverKind.Comment,
                    string.Join(", ", comment.Rules),
                    comment.Location.Artifact,
                    comment.Reason,
                    "",
                    null,
                    null,
                    null,
                    comment.Location
                ))
            )
            .ToLookup(entry => entry.Location);
        return
        [
            .. waivers
                .Select(waiver => waiver.Location)
                .Distinct()
                .SelectMany(location => entries[location])
                .Select(entry =>
                    entry with
                    {
                        Findings = [.. covered.GetValueOrDefault(entry.Location) ?? []],
                        State = State(waivers.First(waiver => waiver.Location == entry.Location && waiver.Kind == entry.Kind)),
                    }
                ),
        ];
    }

    /// <summary>What there is to say about the baseline; null when there is nothing.</summary>
    public CollectorNotice? OldBaseline()
    {
        var old = known.Values.Where(entry => !covered.ContainsKey(entry.Location) && !IsLimited && IsAsked(entry.Rule)).ToList();
        return old.Count == 0 || IsIncomplete
            ? null
            : new CollectorNotice(
                "old-baseline",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(old.Count == 1 ? "One finding of the baseline is" : $"{old.Count} findings of the baseline are")} gone; 'auditor baseline prune' takes {(old.Count == 1 ? "it" : "them")} out."
                ),
                new SourceLocation(old[0].Location.Artifact)
            );
    }

    private WaiverState State(Waiver waiver) =>
        waiver.Missing.Contains("reason", StringComparer.Ordinal) && waiver.Kind == WaiverKind.Comment ? WaiverState.Void
        : waiver.Expires is { } day && day <= today ? WaiverState.Expired
        : waiver.Use switch
        {
            WaiverUse.Used => WaiverState.InForce,
            WaiverUse.Unused => WaiverState.Unmatched,
            _ => WaiverState.Unknown,
        };

    private Acceptance? AcceptedBy(Finding finding)
    {
        Acceptance? acceptance = null;
        foreach (var comment in comments.Where(comment => Covers(comment, finding)))
        {
            Remember(comment.Location, finding);
            acceptance ??= new Acceptance("inSource", comment.Reason, null, null, excerpts.Resolve(comment.Location));
        }

        foreach (
            var exception in options.Exceptions.Where(exception =>
                RuleSelector.Selects(exception.Rule, finding.Rule) && Matches(exception.Selector, finding)
            )
        )
        {
            Remember(exception.Location, finding);
            if (exception.Expires is not { } expires || expires > today)
            {
                acceptance ??= new Acceptance(
                    "external",
                    exception.Reason,
                    exception.Approver,
                    exception.Expires,
                    excerpts.Resolve(exception.Location)
                )
                {
                    Created = exception.Created,
                    Ticket = exception.Ticket,
                };
            }
        }

        if (known.TryGetValue(finding.Fingerprint, out var entry))
        {
            Remember(entry.Location, finding);
            acceptance ??= new Acceptance("external", entry.Reason, entry.Approver, null, excerpts.Resolve(entry.Location))
            {
                Created = entry.Since,
            };
        }

        return acceptance;
    }

    private void Remember(SourceLocation waiver, Finding finding)
    {
        if (!covered.TryGetValue(waiver, out var findings))
        {
            covered[waiver] = findings = new SortedSet<string>(StringComparer.Ordinal);
        }

        findings.Add(finding.Fingerprint);
    }

    private static bool Covers(SuppressionComment comment, Finding finding) =>
        comment.Reason.Length > 0
        && string.Equals(comment.Location.Artifact, finding.Place.Artifact, StringComparison.Ordinal)
        && finding.Place.Line >= comment.FirstLine
        && finding.Place.Line <= comment.LastLine
        && comment.Rules.Any(rule => RuleSelector.Selects(rule, finding.Rule));

    private static bool Matches(string pattern, Finding finding) =>
        NamePattern.Matches(pattern, finding.Place.Artifact)
        || NamePattern.Matches(pattern, finding.Fingerprint)
        || finding.Subjects.Any(subject => NamePattern.Matches(pattern, subject));

    private Waiver OfException(FindingException exception)
    {
        var (use, why) = Use(exception.Location, IsAsked(exception.Rule), "matches no finding");
        return new Waiver
        {
            Kind = WaiverKind.Exception,
            Key = $"waiver/exception/{exception.Rule}/{exception.Selector}",
            Title = $"the exception for {exception.Rule} that selects '{exception.Selector}'",
            Missing = Missing(exception.Approver, exception.Reason, exception.Expires),
            Expires = exception.Expires,
            Use = use,
            Why = why,
            Location = exception.Location,
        };
    }

    private static Waiver OfChange(ChangeException change) =>
        new()
        {
            Kind = WaiverKind.Change,
            Key = $"waiver/change/{change.Entity}/{change.Path}/{change.Value}",
            Title = $"the exception for changes of '{change.Entity}'",
            Missing = Missing(change.Approver, change.Reason, change.Expires),
            Expires = change.Expires,

            // A change is there for one night: that it is not there tonight says nothing.
            Use = WaiverUse.Used,
            Location = change.Location,
        };

    private Waiver OfPublic(PublicOperation declared)
    {
        var isThere = landscape.Apigee.Any(organization =>
            organization.Proxies.Items.Any(proxy => string.Equals(proxy.Name, declared.Proxy, StringComparison.Ordinal))
        );
        return new Waiver
        {
            Kind = WaiverKind.PublicOperation,
            Key = $"waiver/public/{declared.Proxy}/{declared.Path}/{string.Join(',', declared.Verbs)}",
            Title = $"the declaration that '{declared.Path}' of proxy '{declared.Proxy}' is public",
            Missing = Missing(declared.Owner, declared.Reason, declared.Expires),
            Expires = declared.Expires,
            Use =
                isThere ? WaiverUse.Used
                : landscape.Apigee.IsEmpty || IsLimited ? WaiverUse.NotAsked
                : landscape.Apigee.All(organization => organization.Proxies.IsComplete && !organization.IsBundlesOnly) ? WaiverUse.Unused
                : landscape.Apigee.Any(organization => organization.IsBundlesOnly) ? WaiverUse.NotAsked
                : WaiverUse.Unknown,
            Why =
                isThere ? ""
                : landscape.Apigee.All(organization => organization.Proxies.IsComplete) ? "is for a proxy that does not exist"
                : "the proxies of the organization were not all read",
            Location = declared.Location,
        };
    }

    private Waiver OfComment(SuppressionComment comment)
    {
        var names = string.Join(", ", comment.Rules);
        var (use, why) = Use(comment.Location, comment.Rules.Any(IsAsked), "suppresses nothing");
        return new Waiver
        {
            Kind = WaiverKind.Comment,
            Key = $"waiver/comment/{comment.Location.Artifact}/{names}",
            Title = $"the comment for '{names}'",

            // Who wrote it, and when, is in the history of the file.
            Missing = comment.Reason.Length == 0 ? ["reason"] : [],
            Use = use,
            Why = why,
            Location = comment.Location,
        };
    }

    private static ImmutableArray<string> Missing(string owner, string reason, DateOnly? expires)
    {
        var missing = ImmutableArray.CreateBuilder<string>();
        if (string.IsNullOrWhiteSpace(owner))
        {
            missing.Add("owner");
        }

        if (string.IsNullOrWhiteSpace(reason))
        {
            missing.Add("reason");
        }

        if (expires is null)
        {
            missing.Add("end");
        }

        return missing.ToImmutable();
    }

    private (WaiverUse Use, string Why) Use(SourceLocation location, bool isAsked, string unused) =>
        covered.ContainsKey(location) ? (WaiverUse.Used, "")
        : !isAsked || IsLimited ? (WaiverUse.NotAsked, "")
        : IsIncomplete ? (WaiverUse.Unknown, "it covers no finding of this audit, which could not read everything")
        : (WaiverUse.Unused, unused);

    private bool IsAsked(string selector) => rules.Any(rule => RuleSelector.Selects(selector, rule));

    private bool IsLimited => !options.Settings.Environments.IsEmpty;

    private bool IsIncomplete =>
        landscape.Coverage.Any(entry => entry.Coverage.IsGap)
        || landscape.Apigee.Any(organization =>
            organization.Proxies.Items.Concat(organization.SharedFlows.Items).Any(bundle => !bundle.IsReadable)
        );
}
