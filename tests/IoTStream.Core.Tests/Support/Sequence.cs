using IoTStream.Operators;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Support;

/// <summary>Hands records to an operator as a batch, as a lane would.</summary>
internal static class Sequence
{
    public static SourcePartition Partition { get; } = new("source", 0, "partition");

    public static void Push<T>(this Operator<T> target, params ReadOnlySpan<(long Timestamp, T Value)> records) =>
        target.Push(Partition.Origin, records);

    public static void Push<T>(this Operator<T> target, RecordOrigin origin, params ReadOnlySpan<(long Timestamp, T Value)> records)
    {
        var buffer = new RecordBuffer<T>();
        foreach ((long timestamp, T value) in records)
        {
            buffer.Add(timestamp, value, origin);
        }

        target.OnBatch(buffer.AsBatch());
    }
}
