using System.Text;
using System.Text.Json;
using Auditor.History.Snapshots;
using Auditor.History.Store;

namespace Auditor.History.Tests;

/// <summary>An entity comes back from its bytes as it was, and damaged bytes are told and are no other entity.</summary>
public sealed class EncodedEntities
{
    private static readonly Entity Sample = new()
    {
        Kind = "client",
        Key = "okta/acme.okta.com/apps/0oa1",
        NaturalKey = "okta/acme.okta.com/apps/Shop \"24\" – für alle",
        Title = "client 'Shop'",
        Part = "okta/acme.okta.com/apps",
        Environment = "prod",
        Ids = ["0oa1", "0oa2"],
        Fields =
        [
            new EntityField("Grants", FieldSemantics.Set, [new FieldItem("implicit"), new FieldItem("password")]),
            new EntityField("Group", FieldSemantics.Scalar, [new FieldItem("staff", "00g1")]),
            new EntityField("Secret", FieldSemantics.Scalar, [new FieldItem("hmac:12", null, true)]),
            new EntityField("Text", FieldSemantics.Scalar, [new FieldItem(new string('ü', 400) + "\u0000\n")]),
        ],
        Unknown = [new UnknownField("Entries/", "denied (403)")],
    };

    [Fact]
    public void What_is_read_is_what_was_written()
    {
        foreach (var entity in Estates.Snapshot(Estates.Meridian).Entities.Append(Sample))
        {
            foreach (var read in new[] { Packed(entity), Plain(entity) })
            {
                Assert.Equal(Words(entity), Words(read));
                // Encoded anew, by nothing but what it says.
                Assert.Equal(EntityEncoding.BodyOf(entity), EntityEncoding.BodyOf(read with { }));
            }
        }
    }

    [Fact]
    public void Fields_that_differ_only_in_an_id_are_not_taken_for_each_other()
    {
        foreach (var id in new[] { "00g1", "00g2", null })
        {
            var entity = Sample with { Fields = [new EntityField("Group", FieldSemantics.Scalar, [new FieldItem("staff", id)])] };
            Assert.Equal(id, Assert.Single(Packed(entity).Fields[0].Items).Id);
        }
    }

    [Fact]
    public void A_copy_that_says_something_else_is_known_by_another_hash()
    {
        var read = Packed(Sample);
        Assert.Equal("the hash", EntityEncoding.HashOf(read));
        Assert.Equal(EntityEncoding.HashOf(Sample), EntityEncoding.HashOf(read with { }));
        Assert.NotEqual(EntityEncoding.HashOf(Sample), EntityEncoding.HashOf(read with { Title = "another" }));
        Assert.Equal(Sample, Sample with { });
    }

    [Fact]
    public void Bytes_that_are_damaged_are_told()
    {
        var body = EntityEncoding.BodyOf(Sample);
        foreach (var text in new[] { "", "[]", "{}", "null", Encoding.UTF8.GetString(body) + "{}" })
        {
            Damaged(Encoding.UTF8.GetBytes(text));
        }

        for (var length = 1; length < body.Length; length++)
        {
            Damaged(body[..length]);
        }

        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var spoilt = body.ToArray();
            spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
            try
            {
                _ = EntityReader.Read("key", spoilt);
            }
            catch (Exception e) when (IsTold(e))
            {
                // Either it is another text, or it is told.
            }
        }
    }

    private static void Damaged(byte[] body) =>
        Assert.True(IsTold(Assert.ThrowsAny<Exception>(() => EntityEncoding.Decode("key", "hash", "", EntityEncoding.Pack(body)))));

    // What a store calls foreign, or becomes that on the way.
    private static bool IsTold(Exception e) => e is JsonException or FormatException or InvalidDataException or InvalidOperationException;

    private static Entity Packed(Entity entity) =>
        EntityEncoding.Decode(entity.Key, "the hash", "", EntityEncoding.Pack(EntityEncoding.BodyOf(entity)));

    private static Entity Plain(Entity entity) =>
        EntityEncoding.Decode(entity.Key, "the hash", Encoding.UTF8.GetString(EntityEncoding.BodyOf(entity)), null);

    private static string Words(Entity entity) =>
        string.Join(
            '\n',
            entity
                .Fields.Select(field => $"{field.Path} {field.Semantics} {string.Join(", ", field.Items)}")
                .Concat(entity.Ids)
                .Concat(entity.Unknown.Select(unknown => unknown.ToString()))
                .Append($"{entity.Kind} {entity.Key} {entity.NaturalKey} {entity.Title} {entity.Part} {entity.Environment}")
        );
}
