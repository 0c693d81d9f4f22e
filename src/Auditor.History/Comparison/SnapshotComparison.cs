using System.Security.Cryptography;
using System.Text;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>Compares two states of an estate, or two estates.</summary>
public static class SnapshotComparison
{
    /// <summary>Compares.</summary>
    /// <param name="before">The earlier state.</param>
    /// <param name="after">The later state.</param>
    /// <param name="ignores">The changes that somebody accepted.</param>
    /// <param name="log">Who changed what in between.</param>
    public static EstateComparison Compare(Snapshot before, Snapshot after, ChangeIgnores ignores, ChangeLog log)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(ignores);
        ArgumentNullException.ThrowIfNull(log);
        if (before.Form != after.Form)
        {
            return new EstateComparison
            {
                Before = before.Description,
                After = after.Description,
                BeforeAt = before.CapturedAt,
                Changes = [],
                Incomparable = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{before.Description} is written in form {before.Form}, {after.Description} in form {after.Form}: audit both again with this version"
                ),
            };
        }

        if (before.RedactionKey is { } own && after.RedactionKey is { } other && own != other)
        {
            var comparison = new Run(before.WithoutSecrets(), after.WithoutSecrets(), ignores, log).Compare();
            var secrets = after.Entities.Count(entity => entity.HasSecrets);
            return secrets == 0
                ? comparison
                : comparison with
                {
                    NotAssessed =
                    [
                        .. comparison.NotAssessed,
                        new NotAssessedPart(
                            "secrets",
                            "the states were collected with different redaction keys; collect both with the same store",
                            secrets
                        ),
                    ],
                };
        }

        return new Run(before, after, ignores, log).Compare();
    }

    private static readonly Attribution Nobody = Attribution.Unknown("it did not change");

    private sealed class Run(Snapshot before, Snapshot after, ChangeIgnores ignores, ChangeLog log)
    {
        private readonly Dictionary<string, Entity> beforeByKey = before.Entities.ToDictionary(
            entity => entity.Key,
            StringComparer.Ordinal
        );
        private readonly Dictionary<string, Entity> afterByKey = after.Entities.ToDictionary(entity => entity.Key, StringComparer.Ordinal);

        public EstateComparison Compare()
        {
            var pairs = new List<(Entity? Before, Entity? After)>();
            var lone = new Dictionary<string, Entity>(StringComparer.Ordinal);
            foreach (var entity in before.Entities)
            {
                if (afterByKey.TryGetValue(entity.Key, out var same))
                {
                    pairs.Add((entity, same));
                }
                else
                {
                    lone[entity.NaturalKey] = entity;
                }
            }

            // What has another id and the same name is the same thing in a copied or restored estate.
            foreach (var entity in after.Entities.Where(entity => !beforeByKey.ContainsKey(entity.Key)))
            {
                pairs.Add(lone.Remove(entity.NaturalKey, out var same) ? (same, entity) : (null, entity));
            }

            pairs.AddRange(lone.Values.Select(entity => ((Entity?)entity, (Entity?)null)));
            var changes = ImmutableArray.CreateBuilder<EntityChange>();
            var unknown = new SortedDictionary<(string Part, string Reason), int>();
            var unchanged = ImmutableArray.CreateBuilder<EntityChange>();
            foreach (var (left, right) in pairs)
            {
                var unread = Unread(left, right).ToList();
                foreach (var part in unread)
                {
                    unknown[part] = unknown.GetValueOrDefault(part) + 1;
                }

                if ((left is null || right is null) && Unlisted(left, right) is { } reason)
                {
                    unknown[reason] = unknown.GetValueOrDefault(reason) + 1;
                }
                else if (Change(left, right) is { } change)
                {
                    changes.Add(change);
                }
                else if (Standing(right!) is { } part)
                {
                    unknown[part] = unknown.GetValueOrDefault(part) + 1;
                }
                else if (unread.Count == 0)
                {
                    unchanged.Add(Describe(right!, EntityStatus.InSync));
                }
            }

            foreach (var part in Unlisted(unknown.Keys.Select(entry => entry.Part).ToHashSet(StringComparer.Ordinal)))
            {
                unknown[part] = 1;
            }

            var accepted = new AcceptedAccess(changes, unknown.Keys.Select(entry => entry.Part), beforeByKey, afterByKey);
            return new EstateComparison
            {
                Before = before.Description,
                After = after.Description,
                BeforeAt = before.CapturedAt,
                Changes =
                [
                    .. changes
                        .Select(accepted.With)
                        .OrderBy(change => change.Status == EntityStatus.Ignored)
                        .ThenByDescending(change => change.Impact)
                        .ThenBy(change => change.Key, StringComparer.Ordinal),
                ],
                NotAssessed =
                [
                    .. unknown
                        .Select(entry => new NotAssessedPart(entry.Key.Part, entry.Key.Reason, entry.Value))
                        .Concat(before.Unsaid)
                        .Concat(after.Unsaid)
                        .Distinct()
                        .OrderBy(part => part.Part, StringComparer.Ordinal)
                        .ThenBy(part => part.Reason, StringComparer.Ordinal),
                ],
                Unchanged = [.. unchanged.OrderBy(entity => entity.Key, StringComparer.Ordinal)],
            };
        }

        // Fields that are not known on one side: whether they changed is not known. Where nobody asked for them on either side, nobody asks.
        private IEnumerable<(string Part, string Reason)> Unread(Entity? left, Entity? right)
        {
            if (left is null || right is null || (left.Unknown.IsEmpty && right.Unknown.IsEmpty))
            {
                yield break;
            }

            var told = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (here, there, state) in new[] { (right, left, after), (left, right, before) })
            {
                foreach (var field in here.Unknown)
                {
                    if ((!field.IsUnasked || !there.Unknown.Any(other => other.Path == field.Path)) && told.Add(field.Path))
                    {
                        yield return ($"{here.Part}: {field.Path.TrimEnd('/')}", $"{state.Description}: {field.Reason}");
                    }
                }
            }
        }

        // An entity of a list of which nothing could be read stands as it was known before: that it is the same says nothing. What follows from several lists is no list.
        private (string Part, string Reason)? Standing(Entity entity)
        {
            if (IsDerived(entity.Part))
            {
                return null;
            }

            foreach (var state in new[] { after, before })
            {
                if (state.CoverageOf(entity.Part) is { IsNothing: true } coverage)
                {
                    return (entity.Part, $"{state.Description}: {coverage}");
                }
            }

            return null;
        }

        // An entity on one side only is a change only when the other side's list is known to be whole.
        private (string Part, string Reason)? Unlisted(Entity? left, Entity? right)
        {
            var (entity, other) = left is null ? (right!, before) : (left, after);
            return other.Lists(entity.Part)
                ? null
                : (
                    entity.Part,
                    $"{other.Description}: {other.Parts.GetValueOrDefault(entity.Part)?.ToString() ?? PartCoverage.NotCollected}"
                );
        }

        private static bool IsDerived(string part) => part.StartsWith("access/", StringComparison.Ordinal);

        // Of a list that was asked for and not had, something may have come or gone that neither side shows. What has a list on one side only is told itself.
        private IEnumerable<(string Part, string Reason)> Unlisted(HashSet<string> told)
        {
            foreach (var (part, earlier) in before.Parts.Where(part => !IsDerived(part.Key) && !told.Contains(part.Key)))
            {
                if (after.Parts.TryGetValue(part, out var later) && (later.IsGap || earlier.IsGap))
                {
                    yield return (part, later.IsGap ? $"{after.Description}: {later}" : $"{before.Description}: {earlier}");
                }
            }
        }

        private EntityChange? Change(Entity? left, Entity? right)
        {
            var entity = right ?? left!;
            if (ReferenceEquals(left, right))
            {
                return null;
            }

            var differences = FieldDifference.Between(left?.Fields ?? [], right?.Fields ?? []).ToList();
            if (left is { Unknown.IsEmpty: false } || right is { Unknown.IsEmpty: false })
            {
                differences.RemoveAll(difference =>
                    (left?.Unknown ?? []).Concat(right?.Unknown ?? []).Any(field => field.Covers(difference.Path))
                );
            }

            if (left is not null && right is not null && differences.Count == 0)
            {
                return null;
            }

            var status =
                left is null ? EntityStatus.Added
                : right is null ? EntityStatus.Removed
                : EntityStatus.Modified;
            var fields = differences.Select(difference => Weigh(entity, difference)).ToImmutableArray();
            var (impact, direction) =
                status == EntityStatus.Modified
                    ? (fields.Max(field => field.Impact), Together(fields))
                    : ChangeMeaning.Of(entity, status == EntityStatus.Added);
            var ignored = ignores.Find(entity, fields);
            return Describe(entity, ignored is null ? status : EntityStatus.Ignored) with
            {
                Fields = fields,
                Impact = impact,
                Direction = direction,
                Attribution = log.Find(entity),
                Cause = CauseOf(entity, status, fields),
                Example = right?.Example,
                ExampleBefore = left?.Example,
                IgnoredBy = ignored,
            };
        }

        private static EntityChange Describe(Entity entity, EntityStatus status) =>
            new()
            {
                EntityKind = entity.Kind,
                Key = entity.Key,
                Title = entity.Title,
                Status = status,
                Fields = [],
                Impact = ChangeImpact.Cosmetic,
                Direction = ChangeDirection.Unclear,
                Attribution = Nobody,
                Cause = "",
                Location = entity.Location ?? new SourceLocation(entity.Part),
                Environment = entity.Environment,
            };

        private FieldChange Weigh(Entity entity, FieldDifference difference)
        {
            var (impact, direction) = ChangeMeaning.Of(entity.Kind, difference, step => KindOfPolicy(entity, step));
            return new FieldChange(
                difference.Path,
                difference.Kind,
                Shown(difference.Before, difference.Lost, difference.Gained),
                Shown(difference.After, difference.Gained, difference.Lost),
                impact,
                direction
            )
            {
                Gained = [.. difference.Gained.Select(item => item.Shown)],
                Lost = [.. difference.Lost.Select(item => item.Shown)],
            };
        }

        private string? KindOfPolicy(Entity entity, string step)
        {
            foreach (var folder in (ReadOnlySpan<string>)["/proxies/", "/targets/", "/flows/"])
            {
                if (entity.Key.LastIndexOf(folder, StringComparison.Ordinal) is > 0 and var at)
                {
                    var key = $"{entity.Key[..at]}/policies/{step}";
                    return (beforeByKey.GetValueOrDefault(key) ?? afterByKey.GetValueOrDefault(key))?.Kind;
                }
            }

            return null;
        }

        private static ChangeDirection Together(ImmutableArray<FieldChange> fields)
        {
            var weakens = fields.Any(field => field.Direction == ChangeDirection.Weakens);
            var strengthens = fields.Any(field => field.Direction == ChangeDirection.Strengthens);
            return (weakens, strengthens) switch
            {
                (true, false) => ChangeDirection.Weakens,
                // A change that may go either way in something weightier is not called an improvement.
                (false, true) when Weightiest(ChangeDirection.Strengthens) >= Weightiest(ChangeDirection.Unclear) =>
                    ChangeDirection.Strengthens,
                _ => ChangeDirection.Unclear,
            };

            ChangeImpact Weightiest(ChangeDirection direction) =>
                fields.Where(field => field.Direction == direction).Select(field => field.Impact).DefaultIfEmpty().Max();
        }

        private static string? Shown(EntityField? field, ImmutableArray<FieldItem> own, ImmutableArray<FieldItem> others)
        {
            if (field is null)
            {
                return null;
            }

            if (field.Semantics == FieldSemantics.Scalar && own is [{ IsSecret: true }] && others is [{ IsSecret: true }])
            {
                return "[REDACTED]";
            }

            return string.Join(
                field.Semantics is FieldSemantics.Sequence or FieldSemantics.Rank ? " > " : ", ",
                field.Items.Select(item => item.Shown)
            );
        }

        // The same change in many places is one row: a policy in forty proxies, an environment moved to another host.
        private static string CauseOf(Entity entity, EntityStatus status, ImmutableArray<FieldChange> fields)
        {
            var text = new StringBuilder().Append(entity.Kind).Append('\n').Append(status);
            if (status != EntityStatus.Modified)
            {
                text.Append('\n').Append(LastName(entity.Key));
            }

            foreach (var field in fields)
            {
                text.Append('\n')
                    .Append(field.Path)
                    .Append('\t')
                    .Append(field.Kind)
                    .Append('\t')
                    .Append(field.Before)
                    .Append('\t')
                    .Append(field.After);
            }

            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 10));
        }

        private static string LastName(string key) => key[(key.LastIndexOf('/') + 1)..];
    }
}
