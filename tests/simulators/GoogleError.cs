using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>An error as Google's APIs say it: status, the name of the status, prose, and details for programs.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Name">The name of the status in Google's list: <c>PERMISSION_DENIED</c>.</param>
/// <param name="Message">Prose.</param>
/// <param name="Details">Typed messages; null for none.</param>
public sealed record GoogleError(int Status, string Name, string Message, JsonArray? Details = null)
{
    /// <summary>401: no token, or none that is good.</summary>
    public static GoogleError Unauthenticated { get; } =
        new(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
            [Info("ACCESS_TOKEN_TYPE_UNSUPPORTED", "apigee.googleapis.com")]
        );

    /// <summary>403: a permission that the caller lacks.</summary>
    /// <param name="permission">In full: <c>apigee.proxies.list</c>.</param>
    /// <param name="resource">What it is lacking on: <c>organizations/acme</c>.</param>
    public static GoogleError Denied(string permission, string resource) =>
        new(
            403,
            "PERMISSION_DENIED",
            $"Permission \"{permission}\" denied on resource \"//apigee.googleapis.com/{resource}\" (or it may not exist)",
            [
                Info(
                    "IAM_PERMISSION_DENIED",
                    "apigee.googleapis.com",
                    ("permission", permission),
                    ("resource", resource),
                    ("service", "apigee.googleapis.com")
                ),
            ]
        );

    /// <summary>403: a perimeter of VPC Service Controls stands in the way.</summary>
    public static GoogleError OutsidePerimeter { get; } =
        new(
            403,
            "PERMISSION_DENIED",
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: simulated",
            [
                new JsonObject
                {
                    ["@type"] = "type.googleapis.com/google.rpc.PreconditionFailure",
                    ["violations"] = new JsonArray(new JsonObject { ["type"] = "VPC_SERVICE_CONTROLS", ["description"] = "simulated" }),
                },
                Info("SECURITY_POLICY_VIOLATED", "googleapis.com", ("service", "apigee.googleapis.com")),
            ]
        );

    /// <summary>403: the API is not switched on in the project that pays for the request.</summary>
    public static GoogleError ServiceDisabled(string project) =>
        new(
            403,
            "PERMISSION_DENIED",
            $"Apigee API has not been used in project {project} before or it is disabled.",
            [Info("SERVICE_DISABLED", "googleapis.com", ("consumer", "projects/" + project), ("service", "apigee.googleapis.com"))]
        );

    /// <summary>404.</summary>
    public static GoogleError NotFound(string what) => new(404, "NOT_FOUND", $"{what} not found");

    /// <summary>400.</summary>
    public static GoogleError Invalid(string why) => new(400, "INVALID_ARGUMENT", why);

    /// <summary>429: more requests in a minute than the quota has.</summary>
    public static GoogleError Exhausted(string limit) =>
        new(
            429,
            "RESOURCE_EXHAUSTED",
            $"Quota exceeded for quota metric 'Requests' and limit '{limit}' of service 'apigee.googleapis.com' for consumer 'project_number:1'.",
            [Info("RATE_LIMIT_EXCEEDED", "googleapis.com", ("quota_limit", limit), ("service", "apigee.googleapis.com"))]
        );

    /// <summary>The body.</summary>
    public string Body
    {
        get
        {
            var error = new JsonObject
            {
                ["code"] = Status,
                ["message"] = Message,
                ["status"] = Name,
            };
            if (Details is not null)
            {
                error["details"] = Details.DeepClone();
            }

            return new JsonObject { ["error"] = error }.ToJsonString();
        }
    }

    /// <summary>The error as a fault of a server.</summary>
    public Fault AsFault(string? name = null) => new(name ?? $"{Status} {Name}", (context, _) => AnswerAsync(context));

    /// <summary>Answers a request with the error.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json; charset=UTF-8";
        if (Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        }

        return context.Response.WriteAsync(Body);
    }

    private static JsonObject Info(string reason, string domain, params (string Name, string Value)[] metadata)
    {
        var info = new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
            ["reason"] = reason,
            ["domain"] = domain,
        };
        if (metadata.Length > 0)
        {
            info["metadata"] = new JsonObject([.. metadata.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Name, pair.Value))]);
        }

        return info;
    }
}
