using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes messages of batches, as an outbox keeps them. Not thread-safe.</summary>
internal sealed class BatchEncoder<T>(MessageEncoder<T> encoder)
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        ArgumentNullException.ThrowIfNull(batch);
        EncodedMessages.WriteHead(outbox, batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            EncodedMessages.Write(outbox, encoder.Encode(batch.Values.Span[i], batch.Context(i), _buffer));
        }
    }
}
