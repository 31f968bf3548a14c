using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Sources go on where the epoch log says that they were.</summary>
[Parallelizable(ParallelScope.All)]
public class SourcePositionTests
{
    private static readonly ICodec<int> Codec = Json.Of<int>();

    private static IEnumerable<TestCaseData> Collections()
    {
        int[] items = [.. Enumerable.Range(0, 500)];
        yield return new TestCaseData(Source.From(items)).SetArgDisplayNames("array");
        yield return new TestCaseData(Source.From<int>(items.AsMemory())).SetArgDisplayNames("memory");
        yield return new TestCaseData(Source.From(new List<int>(items))).SetArgDisplayNames("list");
        yield return new TestCaseData(Source.Partitioned(items, [], new List<int>(items))).SetArgDisplayNames("partitions");
        yield return new TestCaseData(Source.From(Array.Empty<int>())).SetArgDisplayNames("empty");
        yield return new TestCaseData(Generator.AtRate(100_000, static number => (int)number, 500)).SetArgDisplayNames("generator");
    }

    [TestCaseSource(nameof(Collections))]
    public Task Records_by_number_are_read_on_from_every_position(ISource<int> source) => PositionedSourceConformance.CheckAsync(source);

    [Test]
    public async Task Json_lines_are_read_on_from_every_position([Values(1, 7, 64, 64 * 1024)] int chunk)
    {
        using var directory = new TemporaryDirectory();
        string first = directory.Write("first.jsonl", "\uFEFF\n" + string.Concat(Enumerable.Range(0, 150).Select(static number => number % 7 == 0 ? "broken\r\n \n" : $"{number}\n")));
        string second = directory.Write("second.jsonl", string.Concat(Enumerable.Range(0, 30).Select(static number => number % 5 == 0 ? new string('9', 50) + "\n" : $"{number}\n")) + "17");
        await PositionedSourceConformance.CheckAsync(
            JsonLines.Read(Codec, new JsonLinesOptions { MaxLineLength = 10, ChunkSize = chunk }, first, second, directory.Write("empty", "")));
    }

    [TestCase("\uFEFFname,value\n", true)]
    [TestCase("\r\n\nname,value\r\n", true)]
    [TestCase("\"na\"\"\nme\",value\n", true)]
    [TestCase("", false)]
    public async Task Csv_rows_are_read_on_from_every_position(string header, bool hasHeader)
    {
        using var directory = new TemporaryDirectory();
        string rows = string.Concat(Enumerable.Range(0, 100).Select(static number => number % 9 == 0 ? "too,many,fields\n\n" : $"\"a\n\"\"{number}\",{number}\r\n"));
        foreach (int chunk in new[] { 1, 64 * 1024 })
        {
            CsvColumn value = hasHeader ? "value" : 1;
            await PositionedSourceConformance.CheckAsync(Csv.Read(
                row => (row.Text(0), row.Int32(value)),
                new CsvOptions { HasHeader = hasHeader, ChunkSize = chunk },
                directory.Write("file.csv", header + rows)));
        }
    }

