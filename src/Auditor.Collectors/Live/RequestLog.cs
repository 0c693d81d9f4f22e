using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Auditor.Collectors.Live;

/// <summary>
/// A request that was sent, one attempt: what somebody needs who wants to find it in the source's own log. Digests of answers are not among it: an answer may hold a
/// short secret, and a digest of it lets one be guessed. The recording, from which secrets were taken, has digests.
/// </summary>
/// <param name="Sent">When it was sent.</param>
/// <param name="Method">The method.</param>
/// <param name="Address">The address; credentials are never in it.</param>
/// <param name="Status">The status; null when there was no answer.</param>
/// <param name="Items">The rows of the answer; null when it is no list.</param>
/// <param name="Bytes">The size of the answer; null when there was none.</param>
/// <param name="ETag">The version that the source gives its answer; null when it gives none.</param>
/// <param name="RequestId">The name that the source gives the request in its log; null when it gives none.</param>
/// <param name="Answer">The file of the recording that the answer is a part of, without its ending; null when it is part of none.</param>
/// <param name="Fault">Why there was no answer.</param>
public sealed record SentRequest(
    DateTimeOffset Sent,
    string Method,
    Uri Address,
    int? Status,
    int? Items,
    long? Bytes,
    string? ETag,
    string? RequestId,
    string? Answer,
    string? Fault
);

/// <summary>Every request that was sent to live sources while they were read, tokens aside.</summary>
public sealed partial class RequestLog
{
    private static readonly HttpRequestOptionsKey<string> AnswerKey = new("auditor.answer");

    private readonly ConcurrentQueue<SentRequest> sent = new();

    /// <summary>The requests in the order in which they were sent.</summary>
    public ImmutableArray<SentRequest> Requests =>
        [
            .. sent.OrderBy(request => request.Sent)
                .ThenBy(request => request.Address.AbsoluteUri, StringComparer.Ordinal)
                .ThenBy(request => request.Status),
        ];

    /// <summary>The handler that writes the log: below the credential and above the socket, where every attempt passes.</summary>
    internal HttpMessageHandler Around(HttpMessageHandler inner, TimeProvider clock) => new Handler(this, clock, inner);

    /// <summary>Says of a request that its answer is kept.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">The file of the recording, without its ending.</param>
    internal static void Keep(HttpRequestMessage request, string path) => request.Options.Set(AnswerKey, path);

    /// <summary>Says of a request that it asks for the next page of what another asked for.</summary>
    internal static void Continue(HttpRequestMessage first, HttpRequestMessage next)
    {
        if (first.Options.TryGetValue(AnswerKey, out var path))
        {
            Keep(next, path);
        }
    }

    /// <summary>The rows of a page, Okta's array or the one array of Apigee's object; null when it is no list.</summary>
    internal static int? Rows(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            if (!reader.Read())
            {
                return null;
            }

            if (reader.TokenType == JsonTokenType.StartArray)
            {
                return Count(ref reader);
            }

            int? rows = null;
            var lists = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray)
                {
                    rows = Count(ref reader);
                    lists++;
                }
                else
                {
                    reader.Skip();
                }
            }

            return lists == 1 ? rows : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Count(ref Utf8JsonReader reader)
    {
        var rows = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            rows++;
            reader.Skip();
        }

        return rows;
    }

    // What a source says about itself goes into a file that others read: names only, nothing that is long or does something.
    private static string? Plain(string? text) => text is not null && PlainText().IsMatch(text) ? text : null;

    [GeneratedRegex("^[\\x21-\\x7e]{1,200}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex PlainText();

    private sealed class Handler(RequestLog log, TimeProvider clock, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var sent = clock.GetUtcNow();
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                log.sent.Enqueue(
                    Entry(request, sent) with
                    {
                        Status = (int)response.StatusCode,
                        Items = response.IsSuccessStatusCode ? Rows(body) : null,
                        Bytes = body.Length,
                        ETag = Plain(response.Headers.ETag?.ToString()),
                        RequestId = response.Headers.TryGetValues("X-Okta-Request-Id", out var ids) ? Plain(ids.FirstOrDefault()) : null,
                    }
                );
                return response;
            }
            catch (UnansweredException e) when (!e.WasNotSent)
            {
                log.sent.Enqueue(Entry(request, sent) with { Fault = e.Coverage.Reason });
                throw;
            }
        }

        private static SentRequest Entry(HttpRequestMessage request, DateTimeOffset sent) =>
            new(
                sent,
                request.Method.Method,
                new Uri(request.RequestUri!.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped)),
                null,
                null,
                null,
                null,
                null,
                request.Options.TryGetValue(AnswerKey, out var answer) ? answer : null,
                null
            );
    }
}
