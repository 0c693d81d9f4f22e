using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Auditor.Collectors.Answers;

namespace Auditor.Collectors.Live;

/// <summary>
/// Reads a list to its end and answers with all of it, so that above nobody knows of pages. A list that breaks off is answered with the rows that came and a note that
/// says so; it never looks like a complete one. Cursors that go in a circle, pages elsewhere and lists without end are recognised.
/// </summary>
/// <param name="paging">How lists go on.</param>
/// <param name="endpoints">Where pages may be.</param>
/// <param name="manners">How many rows a list may have.</param>
/// <param name="inner">The next handler: one exchange, with its attempts.</param>
internal sealed class PagingHandler(IPaging paging, EndpointTable endpoints, Manners manners, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    private const int EmptyPages = 100;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (response, first) = await AskAsync(request, cancellationToken);
        if (first is null)
        {
            return response;
        }

        using (first)
        {
            if (paging.Next(request.RequestUri!, response, first.RootElement) is not { } next)
            {
                return response;
            }

            using var list = new PagedList(first.RootElement, paging, manners.MaxRows);
            var broken = await FollowAsync(request, next, list, cancellationToken);
            if (broken is not null)
            {
                AnswerNotes.Partial(request, broken);
            }

            var whole = new ByteArrayContent(list.ToArray());
            whole.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            response.Content.Dispose();
            response.Content = whole;
            return response;
        }
    }

    // Why the list is not complete; null when it is.
    private async Task<string?> FollowAsync(HttpRequestMessage first, Uri next, PagedList list, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { first.RequestUri!.AbsoluteUri };
        var empty = 0;
        for (Uri? address = next; address is not null; )
        {
            if (!endpoints.IsHere(address) || address.AbsolutePath != first.RequestUri.AbsolutePath)
            {
                return "the next page of the list is said to be somewhere else, and was not asked for";
            }

            if (!seen.Add(address.AbsoluteUri))
            {
                return "the pages of the list go in a circle";
            }

            using var request = new HttpRequestMessage(first.Method, address);
            RequestLog.Continue(first, request);
            JsonDocument? page;
            HttpResponseMessage response;
            try
            {
                (response, page) = await AskAsync(request, cancellationToken);
            }
            catch (UnansweredException e)
            {
                return "the list broke off: " + e.Coverage.Reason;
            }

            using (response)
            using (page)
            {
                if (page is null)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"the list broke off: the source answered {(int)response.StatusCode}{(response.IsSuccessStatusCode ? " with something that is not JSON" : "")}"
                    );
                }

                var asked = address;
                address = paging.Next(asked, response, page.RootElement);
                switch (list.Add(page.RootElement))
                {
                    case PageResult.NotAList:
                        return "the list broke off: a page is not a list";
                    case PageResult.Repeated:
                    case PageResult.NothingNew when address is not null:
                        return "the pages of the list repeat themselves";
                    case PageResult.TooMany:
                        return string.Create(CultureInfo.InvariantCulture, $"the list has more than {manners.MaxRows} rows");
                    case PageResult.Empty when ++empty > EmptyPages:
                        return "the list goes on with empty pages";
                    default:
                        break;
                }
            }
        }

        return null;
    }

    // An answer without a length may break off unnoticed by HTTP: what is not JSON is asked for once more.
    private async Task<(HttpResponseMessage Response, JsonDocument? Page)> AskAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return (response, null);
            }

            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (TryParse(body) is { } page)
            {
                return (response, page);
            }

            if (attempt > 0)
            {
                return (response, null);
            }

            response.Dispose();
        }
    }

    private static JsonDocument? TryParse(byte[] body)
    {
        try
        {
            return Utf8.IsValid(body) ? JsonDocument.Parse(body, StrictJson.Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
