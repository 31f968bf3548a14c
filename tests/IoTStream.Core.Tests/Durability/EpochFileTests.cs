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

/// <summary>Sinks that write a file for each epoch.</summary>
[Parallelizable(ParallelScope.All)]
public class EpochFileTests
{
    private static readonly ICodec<int> Codec = Json.Of<int>();

    [Test]
    public async Task Json_lines_of_epochs_keep_to_the_contract()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("out");
        await OutboxSinkConformance.CheckAsync(Outbox(JsonLines.WriteEpochs(path, Codec)), static number => number, _ => Task.FromResult<IReadOnlyList<int>>(Read(path)));
    }

    [Test]
    public async Task Csv_rows_of_epochs_keep_to_the_contract()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("out");
        await OutboxSinkConformance.CheckAsync(
            Outbox(Csv.WriteEpochs<int>(path, row => row.Column("value", value => value))),
            static number => number,
            _ => Task.FromResult<IReadOnlyList<int>>([.. Shown(path).SelectMany(file =>
            {
                string[] lines = File.ReadAllLines(file);
                lines[0].Should().Be("value", "each file has the header");
                return lines[1..].Select(int.Parse);
            })]),
            runs: 5);
    }

    [Test]
    public async Task Files_sort_in_the_order_of_epochs()
    {
        using var directory = new TemporaryDirectory();
        await RunAsync(JsonLines.WriteEpochs(directory.File("out"), Codec), directory.File("log"), 300, perEpoch: 20);
        Read(directory.File("out")).Should().Equal(Enumerable.Range(0, 300));
        Shown(directory.File("out")).Should().HaveCountGreaterThan(10).And.OnlyContain(static path => Path.GetFileName(path).StartsWith("0001-00000000"));
    }

    [Test]
    public async Task Readers_may_take_files_away()
    {
        using var directory = new TemporaryDirectory();
        ISink<int> sink = JsonLines.WriteEpochs(directory.File("out"), Codec);
        await RunAsync(sink, directory.File("log"), 100, perEpoch: 100);
        Shown(directory.File("out")).ToList().ForEach(File.Delete);
        await RunAsync(sink, directory.File("log"), 110, perEpoch: 100);
        Read(directory.File("out")).Should().Equal(Enumerable.Range(100, 10));
    }

    [TestCase(ExistingFile.Append)]
    [TestCase(ExistingFile.Replace)]
    [TestCase(ExistingFile.Refuse)]
    public async Task When_the_log_is_begun_anew_the_files_before_are_treated_as_told(ExistingFile existing)
    {
        using var directory = new TemporaryDirectory();
        ISink<int> sink = JsonLines.WriteEpochs(directory.File("out"), Codec, new FileSinkOptions { Existing = existing });
        await RunAsync(sink, directory.File("log"), 100, perEpoch: 30);
        await RunAsync(sink, directory.File("log"), 200, perEpoch: 30);
        Read(directory.File("out")).Should().Equal(Enumerable.Range(0, 200), "the files of its own log are never in question");
        await File.WriteAllTextAsync(directory.File("out/README"), "Not ours.");
        Func<Task> anew = () => RunAsync(sink, directory.File("second log"), 100, perEpoch: 30);
        if (existing == ExistingFile.Refuse)
        {
            (await anew.Should().ThrowAsync<JobFailedException>()).WithInnerException<IOException>().WithMessage("*files of another epoch log*FileSinkOptions.Existing*");
            return;
        }

        await anew();
        Read(directory.File("out")).Should().Equal(existing == ExistingFile.Append ? Enumerable.Range(0, 200).Concat(Enumerable.Range(0, 100)) : Enumerable.Range(0, 100));
        File.Exists(directory.File("out/README")).Should().BeTrue();
    }

    [Test]
    public async Task Without_an_epoch_log_files_are_whole_too()
    {
        using var directory = new TemporaryDirectory();
        await OpenedSink<int>.WriteAllAsync(JsonLines.WriteEpochs(directory.File("out"), Codec, new FileSinkOptions { BufferSize = 10 }), Enumerable.Range(0, 100));
        Read(directory.File("out")).Should().Equal(Enumerable.Range(0, 100));
        Shown(directory.File("out")).Should().OnlyContain(static path => new FileInfo(path).Length < 20);
        Directory.GetFiles(directory.File("out"), "*.part").Should().BeEmpty();

        await OpenedSink<int>.WriteAllAsync(JsonLines.WriteEpochs(directory.File("out"), Codec), [100, 101]);
        Read(directory.File("out")).Should().Equal(Enumerable.Range(0, 102), "what another job has written is kept, and comes first");
        await OpenedSink<int>.WriteAllAsync(JsonLines.WriteEpochs(directory.File("out"), Codec, new FileSinkOptions { Existing = ExistingFile.Replace }), [7]);
        Read(directory.File("out")).Should().Equal(7);
        Directory.GetFiles(directory.File("out")).Should().HaveCount(2, "there is one mark beside");
    }

    private static IOutboxSink<int> Outbox(ISink<int> sink) => sink.Should().BeAssignableTo<IOutboxSink<int>>().Subject;

    private static IEnumerable<string> Shown(string path) =>
        Directory.Exists(path) ? Directory.GetFiles(path).Where(static file => Path.GetFileName(file)[0] is >= '0' and <= '9').Order(StringComparer.Ordinal) : [];

    private static List<int> Read(string path) => [.. Shown(path).SelectMany(static file =>
    {
        string text = File.ReadAllText(file, Encoding.UTF8);
        text.Should().EndWith("\n", "a file is whole");
        return text.TrimEnd('\n').Split('\n').Select(int.Parse);
    })];

    private static async Task RunAsync(ISink<int> sink, string log, int count, int perEpoch)
    {
        var builder = new TopologyBuilder("files");
        builder.From("numbers", new EpochPacedSource<int>([.. Enumerable.Range(0, count)], perEpoch)).To("sink", sink);
        await builder.Build().RunAsync(new JobOptions { Lanes = 1, EpochLog = EpochLog.At(log), EpochInterval = TimeSpan.FromMilliseconds(1) });
    }
}
