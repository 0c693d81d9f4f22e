using System.Data.Common;
using System.Security.Cryptography;

namespace Auditor.History.Store;

/// <summary>The documents of a series in a store: the first of a stretch of nights whole, the others as what differs from the night before.</summary>
internal sealed class RunDocuments(DbConnection connection, string series)
{
    /// <summary>How many nights a stretch has at most: to read the last of them, all are gone through.</summary>
    private const int Stretch = 32;

    /// <summary>Keeps the document of a run.</summary>
    public async Task WriteAsync(int run, byte[] document, CancellationToken cancellationToken)
    {
        var before = await ChainAsync(run - 1, cancellationToken);
        var delta = before.Count is > 0 and < Stretch && Decode(before) is { } last ? DocumentDelta.Encode(last, document) : null;
        // Where little is shared, a difference saves nothing and costs every later reader.
        var isDelta = delta is not null && delta.Length < before[0].Body.Length / 2;
        var command = connection.Command(
            "INSERT INTO document (series, number, base, digest, body) VALUES (@series, @number, @base, @digest, @body)",
            ("series", series),
            ("number", run),
            ("base", isDelta ? before[^1].Number : DBNull.Value),
            ("digest", Digest(document)),
            ("body", isDelta ? delta! : DocumentDelta.Whole(document.AsSpan()))
        );
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>The document of a run; null when none was kept.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public async Task<byte[]?> ReadAsync(int run, CancellationToken cancellationToken)
    {
        var chain = await ChainAsync(run, cancellationToken);
        return chain.Count == 0 || chain[^1].Number != run
            ? null
            : Decode(chain) ?? throw new InvalidDataException("The document is not the one that was kept.");
    }

    // From the one that stands by itself to the one that is asked for.
    private async Task<List<Link>> ChainAsync(int run, CancellationToken cancellationToken)
    {
        var chain = new List<Link>();
        var command = connection.Command(
            """
            SELECT number, digest, body FROM document WHERE series = @series AND number <= @run
                AND number >= (SELECT MAX(number) FROM document WHERE series = @series AND number <= @run AND base IS NULL)
            ORDER BY number
            """,
            ("series", series),
            ("run", run)
        );
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    chain.Add(new Link(reader.GetInt32(0), reader.GetString(1), reader.Bytes(2)!));
                }
            }
        }

        return chain;
    }

    // Null when it is damaged: that a run before was is no reason not to keep this one.
    private static byte[]? Decode(List<Link> chain)
    {
        try
        {
            var document = DocumentDelta.Whole(chain[0].Body);
            foreach (var link in chain.Skip(1))
            {
                document = DocumentDelta.Decode(document, link.Body);
            }

            return string.Equals(Digest(document), chain[^1].Digest, StringComparison.Ordinal) ? document : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static string Digest(byte[] document) => Convert.ToHexStringLower(SHA256.HashData(document));

    private sealed record Link(int Number, string Digest, byte[] Body);
}
