using System.IO.Compression;
using IoTStream.Avro.Tests.Peers;
using IoTStream.Avro.Tests.Support;

namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class AvroFileTests
{
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"n","type":"long"},{"name":"t","type":["null","string"]}]}""";

    private static readonly AvroType<(long N, string? T)> Type = AvroTypes.Record<(long N, string? T)>("R")
        .Field("n", AvroTypes.Long, r => r.N, (ref r, value) => r.N = value)
        .Field("t", AvroTypes.String.OrNull(), r => r.T, (ref r, value) => r.T = value)
        .Build();

    [Test]
    public void Random_values_are_read_as_they_were_written([Values] AvroFileCompression compression)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            AvroSchema schema = Generated.Schema(random);
            object?[] values = [.. Enumerable.Range(0, random.Next(200)).Select(_ => Generated.Value(random, schema))];
            using var stream = new MemoryStream();
            using (AvroFileWriter<object?> writer = AvroFile.Write(stream, AvroTypes.GenericValue(schema), new AvroFileOptions { Compression = compression, BlockSize = 300 }))
            {
                foreach (object? value in values)
                {
                    writer.Write(value);
                }
            }

            stream.Position = 0;
            AvroFileReader<object?> reader = AvroFile.Read(stream);
            reader.Schema.CanonicalForm.Should().Be(schema.CanonicalForm);
            object?[] read = [.. reader];
            read.Length.Should().Be(values.Length);
            read.Zip(values).All(pair => Generated.AreEqual(pair.First, pair.Second)).Should().BeTrue();
        }
    }

    [Test]
    public void Python_reads_our_files_and_we_read_its([Values] AvroFileCompression compression) => Exchange(compression, (input, output, codec) => Peer.Python(
        """
        import sys, avro.schema
        from avro.datafile import DataFileReader, DataFileWriter
        from avro.io import DatumReader, DatumWriter
        reader = DataFileReader(open(sys.argv[1], 'rb'), DatumReader())
        writer = DataFileWriter(open(sys.argv[2], 'wb'), DatumWriter(), avro.schema.parse(sys.argv[4]), codec=sys.argv[3])
        for value in reader: writer.append(value)
        writer.close()
        """,
        input,
        output,
        codec,
        Schema));

    [Test]
    public void Node_reads_our_files_and_we_read_its([Values] AvroFileCompression compression) => Exchange(compression, (input, output, codec) => Peer.Node(
        """
        const writer = avsc.createFileEncoder(process.argv[2], JSON.parse(process.argv[4]), { codec: process.argv[3], codecs: { null: (b, cb) => cb(null, b), deflate: require('zlib').deflateRaw } });
        avsc.createFileDecoder(process.argv[1]).on('data', value => writer.write(value)).on('end', () => writer.end());
        """,
        input,
        output,
        codec,
        Schema));

    [Test]
    public void What_a_file_says_about_itself_can_be_read()
    {
        byte[] file = Written(AvroFileCompression.None, new Dictionary<string, string> { ["plant"] = "north" });
        AvroFile.Read(new MemoryStream(file)).Metadata["plant"].Should().Equal("north"u8.ToArray());
        FluentActions.Invoking(() => AvroFile.Write(Stream.Null, Type, new AvroFileOptions { Metadata = new Dictionary<string, string> { ["avro.x"] = "" } })).Should().Throw<ArgumentException>().WithMessage("*reserved*");
    }

    [Test]
    public void Cut_and_changed_files_are_read_or_refused([Values] AvroFileCompression compression)
    {
        byte[] file = Written(compression);
        int refused = 0;
        Property.Holds(random =>
        {
            byte[] changed = file[..random.Next(file.Length / 2, file.Length + 1)];
            for (int changes = random.Next(3); changes > 0; changes--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                foreach (object? value in AvroFile.Read(new MemoryStream(changed)))
                {
                    GC.KeepAlive(value);
                }
            }
            catch (Exception refusal) when (refusal is AvroException or AvroSchemaException)
            {
                refused++;
            }
        });
        refused.Should().BePositive();
    }

    [Test]
    public void A_block_that_grows_without_bound_is_refused()
    {
        using var stream = new MemoryStream();
        using (AvroFileWriter<string> writer = AvroFile.Write(stream, AvroTypes.String, new AvroFileOptions { Compression = AvroFileCompression.Deflate, CompressionLevel = CompressionLevel.Optimal }))
        {
            writer.Write(new string('x', 2_000_000));
        }

        stream.Position = 0;
        FluentActions.Invoking(() => AvroFile.Read(stream, AvroTypes.String, new AvroFileOptions { MaximumBlockSize = 100_000 }).ToArray()).Should().Throw<AvroException>().WithMessage("*MaximumBlockSize*");
    }

    [Test]
    public void A_value_that_cannot_be_written_leaves_the_file_whole()
    {
        using var stream = new MemoryStream();
        using (AvroFileWriter<string> writer = AvroFile.Write(stream, AvroTypes.String))
        {
            writer.Write("a");
            FluentActions.Invoking(() => writer.Write("\ud800")).Should().Throw<AvroException>();
            writer.Write("b");
        }

        stream.Position = 0;
        AvroFile.Read(stream, AvroTypes.String).Should().Equal("a", "b");
    }

    private static void Exchange(AvroFileCompression compression, Action<string, string, string> peer)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("ours"), Written(compression));
        peer(folder.File("ours"), folder.File("theirs"), compression == AvroFileCompression.None ? "null" : "deflate");
        using FileStream theirs = File.OpenRead(folder.File("theirs"));
        AvroFile.Read(theirs, Type).Should().Equal(Values());
    }

    private static byte[] Written(AvroFileCompression compression, Dictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        using (AvroFileWriter<(long N, string? T)> writer = AvroFile.Write(stream, Type, new AvroFileOptions { Compression = compression, BlockSize = 1000, Metadata = metadata ?? [] }))
        {
            foreach ((long N, string? T) value in Values())
            {
                writer.Write(value);
            }
        }

        return stream.ToArray();
    }

    private static IEnumerable<(long N, string? T)> Values() => Enumerable.Range(0, 500).Select(i => ((long)i * i * i, i % 3 == 0 ? null : $"text {i}"));
}
