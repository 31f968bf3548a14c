using IoTStream.Connectors;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Simulation.Log;

/// <summary>A program that writes epochs to a topic until it is killed, and tells each that is durable.</summary>
internal static class TopicProcess
{
    public const string Writer = "job/sink";

    public static DurableQueue Queue { get; } = DurableQueue.At("unused") with { SegmentSize = 64 * 1024 };

    public static int RecordsOf(long epoch) => (int)(epoch % 7) + 1;

    public static void Run(string directory)
    {
        using TopicWriter topic = TopicWriter.Open(DiskDirectory.Ensure(directory), Queue, TimeProvider.System);
        var batch = new QueueBatchBuilder();
        for (long epoch = topic.LastEpochOf(Writer) + 1; ; epoch++)
        {
            batch.Clear();
            for (int i = 0; i < RecordsOf(epoch); i++)
            {
                batch.Add(i, [], hasKey: false, RecordHeaders.Empty, [.. BitConverter.GetBytes(epoch), .. new byte[epoch % 3000]]);
            }

            topic.Append(batch, Writer, epoch);
            Console.WriteLine(epoch);
        }
    }
}
