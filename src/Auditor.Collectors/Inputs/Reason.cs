using Auditor.Collectors.Bundles;

namespace Auditor.Collectors.Inputs;

/// <summary>A file that is larger than what is read of its kind.</summary>
internal sealed class TooLargeFileException(long limit)
    : IOException(string.Create(CultureInfo.InvariantCulture, $"the file is larger than {limit / (1024 * 1024)} MB"));

/// <summary>What went wrong with a file, in words that hold no path and no content.</summary>
internal static class Reason
{
    public static string Of(Exception e) =>
        e switch
        {
            InvalidArchiveEntryException or TooLargeFileException => e.Message,
            FileNotFoundException or DirectoryNotFoundException => "the file is gone",
            UnauthorizedAccessException => "access is denied",
            PathTooLongException => "the path is too long",
            EndOfStreamException => "the file ends early",
            _ => "the file cannot be read",
        };
}
