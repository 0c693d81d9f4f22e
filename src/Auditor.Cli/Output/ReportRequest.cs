namespace Auditor.Cli.Output;

/// <summary>A report to write: a format, and a file or standard output.</summary>
/// <param name="Format">The format.</param>
/// <param name="File">The file; null for standard output.</param>
internal sealed record ReportRequest(string Format, string? File)
{
    /// <summary>Reads <c>FORMAT[=FILE]</c> options. None means text on standard output; at most one goes there.</summary>
    public static ImmutableArray<ReportRequest> Parse(IReadOnlyList<string> options)
    {
        if (options.Count == 0)
        {
            return [new ReportRequest("text", null)];
        }

        var requests = ImmutableArray.CreateBuilder<ReportRequest>();
        foreach (var option in options)
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            var format = equals < 0 ? option : option[..equals];
            var file = equals < 0 ? null : option[(equals + 1)..];
            if (!ReportFormats.Names.Contains(format, StringComparer.Ordinal))
            {
                throw new UsageException(
                    "--report: "
                        + CommandLine.Meant(
                            $"there is no format '{format}'",
                            format,
                            ReportFormats.Names,
                            $"there are {string.Join(", ", ReportFormats.Names)}"
                        )
                );
            }

            if (file is "")
            {
                throw new UsageException($"--report {format}=: a file name is missing.");
            }

            requests.Add(new ReportRequest(format, file == "-" ? null : file));
        }

        if (requests.Count(request => request.File is null) > 1)
        {
            throw new UsageException("Only one report can go to standard output; give the others a file: --report html=report.html.");
        }

        if (
            requests
                .Where(request => request.File is not null)
                .GroupBy(request => request.File, StringComparer.Ordinal)
                .FirstOrDefault(group => group.Count() > 1) is
            { } twice
        )
        {
            throw new UsageException($"Two reports cannot go to one file: '{twice.Key}'.");
        }

        return requests.ToImmutable();
    }
}
