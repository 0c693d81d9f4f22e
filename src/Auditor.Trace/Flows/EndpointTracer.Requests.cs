using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>Sets of requests by path and verb.</content>
internal sealed partial class EndpointTracer
{
    private IEnumerable<PublicOperation> Declarations() =>
        settings.Public.Where(declared =>
            string.Equals(declared.Proxy, program.Bundle.Name, StringComparison.Ordinal) && program.Endpoint is not null
        );

    /// <summary>What API products name of this proxy: paths and verbs, with the operation that names them; null for the legacy lists of proxies and paths.</summary>
    private IEnumerable<(ApiProduct Product, string Resource, ImmutableArray<string> Verbs, ProductOperation? Operation)> ProductResources()
    {
        if (program.Endpoint is null)
        {
            yield break;
        }

        foreach (var product in program.Organization.Products.Items)
        {
            if (
                program.Environment is { } environment
                && !product.Environments.IsEmpty
                && !product.Environments.Contains(environment.Name, StringComparer.Ordinal)
            )
            {
                continue;
            }

            foreach (var operation in product.Operations)
            {
                if (string.Equals(operation.Proxy, program.Bundle.Name, StringComparison.Ordinal))
                {
                    yield return (product, operation.Resource, operation.Methods, operation);
                }
            }

            // Operations replace the legacy lists (Google's open Envoy adapter, 2026-08).
            if (
                product.Operations.IsEmpty
                && !product.HasModelOperations
                && (product.Proxies.IsEmpty || product.Proxies.Contains(program.Bundle.Name, StringComparer.Ordinal))
            )
            {
                foreach (var resource in product.ApiResources.IsEmpty ? ["/"] : product.ApiResources)
                {
                    yield return (product, resource, [], null);
                }
            }
        }
    }

    /// <summary>When a request belongs to what a product names. A single slash is every path; a star is one segment, two at the end are the rest.</summary>
    private int Covers(string resource, ImmutableArray<string> verbs) =>
        diagram.And(resource.Trim() is "/" ? Diagram.True : PathIs(resource.Trim()), VerbIsOneOf(verbs));

    /// <summary>
    /// When a product opens a request to its keys: whether two stars also cover the path above them is asked here as in conditions, since it is one question.
    /// </summary>
    private int Opens(string resource, ImmutableArray<string> verbs) =>
        diagram.And(
            resource.Trim() is "/" or "/**" or "**"
                ? Diagram.True
                : symbols.Relate(
                    new FlowValue.Named(symbols.Get("proxy.pathsuffix", PathSymbol), ""),
                    ConditionOperator.MatchesPath,
                    resource.Trim()
                ),
            VerbIsOneOf(verbs)
        );

    /// <summary>When a request belongs to an operation that is declared public.</summary>
    private int Covers(PublicOperation declared)
    {
        var pattern = declared.Path.Trim();
        if (
            program.BasePath.Length > 0
            && (pattern == program.BasePath || pattern.StartsWith(program.BasePath + "/", StringComparison.Ordinal))
        )
        {
            pattern = pattern[program.BasePath.Length..];
        }

        return diagram.And(PathIs(pattern), VerbIsOneOf(declared.Verbs));
    }

    private int PathIs(string pattern)
    {
        var path = new FlowValue.Named(symbols.Get("proxy.pathsuffix", PathSymbol), "");
        if (pattern is "/**" or "**")
        {
            return Diagram.True;
        }

        if (pattern is "" or "/")
        {
            return diagram.Or(symbols.Relate(path, ConditionOperator.Equals, ""), symbols.Relate(path, ConditionOperator.Equals, "/"));
        }

        if (pattern.EndsWith("/**", StringComparison.Ordinal) && !pattern.AsSpan(0, pattern.Length - 3).ContainsAny('*', '{'))
        {
            var parent = pattern[..^3];
            return diagram.Or(
                symbols.Relate(path, ConditionOperator.Equals, parent),
                symbols.Relate(path, ConditionOperator.StartsWith, parent + "/")
            );
        }

        return symbols.Relate(path, ConditionOperator.MatchesPath, pattern);
    }

    private int VerbIsOneOf(ImmutableArray<string> verbs)
    {
        if (verbs.IsEmpty)
        {
            return Diagram.True;
        }

        var verb = new FlowValue.Named(symbols.Get("request.verb", VerbSymbol), "");
        return verbs.Aggregate(
            Diagram.False,
            (sum, name) => diagram.Or(sum, symbols.Relate(verb, ConditionOperator.Equals, name.ToUpperInvariant()))
        );
    }

    // The interpreter makes these two first; an endpoint without any condition asks for neither.
    private Symbol PathSymbol() =>
        new("proxy.pathsuffix", VariableKind.Caller, false, "proxy.pathsuffix", "")
        {
            Domain = symbols.Languages.Or(
                symbols.Languages.Epsilon,
                symbols.Languages.Concat(
                    symbols.Languages.Text("/"),
                    symbols.Languages.Star(
                        symbols.Languages.Characters(CharSet.Between('!', '~').Intersect(CharSet.AnyOf("?#").Complement()))
                    )
                )
            ),
        };

    private static Symbol VerbSymbol() =>
        new("request.verb", VariableKind.Caller, false, "request.verb", "")
        {
            Preferred = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"],
        };
}
