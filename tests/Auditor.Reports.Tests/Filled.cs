using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Reports.Tests;

/// <summary>Objects in which every property has a value that says where it is.</summary>
internal static class Filled
{
    // A rule is written once, whoever refers to it.
    private static readonly object TheRule = Record(typeof(RuleInfo), "Rule");

    public static object Of(Type type, string at)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying, at);
        }

        if (type == typeof(string))
        {
            return Word(at);
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            return typeof(Filled)
                .GetMethod(nameof(One), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GenericTypeArguments[0])
                .Invoke(null, [at])!;
        }

        return type.Name switch
        {
            nameof(Boolean) => true,
            nameof(Int32) => at.Length,
            nameof(Double) => 4.5,
            nameof(DateTimeOffset) => new DateTimeOffset(2026, 11, 20, 2, 0, 1, 250, TimeSpan.FromHours(1)),
            nameof(DateOnly) => new DateOnly(2027, 3, 1),
            nameof(TimeSpan) => TimeSpan.FromHours(26.5),
            nameof(RuleInfo) => TheRule,
            nameof(Coverage) => new Coverage.Denied("403: okta.apps.read"),
            _ => Record(type, at),
        };
    }

    /// <summary>
    /// The same with what it lacks taken from another: what is null or empty, and behind the items of every list the other's.
    /// </summary>
    public static T Into<T>(T value, T other)
        where T : class => (T)Merge(value, other);

    /// <summary>The strings that objects of a type can hold, as <c>Type.Property</c>, whether or not an object has them.</summary>
    public static SortedSet<string> Strings(Type type, params Type[] except)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<Type>(except);
        Strings(type, "", found, seen);
        return found;
    }

    public static string Tell(object? value)
    {
        var lines = new StringBuilder();
        Tell(value, "", lines);
        return lines.ToString();
    }

    private static ImmutableArray<T> One<T>(string at) => [(T)Of(typeof(T), at + "[0]")];

    private static object Record(Type type, string at)
    {
        var instance = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in Properties(type))
        {
            property.SetValue(instance, Of(property.PropertyType, $"{at}.{property.Name}".TrimStart('.')));
        }

        return instance;
    }

    // The program's own words are looked at when a run is read.
    private static string Word(string at) =>
        at switch
        {
            _ when at.EndsWith("Rule.Id", StringComparison.Ordinal) || at.EndsWith("Info.Id", StringComparison.Ordinal) => "ZZZ-999",
            _ when at.EndsWith("Edges[0].From", StringComparison.Ordinal) || at.EndsWith("Edges[0].To", StringComparison.Ordinal) =>
                "Trust.Nodes[0].Id",
            _ when at.EndsWith("Accepted.Kind", StringComparison.Ordinal) => "external",
            _ when at.EndsWith("Verdict", StringComparison.Ordinal) => "fail",
            _ when at.EndsWith("Outcome", StringComparison.Ordinal) => "skipped",
            _ when at.EndsWith("Fingerprint", StringComparison.Ordinal)
                    || at.EndsWith("Sha256", StringComparison.Ordinal)
                    || at.EndsWith("Findings[0]", StringComparison.Ordinal)
                    || at == "Evaluations[0].Finding" => new string('a', 64),
            _ when at.EndsWith("Name", StringComparison.Ordinal)
                    || at.EndsWith("Kind", StringComparison.Ordinal)
                    || at.EndsWith("Code", StringComparison.Ordinal) => "some-word",
            _ => at,
        };

    private static object Merge(object value, object other)
    {
        if (value is string text)
        {
            return text.Length == 0 ? other : text;
        }

        var type = value.GetType();
        if (Item(type) is { } item)
        {
            return typeof(Filled)
                .GetMethod(nameof(Both), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(item)
                .Invoke(null, [value, other])!;
        }

        if (type.GetMethod("<Clone>$") is not { } clone || value is Coverage or RuleInfo)
        {
            return value;
        }

        var copy = clone.Invoke(value, [])!;
        foreach (var property in Properties(type))
        {
            var (own, others) = (property.GetValue(value), property.GetValue(other));
            property.SetValue(
                copy,
                own is null ? others
                    : others is null ? own
                    : Merge(own, others)
            );
        }

        return copy;
    }

    private static ImmutableArray<T> Both<T>(ImmutableArray<T> first, ImmutableArray<T> second) => [.. first, .. second];

    private static Type? Item(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? type.GenericTypeArguments[0] : null;

    private static void Strings(Type type, string at, SortedSet<string> found, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Item(type) is { } item)
        {
            Strings(item, at, found, seen);
        }
        else if (type == typeof(string))
        {
            found.Add(at);
        }
        else if (type.GetMethod("<Clone>$") is not null && seen.Add(type))
        {
            foreach (var property in Properties(type))
            {
                Strings(property.PropertyType, $"{type.Name}.{property.Name}", found, seen);
            }
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties().Where(property => property is { CanRead: true, CanWrite: true });

    private static void Tell(object? value, string at, StringBuilder lines)
    {
        switch (value)
        {
            case null:
                lines.Append(at).AppendLine(" is null");
                break;
            case Coverage coverage:
                lines.Append(at).Append(' ').Append(coverage.State).Append(' ').AppendLine(coverage.Reason);
                break;
            case IEnumerable items and not string:
                var index = 0;
                foreach (var item in items)
                {
                    Tell(item, $"{at}[{index++}]", lines);
                }

                lines.Append(at).Append(" has ").Append(index).AppendLine();
                break;
            case { } record when record.GetType().GetMethod("<Clone>$") is not null:
                foreach (var property in Properties(record.GetType()))
                {
                    Tell(property.GetValue(record), $"{at}.{property.Name}".TrimStart('.'), lines);
                }

                break;
            default:
                lines
                    .Append(at)
                    .Append(' ')
                    .AppendLine(
                        value is DateTimeOffset time
                            ? time.ToString("o", CultureInfo.InvariantCulture)
                            : Convert.ToString(value, CultureInfo.InvariantCulture)
                    );
                break;
        }
    }
}
