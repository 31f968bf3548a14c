using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IoTStream.Avro.Tests.Peers;
using IoTStream.Avro.Tests.Support;

namespace IoTStream.Avro.Tests;

/// <summary>Random schemas with random data, through other implementations and back: what they read and write again are the same bytes, and the resolution of schemas gives the same.</summary>
[Parallelizable(ParallelScope.All)]
public class PeerTests
{
    private const int Cases = 300;

    // A map of several entries may be written in another order, so what comes back is compared as values.
    private const string PythonRoundTrip = """
        import avro.schema, avro.io, io, json, sys
        cases = json.load(open(sys.argv[1]))
        for c in cases:
            schema = avro.schema.parse(c['schema'])
            value = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(io.BytesIO(bytes.fromhex(c['hex']))))
            out = io.BytesIO()
            avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(out))
            c['back'] = out.getvalue().hex()
        json.dump(cases, open(sys.argv[2], 'w'))
        """;

    private const string NodeRoundTrip = """
        const long = avsc.types.LongType.__with({
            fromBuffer: bytes => bytes.readBigInt64LE(), toBuffer: n => { const bytes = Buffer.alloc(8); bytes.writeBigInt64LE(n); return bytes; },
            fromJSON: BigInt, toJSON: Number, isValid: n => typeof n == 'bigint', compare: (a, b) => a < b ? -1 : a > b ? 1 : 0 });
        const cases = JSON.parse(fs.readFileSync(process.argv[1]));
        for (const c of cases) {
            const type = avsc.Type.forSchema(JSON.parse(c.schema), { wrapUnions: true, registry: { long } });
            c.back = type.toBuffer(type.fromBuffer(Buffer.from(c.hex, 'hex'))).toString('hex');
        }
        fs.writeFileSync(process.argv[2], JSON.stringify(cases));
        """;

    private const string PythonResolution = """
        import avro.schema, avro.io, io, json, sys
        cases = json.load(open(sys.argv[1]))
        for c in cases:
            writer, reader = avro.schema.parse(c['writer']), avro.schema.parse(c['reader'])
            try:
                value = avro.io.DatumReader(writer, reader).read(avro.io.BinaryDecoder(io.BytesIO(bytes.fromhex(c['hex']))))
                out = io.BytesIO()
                avro.io.DatumWriter(reader).write(value, avro.io.BinaryEncoder(out))
                c['back'] = out.getvalue().hex()
            except Exception as e:
                c['refusal'] = repr(e)
        json.dump(cases, open(sys.argv[2], 'w'))
        """;

    private const string NodeResolution = """
        const cases = JSON.parse(fs.readFileSync(process.argv[1]));
        for (const c of cases) {
            try {
                const writer = avsc.Type.forSchema(JSON.parse(c.writer), { wrapUnions: true });
                const reader = avsc.Type.forSchema(JSON.parse(c.reader), { wrapUnions: true });
                c.back = reader.toBuffer(reader.fromBuffer(Buffer.from(c.hex, 'hex'), reader.createResolver(writer))).toString('hex');
            } catch (e) { c.refusal = String(e); }
        }
        fs.writeFileSync(process.argv[2], JSON.stringify(cases));
        """;

    [Test]
    public void Python_reads_what_we_write_and_writes_what_we_read() => 
        // python3-avro judges by the outermost part of a value alone which branch of a union it is of.
        RoundTrip((input, output) => Peer.Python(PythonRoundTrip, input, output), branches: 1);

    [Test]
    public void Node_reads_what_we_write_and_writes_what_we_read() => RoundTrip((input, output) => Peer.Node(NodeRoundTrip, input, output));

    [Test]
    public void Python_resolves_as_we_do() => Resolve((input, output) => Peer.Python(PythonResolution, input, output));

    [Test]
    public void Node_resolves_as_we_do() => Resolve(
        (input, output) => Peer.Node(NodeResolution, input, output),

        // python3-avro refuses these, which the specification allows.
        ("[\"int\",\"long\"]", "\"double\"", "020E"),
        ("{\"type\":\"map\",\"values\":\"int\"}", "{\"type\":\"map\",\"values\":\"long\"}", "02026B0E00"));

    [Test]
    public void Node_has_the_same_fingerprints()
    {
        using var folder = new TemporaryFolder();
        AvroSchema[] schemas = [.. Enumerable.Range(0, Cases).Select(seed => Generated.Schema(new Random(seed)))];
        File.WriteAllText(folder.File("in"), JsonSerializer.Serialize(schemas.Select(SchemaWriter.Write)));
        Peer.Node(
            """
            const schemas = JSON.parse(fs.readFileSync(process.argv[1]));
            fs.writeFileSync(process.argv[2], JSON.stringify(schemas.map(s => avsc.Type.forSchema(JSON.parse(s), { wrapUnions: true }).fingerprint('md5').toString('hex'))));
            """,
            folder.File("in"),
            folder.File("out"));
        JsonSerializer.Deserialize<string[]>(File.ReadAllText(folder.File("out"))).Should().Equal(schemas.Select(schema => Convert.ToHexStringLower(schema.Md5Fingerprint())));
    }

