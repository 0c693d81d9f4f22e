using System.Text;
using Auditor.History.Store;
using CsCheck;

namespace Auditor.History.Tests;

/// <summary>The difference of two documents gives back the second, whatever the two are.</summary>
public sealed class Documents
{
    // Few different records, so that the two have many in common, in other orders and numbers, and text that looks like the end of a record.
    private static readonly string[] Pieces = ["{\"a\":1},", "{\"a\":2},", "{\"b\":\"},\"},", "]", "", "x},", "é"];

    private static readonly Gen<byte[]> Any = Gen.Int[0, Pieces.Length - 1]
        .Array[0, 40]
        .Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces.Select(piece => Pieces[piece]))));

    [Fact]
    public void A_document_comes_back_from_its_difference_to_another() =>
        Gen.Select(Any, Any)
            .Sample(
                (before, document) => Assert.Equal(document, DocumentDelta.Decode(before, DocumentDelta.Encode(before, document))),
                iter: 20_000,
                seed: "0000000000000"
            );

    [Fact]
    public void What_two_documents_share_is_not_written_again()
    {
        var records = Enumerable.Range(0, 5_000).Select(i => $"{{\"subject\":\"{i * 7919 % 5_003}\",\"verdict\":\"pass\"}},").ToArray();
        var before = Encoding.UTF8.GetBytes(string.Concat(records));
        records[1_000] = "{\"subject\":\"other\",\"verdict\":\"fail\"},";
        var after = Encoding.UTF8.GetBytes(string.Concat(records[..4_000].Concat(records[4_001..])));
        Assert.InRange(DocumentDelta.Encode(before, after).Length, 1, 120);
        Assert.True(DocumentDelta.Whole(after.AsSpan()).Length > 5_000);
    }

    [Fact]
    public void A_damaged_difference_is_never_a_document()
    {
        var before = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"{{\"a\":{i}}},")));
        var document = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(100, 200).Select(i => $"{{\"a\":{i}}},")));
        var delta = DocumentDelta.Encode(before, document);
        for (var i = 0; i < delta.Length; i++)
        {
            var damaged = delta.ToArray();
            damaged[i] ^= 0x10;
            try
            {
                // A bit that decompression does not look at may leave the document as it was; whether it did, the store sees by its digest.
                _ = DocumentDelta.Decode(before, damaged);
            }
            catch (InvalidDataException)
            {
                // That is the other way out, and there is no third.
            }
        }
    }
}
