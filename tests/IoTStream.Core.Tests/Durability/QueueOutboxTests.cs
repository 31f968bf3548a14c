using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Disk;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Topics get each record of an epoch once.</summary>
[Parallelizable(ParallelScope.All)]
public class QueueOutboxTests
{
    private static readonly ICodec<int> Codec = Json.Of<int>();

    [Test]
    public async Task Topics_keep_to_the_contract()
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue")) with { SegmentSize = 4096 };
        var sink = (IOutboxSink<int>)queue.Write("numbers", Codec);
        await OutboxSinkConformance.CheckAsync(sink, static number => number, _ => Task.FromResult<IReadOnlyList<int>>(Read(queue)));
    }

    [Test]
    public async Task Timestamps_headers_and_keys_come_through_the_epoch_log()
    {
        using var directory = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(directory.File("queue"));
        var headers = new RecordHeaders(new RecordHeader("unit", "C"));
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var source = new TestSource<int>();
        source.AddAt(start, 17, headers);
        source.AddAt(start.AddSeconds(1), 18, headers);
        source.End();
        var builder = new TopologyBuilder("write");
        builder.From("source", source).WithEventTime(IoTStream.Time.Watermarks.Monotonous()).To("sink", queue.Write("numbers", Codec, key: static number => BitConverter.GetBytes(number)));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory.File("log")) });

        List<(int, DateTimeOffset, string, int)> read = [];
        builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec, end: QueueEnd.Latest)).ForEach("list", (value, context) =>
            read.Add((value, context.Timestamp, context.Headers.Text("unit")!, BitConverter.ToInt32(context.Headers.Single(static header => header.Name == "key").Value.Span))));
        await builder.Build().RunAsync();
        read.Should().Equal((17, start, "C", 17), (18, start.AddSeconds(1), "C", 18));
    }

    private static List<int> Read(DurableQueue queue)
    {
        List<int> read = [];
        using var reader = new TopicReader(new DiskDirectory(queue.PathOf("numbers")), from: 0);
        while (reader.TryRead(out QueueBatch batch))
        {
            foreach (QueueRecord record in batch)
            {
                read.Add(Codec.Decode(new System.Buffers.ReadOnlySequence<byte>(record.Value.ToArray())));
            }
        }

        return read;
    }
}