    private static void RoundTrip(Action<string, string> peer, int branches = 4)
    {
        using var folder = new TemporaryFolder();
        List<(AvroSchema Schema, object? Value)> cases = [];
        var json = new JsonArray();
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            AvroSchema schema = Generated.Schema(random, branches);
            object? value = Generated.Value(random, schema);
            cases.Add((schema, value));
            json.Add(new JsonObject { ["schema"] = SchemaWriter.Write(schema), ["hex"] = Convert.ToHexString(AvroCodec.Of(AvroTypes.GenericValue(schema)).Encoded(value)) });
        }

        File.WriteAllText(folder.File("in"), json.ToJsonString(), new UTF8Encoding(false));
        peer(folder.File("in"), folder.File("out"));
        JsonArray back = JsonNode.Parse(File.ReadAllText(folder.File("out")))!.AsArray();
        for (int i = 0; i < Cases; i++)
        {
            object? read = AvroCodec.Of(AvroTypes.GenericValue(cases[i].Schema)).Decoded(Convert.FromHexString((string)back[i]!["back"]!));
            Generated.AreEqual(read, cases[i].Value).Should().BeTrue($"case {i}, {read} was {cases[i].Value}");
        }
    }

    private static void Resolve(Action<string, string> peer, params (string Writer, string Reader, string Hex)[] more)
    {
        (string Writer, string Reader, string Hex)[] cases =
        [
            ("\"int\"", "\"long\"", "0E"),
            ("\"int\"", "\"float\"", "0E"),
            ("\"long\"", "\"double\"", "0E"),
            ("\"float\"", "\"double\"", "0000C03F"),
            ("\"int\"", "[\"null\",\"int\"]", "0E"),
            ("[\"null\",\"int\"]", "[\"string\",\"null\",\"long\"]", "020E"),
            (OfFields("{'name':'a','type':'int'},{'name':'b','type':'string'}"), OfFields("{'name':'b','type':'string'},{'name':'a','type':'long'}"), "0E0278"),
            (OfFields("{'name':'a','type':'int'},{'name':'b','type':{'type':'array','items':'int'}}"), OfFields("{'name':'a','type':'int'}"), "0E040204020600"),
            (OfFields("{'name':'a','type':'int'},{'name':'b','type':{'type':'array','items':'int'}},{'name':'c','type':'int'}"), OfFields("{'name':'c','type':'int'}"), "0E03040204" + "00" + "08"),
            (OfFields("{'name':'a','type':'int'}"), OfFields("{'name':'a','type':'int'},{'name':'n','type':['null','string'],'default':null}"), "0E"),
            (OfFields("{'name':'a','type':'int'}"), OfFields("{'name':'m','type':{'type':'map','values':'long'},'default':{'k':5}},{'name':'a','type':'int'}"), "0E"),
            (OfFields("{'name':'a','type':'int'}"), OfFields("{'name':'l','type':{'type':'array','items':'double'},'default':[1.5]},{'name':'a','type':'int'}"), "0E"),
            (OfFields("{'name':'a','type':'int'}"), OfFields("{'name':'e','type':{'type':'enum','name':'E','symbols':['A','B']},'default':'B'},{'name':'a','type':'int'}"), "0E"),
            ("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"B\",\"A\",\"C\"]}", "02"),
            ("\"long\"", "\"int\"", "0E"),
            ("\"string\"", "\"int\"", "0278"),
            (OfFields("{'name':'a','type':'int'}"), OfFields("{'name':'b','type':'int'}"), "0E"),
            ("{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "0E0E"),
            ("{\"type\":\"array\",\"items\":\"string\"}", "{\"type\":\"array\",\"items\":\"int\"}", "02027800"),
            .. more,
        ];
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("in"), JsonSerializer.Serialize(cases.Select(found => new { writer = found.Writer, reader = found.Reader, hex = found.Hex })));
        peer(folder.File("in"), folder.File("out"));
        JsonArray back = JsonNode.Parse(File.ReadAllText(folder.File("out")))!.AsArray();
        Assert.Multiple(() =>
        {
            for (int i = 0; i < cases.Length; i++)
            {
                string? ours = Resolved(cases[i].Writer, cases[i].Reader, cases[i].Hex);
                string? theirs = (string?)back[i]!["back"];
                Assert.That(ours is null, Is.EqualTo(theirs is null), $"{cases[i]}: {ours} and {back[i]}");
                if (ours is not null && theirs is not null)
                {
                    AvroType<object?> type = AvroTypes.GenericValue(AvroSchema.Parse(cases[i].Reader));
                    object? read = AvroCodec.Of(type).Decoded(Convert.FromHexString(theirs));
                    Assert.That(Generated.AreEqual(read, AvroCodec.Of(type).Decoded(Convert.FromHexString(ours))), $"{cases[i]}: {ours} and {theirs}");
                }
            }
        });
    }

    private static string? Resolved(string writer, string reader, string hex)
    {
        AvroType<object?> type = AvroTypes.GenericValue(AvroSchema.Parse(reader));
        try
        {
            return Convert.ToHexString(AvroCodec.Of(type).Encoded(AvroCodec.Of(type, AvroSchema.Parse(writer)).Decoded(Convert.FromHexString(hex))));
        }
        catch (AvroSchemaException)
        {
            return null;
        }
    }

    private static string OfFields(string fields) => $$"""{"type":"record","name":"R","fields":[{{fields.Replace('\'', '"')}}]}""";
}