    [Test]
    public async Task A_topic_is_read_on_from_every_position([Values] bool asConsumer, [Values(0, 130)] int first)
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue")) with { SegmentSize = 4096, BufferSize = 200 };
        await WriteAsync(queue, Enumerable.Range(0, 600));
        QueueStart start = first == 0 ? QueueStart.Earliest : QueueStart.At(first);
        for (int run = 0; run < 10; run++)
        {
            string life = run.ToString(System.Globalization.CultureInfo.InvariantCulture);
            QueueStart Begin(int opening) => asConsumer ? QueueStart.Consumer((opening == 0 ? "whole" : "again") + life, start) : start;
            await PositionedSourceConformance.CheckAsync(
                new Anew<int>(opening => queue.Read("numbers", new Broken(), Begin(opening), QueueEnd.Latest)), runs: 1, seed: run);
        }
    }

    [Test]
    public async Task The_positions_of_epochs_come_before_those_of_consumers()
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue"));
        await WriteAsync(queue, Enumerable.Range(0, 100));
        JobOptions options = Options(directory);
        QueueStart start = QueueStart.Consumer("a");
        (await RunAsync(queue.Read("numbers", Codec, start, QueueEnd.Latest), options)).Should().Equal(Enumerable.Range(0, 100));
        await File.WriteAllTextAsync(directory.File("queue/numbers/consumers/a"), "IoTStream consumer 1\noffset 30\n");
        await WriteAsync(queue, Enumerable.Range(100, 10));
        (await RunAsync(queue.Read("numbers", Codec, start, QueueEnd.Latest), options)).Should().Equal(Enumerable.Range(100, 10));
        (await File.ReadAllTextAsync(directory.File("queue/numbers/consumers/a"))).Should().Contain("offset 110");
    }

    [Test]
    public async Task A_topic_that_was_replaced_is_refused()
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue"));
        await WriteAsync(queue, Enumerable.Range(0, 100));
        JobOptions options = Options(directory);
        await RunAsync(queue.Read("numbers", Codec, end: QueueEnd.Latest), options);
        Directory.Delete(directory.File("queue"), recursive: true);
        await WriteAsync(queue, Enumerable.Range(0, 10));
        await RefusedAsync(queue.Read("numbers", Codec, end: QueueEnd.Latest), options, "*up to offset 100*DropState = [\"source\"]*");
    }

    [Test]
    public async Task A_source_that_begins_with_what_comes_misses_nothing_between_jobs()
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue"));
        await WriteAsync(queue, Enumerable.Range(0, 100));
        JobOptions options = Options(directory);
        (await RunAsync(queue.Read("numbers", Codec, QueueStart.Latest, QueueEnd.Latest), options)).Should().BeEmpty();
        await WriteAsync(queue, Enumerable.Range(100, 10));
        (await RunAsync(queue.Read("numbers", Codec, QueueStart.Latest, QueueEnd.Latest), options)).Should().Equal(Enumerable.Range(100, 10));
    }

    [Test]
    public async Task A_file_that_has_grown_is_read_on()
    {
        using var directory = new TemporaryDirectory();
        JobOptions options = Options(directory);
        string path = directory.Write("file", "1\n2\n");
        (await RunAsync(JsonLines.Read(Codec, path), options)).Should().Equal(1, 2);
        await File.AppendAllTextAsync(path, "3\nbroken\n4\n");
        (await RunAsync(JsonLines.Read(Codec, path), options)).Should().Equal(3, 4);
    }

    [TestCase("1\n2\n", "*up to byte 6*has 4 bytes*DropState = [\"source\"]*")]
    [TestCase("1\n5\n3\n", "*first 6 bytes have changed*DropState = [\"source\"]*")]
    public async Task A_file_that_was_replaced_is_refused(string text, string message)
    {
        using var directory = new TemporaryDirectory();
        JobOptions options = Options(directory);
        string path = directory.Write("file", "1\n2\n3\n");
        await RunAsync(JsonLines.Read(Codec, path), options);
        directory.Write("file", text);
        await RefusedAsync(JsonLines.Read(Codec, path), options, message);
        (await RunAsync(JsonLines.Read(Codec, path), options with { DropState = ["source"] })).Should().NotBeEmpty();
    }

    [Test]
    public async Task A_file_is_known_by_its_first_bytes_however_long_it_is()
    {
        using var directory = new TemporaryDirectory();
        JobOptions options = Options(directory);
        string text = string.Concat(Enumerable.Range(1000, 1000).Select(static number => $"{number}\n"));
        string path = directory.Write("file", text);
        (await RunAsync(JsonLines.Read(Codec, path), options)).Should().HaveCount(1000);
        directory.Write("file", "9" + text[1..]);
        await RefusedAsync(JsonLines.Read(Codec, path), options, "*first 1024 bytes have changed*");
    }

    [Test]
    public async Task A_collection_that_has_become_shorter_is_refused()
    {
        using var directory = new TemporaryDirectory();
        JobOptions options = Options(directory);
        await RunAsync(Source.From([1, 2, 3]), options);
        await RefusedAsync(Source.From([1, 2]), options, "*has 2 records, but 3 were read*");
        (await RunAsync(Source.From([1, 2, 3, 4]), options)).Should().Equal(4);
    }

    [Test]
    public async Task A_source_of_another_kind_is_refused()
    {
        using var directory = new TemporaryDirectory();
        JobOptions options = Options(directory);
        string path = directory.Write("file", "1\n2\n3\n");
        await RunAsync(JsonLines.Read(Codec, path), options);
        await RefusedAsync(new Renamed<int>(path), options, "*source of another kind*");
    }

    [Test]
    public void What_cannot_be_read_again_says_so()
    {
        Source.From(Enumerable.Range(0, 3)).Delivery.Should().Be(Delivery.AtMostOnce);
        Source.Partitioned([1], Enumerable.Range(0, 3)).Delivery.Should().Be(Delivery.AtMostOnce);
        Source.From(System.Threading.Channels.Channel.CreateUnbounded<int>().Reader).Delivery.Should().Be(Delivery.AtMostOnce);
    }

    private static JobOptions Options(TemporaryDirectory directory) => new() { Lanes = 2, EpochLog = EpochLog.At(directory.File("log")) };

    private static async Task<List<int>> RunAsync(ISource<int> source, JobOptions options)
    {
        List<int> read = [];
        await Topology(source, read).RunAsync(options);
        return read;
    }

    private static async Task RefusedAsync(ISource<int> source, JobOptions options, string message) =>
        await FluentActions.Awaiting(() => RunAsync(source, options)).Should().ThrowAsync<JobFailedException>().WithInnerException(typeof(InvalidDataException)).WithMessage(message);

    private static Topology Topology(ISource<int> source, List<int> read)
    {
        var builder = new TopologyBuilder("positions");
        builder.From("source", source).ForEach("list", read.Add);
        return builder.Build();
    }

    private static async Task WriteAsync(DurableQueue queue, IEnumerable<int> numbers)
    {
        var builder = new TopologyBuilder("write");
        builder.From("source", Source.From(numbers)).To("sink", queue.Write("numbers", Codec));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1, BatchSize = 16 });
    }

    private sealed class Broken : IDecoder<int>
    {
        public int Decode(in System.Buffers.ReadOnlySequence<byte> payload)
        {
            int number = Codec.Decode(payload);
            return number % 11 != 5 ? number : throw new FormatException(Encoding.UTF8.GetString(payload));
        }
    }

    /// <summary>A source that is described anew each time that it is opened.</summary>
    private sealed class Anew<T>(Func<int, ISource<T>> source) : ISource<T>
    {
        private int _openings;

        public Delivery Delivery => source(0).Delivery;

        public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
            source(_openings++).OpenAsync(context, cancellationToken);
    }

    /// <summary>An array whose partition has the name of another source's.</summary>
    private sealed class Renamed<T>(string name) : ISource<T>
    {
        public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
        {
            var partition = new SourcePartition(context.Step, 0, name);
            return new([new MemoryReader<T>(default, partition, (int)(StoredNumber.Find(context, partition) ?? 0))]);
        }
    }
}
