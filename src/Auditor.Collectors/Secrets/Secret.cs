namespace Auditor.Collectors.Secrets;

/// <summary>A credential of our own: a token, a private key. It does not format, does not serialise, and is only ever handed to what sends or signs with it.</summary>
public sealed class Secret(string value)
{
    /// <summary>The credential, for the one who uses it.</summary>
    internal string Reveal() => value;

    /// <summary>Always the same words.</summary>
    public override string ToString() => "[REDACTED]";
}
