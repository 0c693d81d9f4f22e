namespace Auditor.Cli;

/// <summary>Wrong usage or configuration: one line that says what, where and what to do. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
