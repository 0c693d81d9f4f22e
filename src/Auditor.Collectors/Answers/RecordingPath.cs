using System.Text;

namespace Auditor.Collectors.Answers;

/// <summary>The names of a recording's files (recording format 1): the path of the request, with the parameters that select other rows behind <c>@</c>.</summary>
internal static class RecordingPath
{
    private static readonly string[] ShapingParameters =
    [
        "limit",
        "after",
        "count",
        "startKey",
        "rows",
        "pageSize",
        "pageToken",
        "expand",
        "includeRevisions",
        "includeMetaData",
        "includeCred",
        "view",
    ];

    /// <summary>The file, without <c>.json</c>, for a request of a path with its query.</summary>
    public static string OfRequest(string pathAndQuery)
    {
        var question = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? pathAndQuery : pathAndQuery[..question];
        var file = string.Join('/', path.Trim('/').Split('/').Select(segment => Encode(Uri.UnescapeDataString(segment))));
        // Of the System Log there is one extract, whatever it was cut to.
        if (question < 0 || file == "api/v1/logs")
        {
            return file;
        }

        var selectors = pathAndQuery[(question + 1)..]
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => !ShapingParameters.Contains(pair.Split('=')[0], StringComparer.Ordinal))
            .Select(pair => Encode(Uri.UnescapeDataString(pair), '='))
            .Order(StringComparer.Ordinal)
            .ToArray();
        return selectors.Length == 0 ? file : file + "@" + string.Join('@', selectors);
    }

    /// <summary>A name with every character outside <c>A–Z a–z 0–9 . _ - @ = ~</c> percent-encoded.</summary>
    public static string Encode(string name) => Encode(name, '\0');

    private static string Encode(string name, char also)
    {
        var result = new StringBuilder(name.Length);
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '=' or '~' || (also != '\0' && c == also))
            {
                result.Append(c);
            }
            else
            {
                result.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        // "." and ".." are the two names that mean another place.
        var text = result.ToString();
        return text is "." or ".." ? text.Replace(".", "%2E", StringComparison.Ordinal) : text;
    }
}
