namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class SchemaTests
{
    [TestCase("int", "\"int\"", 0x7275d51a3f395c8ful)]
    [TestCase("\"long\"", "\"long\"", 0xd054e14493f41db7ul)]
    [TestCase("{\"type\":\"string\",\"logicalType\":\"uuid\"}", "\"string\"", 0x8f014872634503c7ul)]
    [TestCase("\"null\"", "\"null\"", 0x63dd24e7cc258f8aul)]
    [TestCase("{\"type\":{\"type\":\"double\"}}", "\"double\"", 0x8e7535c032ab957eul)]
    public void Fingerprints_of_primitive_types_are_those_of_the_specification(string json, string canonical, ulong fingerprint)
    {
        AvroSchema schema = AvroSchema.Parse(json);
        schema.CanonicalForm.Should().Be(canonical);
        schema.Fingerprint.Should().Be(fingerprint);
    }

    [Test]
    public void The_canonical_form_has_full_names_and_nothing_that_does_not_matter() =>
        AvroSchema.Parse("""
            {"namespace": "x.y", "type": "record", "doc": "d", "name": "a", "aliases": ["b"], "fields": [
              {"doc": "d", "type": {"symbols": ["A", "B"], "type": "enum", "name": "z.e", "default": "A"}, "name": "f", "default": "B"},
              {"name": "g", "type": ["null", "a", {"type": "fixed", "size": 16, "name": "h"}, {"type": "map", "values": "z.e"}, {"type": "array", "items": {"type": "long", "logicalType": "timestamp-millis"}}]}]}
            """).CanonicalForm.Should().Be(
            """{"name":"x.y.a","type":"record","fields":[{"name":"f","type":{"name":"z.e","type":"enum","symbols":["A","B"]}},{"name":"g","type":["null","x.y.a",{"name":"x.y.h","type":"fixed","size":16},{"type":"map","values":"z.e"},{"type":"array","items":"long"}]}]}""");

    [TestCase("{", "*no JSON*")]
    [TestCase("\"Reading\"", "*no schema named 'Reading'*")]
    [TestCase("{\"name\":\"x\"}", "*no 'type'*")]
    [TestCase("[\"int\",\"int\"]", "*twice*")]
    [TestCase("[\"int\",[\"null\"]]", "*directly within*")]
    [TestCase("{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"A\"]}", "*twice*")]
    [TestCase("{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\"],\"default\":\"B\"}", "*none of its symbols*")]
    [TestCase("{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"1A\"]}", "*is no name*")]
    [TestCase("{\"type\":\"fixed\",\"name\":\"f\",\"size\":-1}", "*negative*")]
    [TestCase("{\"type\":\"fixed\",\"name\":\"int\",\"size\":1}", "*primitive*")]
    [TestCase("{\"type\":\"record\",\"name\":\"r-1\",\"fields\":[]}", "*is no name*")]
    [TestCase("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}]}", "*two fields*")]
    [TestCase("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"record\",\"name\":\"r\",\"fields\":[]}}]}", "*defined twice*")]
    [TestCase("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"default\":\"x\"}]}", "*default of r.a*")]
    [TestCase("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"r\",\"default\":{}}]}", "*default of r.a*")]
    public void What_is_no_schema_is_refused_with_the_reason(string json, string reason) =>
        FluentActions.Invoking(() => AvroSchema.Parse(json)).Should().Throw<AvroSchemaException>().WithMessage(reason);

    [TestCase("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}", AvroLogicalType.Decimal)]
    [TestCase("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":5}", AvroLogicalType.None)]
    [TestCase("{\"type\":\"fixed\",\"name\":\"f\",\"size\":2,\"logicalType\":\"decimal\",\"precision\":5}", AvroLogicalType.None)]
    [TestCase("{\"type\":\"fixed\",\"name\":\"f\",\"size\":2,\"logicalType\":\"decimal\",\"precision\":4}", AvroLogicalType.Decimal)]
    [TestCase("{\"type\":\"string\",\"logicalType\":\"date\"}", AvroLogicalType.None)]
    [TestCase("{\"type\":\"int\",\"logicalType\":\"time-millis\"}", AvroLogicalType.TimeMillis)]
    [TestCase("{\"type\":\"long\",\"logicalType\":\"something else\"}", AvroLogicalType.None)]
    public void Logical_types_that_do_not_go_with_the_schema_are_passed_over(string json, AvroLogicalType expected) =>
        AvroSchema.Parse(json).LogicalType.Should().Be(expected);

    [Test]
    public void Schemas_may_refer_to_others()
    {
        AvroSchema place = AvroSchema.Parse("""{"type":"record","name":"geo.Place","fields":[{"name":"lat","type":"double"}]}""");
        AvroSchema reading = AvroSchema.Parse("""{"type":"record","name":"Reading","namespace":"geo","fields":[{"name":"at","type":"Place"}]}""", [place]);
        reading.CanonicalForm.Should().Contain("\"lat\"");
    }

    [Test]
    public void What_is_written_as_JSON_is_read_as_the_same_schema() => Support.Property.Holds(random =>
    {
        AvroSchema schema = Support.Generated.Schema(random);
        AvroSchema.Parse(SchemaWriter.Write(schema)).CanonicalForm.Should().Be(schema.CanonicalForm);
    });

    [Test]
    public void Attributes_survive_being_written()
    {
        const string Json = """{"type":"record","name":"a","namespace":"n","aliases":["n.b"],"fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":3},"default":"ÿ","aliases":["e"]},{"name":"o","type":{"type":"enum","name":"m.Kind","symbols":["X"],"default":"X"},"order":"ignore"}]}""";
        string written = SchemaWriter.Write(AvroSchema.Parse(Json));
        SchemaWriter.Write(AvroSchema.Parse(written)).Should().Be(written).And.Contain("\"scale\":3").And.Contain("aliases").And.Contain("\"default\":\"X\"").And.Contain("ignore");
    }
}
