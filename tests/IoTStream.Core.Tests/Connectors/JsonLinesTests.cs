using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class JsonLinesTests
{
    private static readonly ICodec<Reading> Codec = Json.Of<Reading>();

    [Test]
    public void What_is_written_is_read_back([Values] bool indented)
    {
        ICodec<Reading> writer = Json.Of<Reading>(new JsonSerializerOptions(JsonSerializerOptions.Web) { WriteIndented = indented, NewLine = "\r\n" });
        Gen<Reading> reading = Texts.Any.SelectMany(static text => Gen.Choose(-9, 9).Select(number => new Reading(text, number / 4.0)));
        Gen<(List<Reading> Readings, int Chunk, int Batch)> cases = reading.ListOf().SelectMany(
            static readings => Gen.Choose(1, 64).SelectMany(chunk => Gen.Choose(1, 20).Select(batch => (readings.ToList(), chunk, batch))));

        Prop.ForAll(cases.ToArbitrary(), sample => Run.Now(async () =>
        {
            using var directory = new TemporaryDirectory();
            string path = directory.File("readings.jsonl");
            var buffer = new FileSinkOptions { BufferSize = sample.Chunk };
            await OpenedSink<Reading>.WriteAllAsync(JsonLines.Write(path, writer, buffer), sample.Readings, sample.Batch);

            File.ReadAllText(path).Count(static c => c == '\n').Should().Be(sample.Readings.Count);
            OpenedSource<Reading> read = await ReadAsync(path, chunk: sample.Chunk, batchSize: sample.Batch);
            read.Records[0].Should().Equal(sample.Readings);
            read.DeadLetters.Should().BeEmpty();
        })).QuickCheckThrowOnFailure();
    }

    [TestCase("{\"name\":\"a\",\"value\":1}\n{\"name\":\"b\",\"value\":2}\n", TestName = "Lines_end_with_a_line_feed")]
    [TestCase("{\"name\":\"a\",\"value\":1}\r\n{\"name\":\"b\",\"value\":2}\r\n", TestName = "Lines_may_end_with_both")]
    [TestCase("{\"name\":\"a\",\"value\":1}\n{\"name\":\"b\",\"value\":2}", TestName = "The_last_line_may_lack_its_end")]
    [TestCase("{\"name\":\"a\",\"value\":1}\r\n{\"name\":\"b\",\"value\":2}\r", TestName = "The_last_line_may_lack_half_of_its_end")]
    [TestCase("\uFEFF{\"name\":\"a\",\"value\":1}\n{\"name\":\"b\",\"value\":2}", TestName = "There_may_be_a_byte_order_mark")]
    [TestCase("\n \t\r\n{\"name\":\"a\",\"value\":1}\n\n\n{\"name\":\"b\",\"value\":2}\n\r\n", TestName = "There_may_be_blank_lines")]
    public async Task Lines_are_found(string text)
    {
        using var directory = new TemporaryDirectory();
        foreach (int chunk in new[] { 1, 2, 7, 64 * 1024 })
        {
            OpenedSource<Reading> read = await ReadAsync(directory.Write("file", text), chunk);

            read.Records[0].Should().Equal(new Reading("a", 1), new Reading("b", 2));
            read.DeadLetters.Should().BeEmpty();
        }
    }

    [TestCase("")]
    [TestCase("\n")]
    [TestCase("\uFEFF")]
    [TestCase(" ")]
    public async Task A_file_without_records_just_ends(string text)
    {
        using var directory = new TemporaryDirectory();
        OpenedSource<Reading> read = await ReadAsync(directory.Write("file", text));

        read.Records[0].Should().BeEmpty();
        read.DeadLetters.Should().BeEmpty();
    }

    [Test]
    public async Task A_line_that_does_not_decode_is_a_dead_letter_that_can_be_found([Values(1, 5, 1000)] int chunk)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "{\"name\":\"a\",\"value\":1}\n\nbroken\r\n{\"name\":\"b\",\"value\":2}\n{\"name\":");

        OpenedSource<Reading> read = await ReadAsync(path, chunk, batchSize: 2);

        read.Records[0].Should().Equal(new Reading("a", 1), new Reading("b", 2));
        read.DeadLetters.Select(static letter => Encoding.UTF8.GetString(letter.Payload.Span)).Should().Equal("broken", "{\"name\":");
        read.DeadLetters.Select(static letter => letter.Headers.Text("line")).Should().Equal("3", "5");
        read.DeadLetters.Should().OnlyContain(letter =>
            letter.Headers.Text("path") == path && letter.Step == "source" && letter.Partition.Name == path && letter.Reason is JsonException);
    }

    [Test]
    public async Task A_line_that_is_too_long_is_a_dead_letter_and_the_next_is_read([Values(1, 3, 1000)] int chunk)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", $"\"{new string('x', 500)}\"\n\"12345678\"\r\n\"123456789\"\n\"{new string('y', 100)}");
        ISource<string> source = JsonLines.Read(
            Json.Of<string>(), new JsonLinesOptions { MaxLineLength = 10, ChunkSize = chunk }, path);

        await using OpenedSource<string> read = await OpenedSource<string>.OpenAsync(source);
        await read.ReadToEndAsync();

        read.Records[0].Should().Equal("12345678");
        read.DeadLetters.Select(static letter => (letter.Headers.Text("line"), Encoding.UTF8.GetString(letter.Payload.Span)))
            .Should().Equal(("1", "\"xxxxxxxxx"), ("3", "\"123456789"), ("4", "\"yyyyyyyyy"));
        read.DeadLetters.Should().OnlyContain(static letter => letter.Reason.Message.Contains("MaxLineLength", StringComparison.Ordinal));
    }

    [Test]
    public async Task One_call_makes_no_more_dead_letters_than_a_batch_has_room()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", string.Concat(Enumerable.Repeat("x\n", 1000)));
        await using OpenedSource<Reading> opened = await OpenedSource<Reading>.OpenAsync(JsonLines.Read(Codec, path), batchSize: 10);
        opened.Read().Should().Be(ReadStatus.Drained);
        await opened.NotificationAsync();

        opened.Read().Should().Be(ReadStatus.More);
        opened.DeadLetters.Count.Should().BeInRange(1, 10);
    }

    [Test]
    public async Task Each_file_is_a_partition_with_a_reader()
    {
        using var directory = new TemporaryDirectory();
        string[] paths = [directory.Write("one", "{\"name\":\"a\",\"value\":1}"), directory.Write("two", "{\"name\":\"b\",\"value\":2}")];

        await using OpenedSource<Reading> opened = await OpenedSource<Reading>.OpenAsync(JsonLines.Read(Codec, paths));
        await opened.ReadToEndAsync();

        opened.Records[0].Should().Equal(new Reading("a", 1));
        opened.Records[1].Should().Equal(new Reading("b", 2));
        opened.Readers.Select(static reader => reader.Partitions.Single().Name).Should().Equal(paths);
    }

    [Test]
    public async Task Disposal_in_the_middle_closes_the_file()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", string.Concat(Enumerable.Repeat("{\"name\":\"a\",\"value\":1}\n", 1000)));
        OpenedSource<Reading> opened = await OpenedSource<Reading>.OpenAsync(
            JsonLines.Read(Codec, new JsonLinesOptions { ChunkSize = 64 }, path));
        opened.Read();
        await opened.NotificationAsync();
        opened.Read();
        opened.Records[0].Should().NotBeEmpty();
        await opened.DisposeAsync();

        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
        }

        File.Delete(path);
    }

    [Test]
    public async Task A_missing_file_fails_the_opening_with_its_path()
    {
        using var directory = new TemporaryDirectory();
        ISource<Reading> source = JsonLines.Read(Codec, directory.Write("there", ""), directory.File("missing"));

        await source.Awaiting(static s => OpenedSource<Reading>.OpenAsync(s)).Should().ThrowAsync<FileNotFoundException>().WithMessage("*missing*");
    }

    [Test]
    public void What_cannot_work_is_refused_when_it_is_described()
    {
        ((Action)(static () => JsonLines.Read(Codec))).Should().Throw<ArgumentException>().WithMessage("*at least one file*");
        ((Action)(static () => JsonLines.Read(Codec, ""))).Should().Throw<ArgumentException>();
        ((Action)(static () => JsonLines.Write(" ", Codec))).Should().Throw<ArgumentException>();
        ((Action)(static () => _ = new JsonLinesOptions { MaxLineLength = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("JsonLinesOptions.MaxLineLength is 0*");
    }

    private static async Task<OpenedSource<Reading>> ReadAsync(string path, int chunk = 64, int batchSize = 100)
    {
        ISource<Reading> source = JsonLines.Read(Codec, new JsonLinesOptions { ChunkSize = chunk }, path);
        await using OpenedSource<Reading> opened = await OpenedSource<Reading>.OpenAsync(source, batchSize);
        await opened.ReadToEndAsync();
        return opened;
    }

    internal sealed record Reading(string Name, double Value);
}
