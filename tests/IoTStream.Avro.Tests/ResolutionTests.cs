using IoTStream.Avro.Tests.Support;

namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class ResolutionTests
{
    private const string Record = """{"type":"record","name":"R","fields":[FIELDS]}""";

    [TestCase("\"int\"", 7, "\"long\"", 7L)]
    [TestCase("\"int\"", 7, "\"float\"", 7f)]
    [TestCase("\"int\"", 7, "\"double\"", 7d)]
    [TestCase("\"long\"", 7L, "\"float\"", 7f)]
    [TestCase("\"long\"", 7L, "\"double\"", 7d)]
    [TestCase("\"float\"", 1.5f, "\"double\"", 1.5)]
    [TestCase("\"int\"", 7, "[\"null\",\"long\"]", 7L)]
    [TestCase("[\"null\",\"int\"]", 7, "\"double\"", 7d)]
    [TestCase("[\"int\",\"string\"]", "x", "[\"string\",\"long\"]", "x")]
    [TestCase("[\"null\",\"int\"]", null, "[\"null\",\"long\"]", null)]
    public void Values_are_promoted(string writer, object? value, string reader, object? expected)
    {
        byte[] bytes = AvroCodec.Of(AvroTypes.GenericValue(AvroSchema.Parse(writer))).Encoded(value);
        AvroCodec.Of(AvroTypes.GenericValue(AvroSchema.Parse(reader)), AvroSchema.Parse(writer)).Decoded(bytes).Should().Be(expected);
    }

    [Test]
    public void Texts_and_bytes_are_read_as_each_other()
    {
        byte[] bytes = AvroCodec.Of(AvroTypes.String).Encoded("é");
        AvroCodec.Of(AvroTypes.Bytes, AvroTypes.String.Schema).Decoded(bytes).Should().Equal(0xC3, 0xA9);
        AvroCodec.Of(AvroTypes.String, AvroTypes.Bytes.Schema).Decoded(bytes).Should().Be("é");
    }

    [TestCase("\"long\"", "\"int\"", "*written as long, which cannot be read as int*")]
    [TestCase("\"string\"", "\"double\"", "*written as string*")]
    [TestCase("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4}", "*F of 3 bytes, and F has 4*")]
    [TestCase("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}", "{\"type\":\"fixed\",\"name\":\"G\",\"size\":3}", "*neither the name nor an alias*")]
    [TestCase("{\"type\":\"array\",\"items\":\"long\"}", "{\"type\":\"array\",\"items\":\"int\"}", "*[]*written as long*")]
    [TestCase("{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}", "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", "*timestamp-millis, and timestamp-micros*")]
    [TestCase("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}", "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":1}", "*decimal(4, 2)*decimal(4, 1)*")]
    [TestCase("[\"string\",\"bytes\"]", "\"int\"", "*cannot be read as int*")]
    [TestCase("\"int\"", "[\"null\",\"string\"]", "*written as int, which cannot be read as union of null, string*")]
    [TestCase("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"}]}", "*the field 'b' was not written (R has a), and it has no default*")]
    [TestCase("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}", "a: it was written as string*")]
    public void What_cannot_be_read_is_refused_with_the_reason(string writer, string reader, string reason)
    {
        AvroSchema from = AvroSchema.Parse(writer);
        AvroSchema to = AvroSchema.Parse(reader);
        FluentActions.Invoking(() => AvroCodec.Of(AvroTypes.GenericValue(to), from)).Should().Throw<AvroSchemaException>().WithMessage(reason);
        AvroCompatibility.Check(from, to).Should().NotBeEmpty().And.Contain(found => found.Length > 0);
    }

    [Test]
    public void Only_data_of_a_branch_that_cannot_be_read_is_an_error()
    {
        AvroSchema writer = AvroSchema.Parse("""["null","int","string"]""");
        var type = AvroTypes.Int.OrNull();
        var codec = AvroCodec.Of(type, writer);
        codec.Decoded([2, 14]).Should().Be(7);
        codec.Decoded([0]).Should().BeNull();
        FluentActions.Invoking(() => codec.Decoded([4, 2, 0x78])).Should().Throw<AvroException>().WithMessage("*written as string*");
        AvroCompatibility.Check(writer, type.Schema).Should().ContainSingle().Which.Should().Contain("string");
    }

    [Test]
    public void Fields_are_found_by_name_and_alias_in_any_order_and_defaults_fill_in()
    {
        AvroRecord read = Resolve(
            Fields("""{"name":"b","type":"string"},{"name":"gone","type":{"type":"map","values":"bytes"}},{"name":"old","type":"int"}"""),
            Fields("""{"name":"new","type":"long","aliases":["older","old"]},{"name":"b","type":"string"},{"name":"list","type":{"type":"array","items":"int"},"default":[1,2]},{"name":"none","type":["null","int"],"default":null},{"name":"second","type":["null","int"],"default":5},{"name":"raw","type":"bytes","default":"\u00ff\u0000"},{"name":"in","type":{"type":"record","name":"In","fields":[{"name":"x","type":"int"},{"name":"y","type":"double","default":0.5}]},"default":{"x":3}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]},"default":"B"}"""),
            record =>
            {
                record["b"] = "text";
                record["gone"] = new Dictionary<string, object?> { ["k"] = new byte[] { 1 } };
                record["old"] = 42;
            });
        read["new"].Should().Be(42L);
        read["b"].Should().Be("text");
        read["list"].Should().BeEquivalentTo(new object[] { 1, 2 });
        read["none"].Should().BeNull();
        read["second"].Should().Be(5);
        read["raw"].Should().BeEquivalentTo(new byte[] { 255, 0 });
        ((AvroRecord)read["in"]!)["x"].Should().Be(3);
        ((AvroRecord)read["in"]!)["y"].Should().Be(0.5);
        read["e"]!.ToString().Should().Be("B");
    }

    [Test]
    public void Symbols_that_are_not_known_are_read_as_the_default()
    {
        AvroSchema writer = AvroSchema.Parse("""{"type":"enum","name":"E","symbols":["A","B","C"]}""");
        AvroSchema reader = AvroSchema.Parse("""{"type":"enum","name":"E","symbols":["C","X","A"],"default":"X"}""");
        var codec = AvroCodec.Of(AvroTypes.GenericValue(reader), writer);
        new[] { 0, 2, 4 }.Select(place => codec.Decoded([(byte)place])!.ToString()).Should().Equal("A", "X", "C");
        AvroCompatibility.Check(writer, reader).Should().BeEmpty();
        AvroSchema strict = AvroSchema.Parse("""{"type":"enum","name":"E","symbols":["C","A"]}""");
        AvroCodec.Of(AvroTypes.GenericValue(strict), writer).Decoded([4])!.ToString().Should().Be("C");
        FluentActions.Invoking(() => AvroCodec.Of(AvroTypes.GenericValue(strict), writer).Decoded([2])).Should().Throw<AvroException>().WithMessage("*symbol 'B' is none of E*");
        AvroCompatibility.Check(writer, strict).Should().ContainSingle().Which.Should().Contain("lacks: B");
    }

    [Test]
    public void Named_schemas_are_found_by_alias_and_without_their_namespace()
    {
        AvroSchema writer = AvroSchema.Parse("""{"type":"record","name":"a.Old","fields":[{"name":"x","type":"int"}]}""");
        AvroCompatibility.Check(writer, AvroSchema.Parse("""{"type":"record","name":"b.New","aliases":["a.Old"],"fields":[{"name":"x","type":"int"}]}""")).Should().BeEmpty();
        AvroCompatibility.Check(writer, AvroSchema.Parse("""{"type":"record","name":"b.Old","fields":[{"name":"x","type":"int"}]}""")).Should().BeEmpty();
        AvroCompatibility.Check(writer, AvroSchema.Parse("""{"type":"record","name":"b.New","fields":[{"name":"x","type":"int"}]}""")).Should().ContainSingle();
    }

    [Test]
    public void Recursive_schemas_resolve()
    {
        AvroSchema writer = AvroSchema.Parse("""{"type":"record","name":"List","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","List"]}]}""");
        AvroSchema reader = AvroSchema.Parse("""{"type":"record","name":"List","fields":[{"name":"next","type":["null","List"]},{"name":"v","type":"long"},{"name":"w","type":"string","default":"d"}]}""");
        var read = (AvroRecord)AvroCodec.Of(AvroTypes.GenericValue(reader), writer).Decoded([2, 2, 4, 2, 6, 0])!;
        var second = (AvroRecord)read["next"]!;
        second["v"].Should().Be(2L);
        ((AvroRecord)second["next"]!)["v"].Should().Be(3L);
        second["w"].Should().Be("d");
        AvroCompatibility.Check(writer, reader).Should().BeEmpty();
    }

    /// <summary>Whatever the check says, readers keep to it: no data of a compatible schema is refused.</summary>
    [Test]
    public void Compatible_schemas_read_all_data() => Property.Holds(random =>
    {
        for (int i = 0; i < 10; i++)
        {
            int seed = random.Next();
            AvroSchema writer = Generated.Schema(new Random(seed));
            AvroSchema reader = AvroSchema.Parse(Changed(SchemaWriter.Write(writer), random));
            object? value = Generated.Value(random, writer);
            byte[] bytes = AvroCodec.Of(AvroTypes.GenericValue(writer)).Encoded(value);
            if (AvroCompatibility.Check(writer, reader).Count == 0)
            {
                try
                {
                    AvroCodec.Of(AvroTypes.GenericValue(reader), writer).Decoded(bytes);
                }
                catch (AvroException wrong) when (wrong.Message.Contains("no UTF-8"))
                {
                    // Bytes may be read as a text if they are one.
                }
            }
            else
            {
                try
                {
                    AvroCodec.Of(AvroTypes.GenericValue(reader), writer).Decoded(bytes);
                }
                catch (Exception refusal) when (refusal is AvroException or AvroSchemaException)
                {
                    // Some data may be readable all the same; nothing else may go wrong.
                }
            }
        }
    });

    private static string Changed(string json, Random random)
    {
        string[] kinds = ["\"int\"", "\"long\"", "\"float\"", "\"double\"", "\"bytes\"", "\"string\""];
        int from = random.Next(kinds.Length);
        string changed = json.Replace(kinds[from], kinds[random.Next(2) == 0 ? Math.Min(from + 1, kinds.Length - 1) : random.Next(kinds.Length)], StringComparison.Ordinal);
        changed = random.Next(2) == 0 ? changed : changed.Replace("\"S2\"", "\"Other\"", StringComparison.Ordinal);
        try
        {
            AvroSchema.Parse(changed);
            return changed;
        }
        catch (AvroSchemaException)
        {
            // Two branches of a union have become the same.
            return json;
        }
    }

    private static string Fields(string fields) => Record.Replace("FIELDS", fields, StringComparison.Ordinal);

    private static AvroRecord Resolve(string writer, string reader, Action<AvroRecord> fill)
    {
        var from = (AvroRecordSchema)AvroSchema.Parse(writer);
        var record = new AvroRecord(from);
        fill(record);
        var to = (AvroRecordSchema)AvroSchema.Parse(reader);
        AvroCompatibility.Check(from, to).Should().BeEmpty();
        return AvroCodec.Of(AvroTypes.Generic(to), from).Decoded(AvroCodec.Of(AvroTypes.Generic(from)).Encoded(record));
    }
}
