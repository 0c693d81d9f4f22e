using System.CommandLine;
using Auditor.Cli.Configuration;

namespace Auditor.Cli.Commands;

/// <summary>The arguments that every command that judges an estate has.</summary>
internal static class AuditArguments
{
    /// <summary>What is audited.</summary>
    public static Argument<string[]> Paths() =>
        new("PATH")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "A recording, a bundle folder or .zip, a tree that holds any of them. Default: the current folder.",
        };

    /// <summary>The configuration.</summary>
    public static Option<string?> Config() =>
        new("--config")
        {
            Description = $"The configuration. Default: {AuditorConfiguration.FileName} in PATH, else from the current folder upwards.",
            HelpName = "FILE",
        };

    /// <summary>What is accepted.</summary>
    public static Option<string?> Exceptions() =>
        new("--exceptions") { Description = "The file of accepted findings and changes.", HelpName = "FILE" };

    /// <summary>The environments.</summary>
    public static Option<string[]> Environments() =>
        new("--environment") { Description = "Only these Apigee environments.", HelpName = "NAME" };
}
