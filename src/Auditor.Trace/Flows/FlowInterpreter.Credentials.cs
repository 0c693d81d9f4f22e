using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Policies that verify the gateway's own credentials, and the variables they leave behind.</content>
internal sealed partial class FlowInterpreter
{
    private int VerifyApigeeToken(OAuthV2Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var present = policy.AccessToken is null
            ? Relate(Read(Authorization, state, owner), ConditionOperator.NotEquals, Null, policy.Location)
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => diagram.And(Diagram.Maybe, HasScope(policy, state, owner)),
            Caller.Stranger => Diagram.False,
            _ => diagram.Without(diagram.And(diagram.And(runs, present), HasScope(policy, state, owner)), Credential(visit, runs)),
        };
        if (passes != Diagram.False)
        {
            foreach (
                var name in (ReadOnlySpan<string>)
                    ["client_id", "access_token", "apiproduct.name", "developer.id", "developer.email", "app.name", "grant_type"]
            )
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            Assign("scope", new FlowValue.Members(symbols.Set(ApigeeScope), ClaimForm.Blanks), null, passes, state, owner);
        }

        return diagram.Without(runs, passes);
    }

    /// <summary>
    /// When nobody gets a token issued: without the id and secret of a client, unless an external service has authorised the caller, which
    /// <c>oauth_external_authorization_status</c> says (third-party tokens page). What the gateway fills in itself proves nothing of the caller.
    /// </summary>
    private int AskForClient(OAuthV2Policy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        var passes = policy.ExternalAuthorization
            ? Relate(
                Read("oauth_external_authorization_status", state, owner),
                ConditionOperator.Equals,
                [new Alternative(Diagram.True, new FlowValue.Text("true"), null)],
                policy.Location
            )
            : Diagram.False;
        foreach (var name in (ReadOnlySpan<string>)[Authorization, "request.formparam.client_secret"])
        {
            foreach (var alternative in Read(name, state, owner))
            {
                if (alternative.Value is not (FlowValue.Missing or FlowValue.Named { Symbol.Kind: VariableKind.Caller }))
                {
                    passes = diagram.Or(passes, alternative.Guard);
                }
            }
        }

        return caller == Caller.Survey ? Diagram.Maybe : diagram.Without(Credential(visit, runs), passes);
    }

    private static TokenClaim ApigeeScope { get; } = new(TokenCheckKind.ApigeeToken, "access_token", "scope");

    /// <summary>When an Apigee token has a scope that <c>Scope</c> demands; without the element none is demanded.</summary>
    private int HasScope(OAuthV2Policy policy, FlowState state, Bundle owner)
    {
        if (policy.Scope is not { } scope)
        {
            return Diagram.True;
        }

        var set = symbols.Set(ApigeeScope);
        var result = Diagram.False;
        foreach (var alternative in ValueOf(scope, state, owner))
        {
            if (alternative.Value is not FlowValue.Text text)
            {
                var holds =
                    alternative.Value is FlowValue.Missing
                        ? Diagram.True
                        : symbols.TokenChoice(ApigeeScope, $"has one that '{scope.Reference}' lists", scope.Location);
                result = diagram.Or(result, diagram.And(alternative.Guard, holds));
                continue;
            }

            var any = Diagram.False;
            var all = Diagram.True;
            foreach (var name in text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                set.Ask(name, scope.Location);
                var has = symbols.Has(set, name, scope.Location);
                any = diagram.Or(any, has);
                all = diagram.And(all, has);
            }

            var satisfied = all == Diagram.True ? Diagram.True : symbols.Either(Reading.ScopesAreAlternatives, any, all);
            result = diagram.Or(result, diagram.And(alternative.Guard, satisfied));
        }

        return result;
    }

    private int VerifyApiKey(VerifyApiKeyPolicy policy, Bundle owner, StepVisit visit, int runs, FlowState state)
    {
        if (caller == Caller.Admitted)
        {
            visit.Settings = new SortedDictionary<string, Resolution>(StringComparer.Ordinal)
            {
                ["key"] = Resolve(policy.ApiKey, state, runs, owner),
            };
        }

        var present = policy.ApiKey.Reference is { } reference
            ? Relate(Read(reference, state, owner), ConditionOperator.NotEquals, Null, policy.Location)
            : Diagram.True;
        var passes = caller switch
        {
            Caller.Survey => Diagram.Maybe,

            // What a verification that failed leaves behind is what the caller wrote, and ids of clients are no secrets.
            Caller.Stranger => IsOfFailed(policy.ApiKey, state) ? diagram.And(runs, present) : Diagram.False,
            _ => diagram.Without(diagram.And(runs, present), Credential(visit, runs)),
        };
        if (passes != Diagram.False)
        {
            foreach (
                var name in (ReadOnlySpan<string>)["client_id", "apiproduct.name", "developer.id", "developer.email", "developer.app.name"]
            )
            {
                Assign(name, new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }

            foreach (
                var name in (ReadOnlySpan<string>)
                    ["client_id", "client_secret", "redirection_uris", "apiproduct.name", "developer.app.name", "developer.email"]
            )
            {
                Assign($"verifyapikey.{policy.Name}.{name}", new FlowValue.Named(AppSymbol(name), ""), null, passes, state, owner);
            }
        }

        return diagram.Without(runs, passes);
    }

    private static bool IsOfFailed(Setting key, FlowState state) =>
        key.Reference is { } reference
        && state.Jwts.Any(left =>
            reference.StartsWith($"jwt.{left.Key}.", StringComparison.Ordinal) && left.Value.Exists(outcome => outcome.Failed)
        );

    private Symbol AppSymbol(string name) =>
        symbols.Get(
            "app:" + name,
            () =>
                new Symbol("app:" + name, VariableKind.Caller, false, $"the app's {name}", "")
                {
                    Claim = new TokenClaim(TokenCheckKind.ApiKey, "", name),
                }
        );
}
