namespace Auditor.Cli.Configuration;

/// <summary>The texts about the configuration that are part of the program.</summary>
internal static class ConfigurationTexts
{
    /// <summary>A commented <c>auditor.yaml</c>.</summary>
    public static ReadOnlyMemory<byte> Template => Read("auditor.template.yaml");

    /// <summary>The JSON schema of <c>auditor.yaml</c>.</summary>
    public static ReadOnlyMemory<byte> Schema => Read("auditor.schema.json");

    private static byte[] Read(string name)
    {
        using var stream =
            typeof(ConfigurationTexts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
