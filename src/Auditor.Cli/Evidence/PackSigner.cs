using System.Security.Cryptography;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Evidence;

/// <summary>
/// Signs statements with ECDSA on P-256: with a key from a file or from the environment, or by a program that has the key (a KMS, an HSM). The key is read when the work begins, so that
/// an audit of hours does not end with "no such file".
/// </summary>
internal sealed class PackSigner : IDisposable
{
    /// <summary>The variable that holds the private key as PEM.</summary>
    public const string KeyVariable = "AUDITOR_EVIDENCE_KEY";

    private readonly SignProgram? program;

    private PackSigner(ECDsa key, SignProgram? program)
    {
        Key = key;
        this.program = program;
    }

    /// <summary>The key: the private one, or, where a program signs, the public one.</summary>
    public ECDsa Key { get; }

    /// <summary>The public key as PEM.</summary>
    public string PublicKey => Key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>The signer that a command line means; null when it means none.</summary>
    /// <param name="keyFile">The file of the private key.</param>
    /// <param name="program">The program that signs.</param>
    /// <param name="publicKeyFile">The file of the public key of the program that signs.</param>
    /// <param name="environment">The environment.</param>
    /// <exception cref="UsageException">There is more than one, or a key cannot be used.</exception>
    public static PackSigner? Find(string? keyFile, string? program, string? publicKeyFile, ConsoleEnvironment environment)
    {
        var variable = environment.Variable(KeyVariable) is { Length: > 0 } pem ? pem : null;
        if (keyFile is not null && program is not null)
        {
            throw new UsageException("--key and --sign-program cannot both be given.");
        }

        if ((program is null) != (publicKeyFile is null))
        {
            throw new UsageException("--sign-program and --public-key belong together: what the program signs is verified with the key.");
        }

        if (program is not null)
        {
            return new PackSigner(
                PublicKeyOf(publicKeyFile!, environment.WorkingFolder),
                new SignProgram(SignProgram.Checked(program), environment)
            );
        }

        if (keyFile is not null)
        {
            return new PackSigner(
                Import(
                    SecretFile.Read(Path.GetFullPath(keyFile, environment.WorkingFolder), keyFile),
                    $"--key '{keyFile}'",
                    needsPrivate: true
                ),
                null
            );
        }

        return variable is null ? null : new PackSigner(Import(variable, KeyVariable, needsPrivate: true), null);
    }

    /// <summary>The public key of a file.</summary>
    /// <exception cref="UsageException">It cannot be used.</exception>
    public static ECDsa PublicKeyOf(string file, string workingFolder)
    {
        try
        {
            return Import(File.ReadAllText(Path.GetFullPath(file, workingFolder)), $"'{file}'", needsPrivate: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{file}' cannot be read.");
        }
    }

    /// <summary>Signs, and makes sure that the signature is that of the key.</summary>
    /// <param name="content">What is signed.</param>
    /// <param name="cancellationToken">Stops a program that signs.</param>
    /// <returns>The signature in DER.</returns>
    /// <exception cref="UsageException">The program did not sign, or with another key.</exception>
    public async Task<byte[]> SignAsync(byte[] content, CancellationToken cancellationToken)
    {
        if (program is null)
        {
            return Key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }

        var signature = await program.SignAsync(content, cancellationToken);
        return Verifies(content, signature)
            ? signature
            : throw new UsageException("What --sign-program wrote is no signature that --public-key verifies; no pack was written.");
    }

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();

    private bool Verifies(byte[] content, byte[] signature)
    {
        try
        {
            return Key.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ECDsa Import(string pem, string where, bool needsPrivate)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (!EvidenceStatement.Fits(key))
            {
                throw new UsageException($"{where}: the key is not on P-256 (openssl ecparam -name prime256v1 -genkey -noout makes one).");
            }

            if (needsPrivate)
            {
                // Only a private key signs.
                key.SignHash(new byte[32]);
            }

            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new UsageException(
                pem.Contains("ENCRYPTED", StringComparison.Ordinal)
                    ? $"{where}: the key is encrypted; give it in clear from a secret store, or sign with --sign-program."
                    : $"{where}: no {(needsPrivate ? "private" : "public")} key on P-256 in PEM."
            );
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
