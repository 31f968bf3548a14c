using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>A sink in a shard: it encodes, and the transaction of the shard produces.</summary>
internal sealed class ShardOutboxWriter<T>(MessageEncoder<T> encoder) : IOutboxWriter<T>
{
    private readonly BatchEncoder<T> _batches = new(encoder);

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox) => _batches.Encode(batch, outbox);

    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => throw Elsewhere();

    public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => throw Elsewhere();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static InvalidOperationException Elsewhere() => new("The epochs of a shard are applied by their commit.");
}
