namespace Auditor.Collectors.Inputs;

/// <summary>What went wrong with a file, in words that hold no path and no content.</summary>
internal static class Reason
{
    public static string Of(Exception e) =>
        e switch
        {
            FileNotFoundException or DirectoryNotFoundException => "the file is gone",
            UnauthorizedAccessException => "access is denied",
            PathTooLongException => "the path is too long",
            EndOfStreamException => "the file ends early",
            _ => "the file cannot be read",
        };
}
