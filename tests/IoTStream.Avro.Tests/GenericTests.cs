using IoTStream.Avro.Tests.Support;
using IoTStream.Connectors;

namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class GenericTests
{
    [Test]
    public void Random_values_of_random_schemas_are_read_as_they_were_written() => Property.Holds(random =>
    {
        AvroSchema schema = Generated.Schema(random);
        ICodec<object?> codec = AvroCodec.Of(AvroTypes.GenericValue(schema));
        object? value = Generated.Value(random, schema);
        byte[] bytes = codec.Encoded(value);
        object? read = bytes.Length == 0 ? codec.Decoded(bytes) : codec.Decode(Bytes.InPieces(bytes, random.Next(1, 20)));
        Generated.AreEqual(read, value).Should().BeTrue($"{read} was {value}");
    });

    [Test]
    public void Cut_and_changed_bytes_are_read_or_refused() => Property.Holds(random =>
    {
        AvroSchema schema = Generated.Schema(random);
        ICodec<object?> codec = AvroCodec.Of(AvroTypes.GenericValue(schema));
        byte[] bytes = codec.Encoded(Generated.Value(random, schema));
        for (int i = 0; i < 20 && bytes.Length > 0; i++)
        {
            byte[] changed = bytes[..random.Next(1, bytes.Length + 1)];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                codec.Decoded(changed);
            }
            catch (AvroException)
            {
                // One of the two outcomes that are promised.
            }
        }
    });

    [Test]
    public void What_a_reader_does_not_know_is_passed_over() => Property.Holds(random =>
    {
        AvroSchema schema = Generated.Schema(random);
        string json = $$"""{"type":"record","name":"Outer","fields":[{"name":"before","type":{{SchemaWriter.Write(schema)}}},{"name":"kept","type":"int"}]}""";
        var writer = (AvroRecordSchema)AvroSchema.Parse(json);
        var reader = (AvroRecordSchema)AvroSchema.Parse("""{"type":"record","name":"Outer","fields":[{"name":"kept","type":"long"}]}""");
        var value = new AvroRecord(writer) { ["before"] = Generated.Value(random, writer.Fields[0].Schema), ["kept"] = 17 };
        byte[] bytes = AvroCodec.Of(AvroTypes.Generic(writer)).Encoded(value);
        AvroCodec.Of(AvroTypes.Generic(reader), writer).Decoded(bytes)["kept"].Should().Be(17L);
    });

    // The example of the specification.
    [Test]
    public void A_record_lies_in_bytes_as_the_specification_says()
    {
        var schema = (AvroRecordSchema)AvroSchema.Parse("""{"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}""");
        AvroCodec.Of(AvroTypes.Generic(schema)).Encoded(new AvroRecord(schema) { ["a"] = 27L, ["b"] = "foo" }).Should().Equal(0x36, 0x06, 0x66, 0x6f, 0x6f);
    }

    [TestCase("\"int\"", "808080801000", "*no integer of 32 bits*")]
    [TestCase("\"long\"", "FFFFFFFFFFFFFFFFFF02", "*more than 64 bits*")]
    [TestCase("\"long\"", "80", "*end within*")]
    [TestCase("\"long\"", "0000", "*goes on after the end*")]
    [TestCase("\"boolean\"", "02", "*neither true nor false*")]
    [TestCase("\"string\"", "02FF", "*no UTF-8*")]
    [TestCase("\"bytes\"", "FEFFFFFFFFFFFFFFFF01", "*9223372036854775807 bytes are announced*")]
    [TestCase("\"bytes\"", "01", "*-1 bytes are announced*")]
    [TestCase("[\"null\",\"int\"]", "04", "*branch 2 does not exist*")]
    [TestCase("{\"type\":\"array\",\"items\":\"double\"}", "0400000000000000000000", "*2 items are announced*")]
    [TestCase("{\"type\":\"array\",\"items\":\"null\"}", "FEFFFFFF0F00", "*items without bytes*")]
    [TestCase("{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"null\"}}", "048080080080800800", "*items without bytes*")]
    [TestCase("{\"type\":\"map\",\"values\":\"null\"}", "FFFFFFFFFFFFFFFFFF010000", "*announced*")]
    [TestCase("{\"type\":\"array\",\"items\":\"int\"}", "017E0000", "*a block of 63 bytes is announced*")]
    public void Malformed_bytes_are_refused_with_the_reason(string schema, string hex, string reason) =>
        FluentActions.Invoking(() => AvroCodec.Of(AvroTypes.GenericValue(AvroSchema.Parse(schema))).Decoded(Convert.FromHexString(hex)))
            .Should().Throw<AvroException>().WithMessage(reason);

    [Test]
    public void Records_within_themselves_have_a_bound()
    {
        AvroSchema list = AvroSchema.Parse("""{"type":"record","name":"List","fields":[{"name":"next","type":["null","List"]}]}""");
        ICodec<object?> codec = AvroCodec.Of(AvroTypes.GenericValue(list));
        byte[] deep = [.. Enumerable.Repeat((byte)2, 255), 0];
        codec.Encoded(codec.Decoded(deep)).Should().Equal(deep);
        byte[] tooDeep = [.. Enumerable.Repeat((byte)2, 100_000), 0];
        FluentActions.Invoking(() => codec.Decoded(tooDeep)).Should().Throw<AvroException>().WithMessage("*nested more than 256 deep*");
        AvroSchema nothing = AvroSchema.Parse("""{"type":"record","name":"Outer","fields":[{"name":"x","type":"int","default":1}]}""");
        AvroSchema outer = AvroSchema.Parse("""{"type":"record","name":"Outer","fields":[{"name":"passed","type":{"type":"record","name":"List","fields":[{"name":"next","type":["null","List"]}]}}]}""");
        FluentActions.Invoking(() => AvroCodec.Of(AvroTypes.GenericValue(nothing), outer).Decoded(tooDeep)).Should().Throw<AvroException>().WithMessage("*nested more than 256 deep*");
    }

    [Test]
    public void Many_small_blocks_are_passed_over_without_recursion()
    {
        AvroSchema writer = AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"passed","type":{"type":"array","items":"int"}}]}""");
        AvroSchema reader = AvroSchema.Parse("""{"type":"record","name":"R","fields":[]}""");
        byte[] blocks = [.. Enumerable.Repeat<byte[]>([0x01, 0x02, 0x00], 300_000).SelectMany(block => block), 0x00];
        AvroCodec.Of(AvroTypes.GenericValue(reader), writer).Decoded(blocks).Should().BeOfType<AvroRecord>();
    }

    [Test]
    public void A_value_that_is_none_of_the_schema_is_refused_with_the_reason()
    {
        var schema = (AvroRecordSchema)AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}""");
        ICodec<AvroRecord> codec = AvroCodec.Of(AvroTypes.Generic(schema));
        FluentActions.Invoking(() => codec.Encoded(new AvroRecord(schema) { ["a"] = 1L })).Should().Throw<AvroException>().WithMessage("*1 (Int64) is to be written as int*");
        FluentActions.Invoking(() => codec.Encoded(new AvroRecord(schema))).Should().Throw<AvroException>().WithMessage("*null*");
    }

    [Test]
    public void A_field_of_a_logical_type_can_be_had_as_what_it_means()
    {
        var schema = (AvroRecordSchema)AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-micros"}]}]}""");
        var record = new AvroRecord(schema) { ["at"] = 1_500_000L };
        record.Get("at", AvroTypes.TimestampMicros).Should().Be(DateTimeOffset.UnixEpoch.AddSeconds(1.5));
        FluentActions.Invoking(() => record.Get("at", AvroTypes.Date)).Should().Throw<AvroSchemaException>();
    }
}
