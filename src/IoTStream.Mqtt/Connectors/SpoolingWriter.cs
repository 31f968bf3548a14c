using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Publishes a job's records, or stores them.</summary>
internal sealed class SpoolingWriter<T>(MqttClient client, StoreAndForward delivery, Func<T, string> topic, IEncoder<T> encoder, bool traces) : ISinkWriter<T>
{
    private readonly ArrayBufferWriter<byte> _payloads = new();
    private readonly List<OutgoingMessage> _messages = [];
    private readonly List<int> _ends = [];

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _payloads.ResetWrittenCount();
        _ends.Clear();
        _messages.Clear();
        foreach (T value in batch.Values.Span)
        {
            encoder.Encode(value, _payloads);
            _ends.Add(_payloads.WrittenCount);
        }

        // Only now that all are there does their memory stay where it is.
        int start = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            TopicName to = client.NameOf(topic(batch.Values.Span[i]));
            _messages.Add(new OutgoingMessage(to, _payloads.WrittenMemory[start.._ends[i]], Identifier: null, traces ? RecordTracing.Create(to, batch.Context(i)) : null));
            start = _ends[i];
        }

        return delivery.DeliverAsync(_messages, writer: null, epoch: 0, cancellationToken);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        delivery.ThrowIfFailed();
        return default;
    }

    /// <summary>What is in the spool stays there for the next job.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        delivery.ThrowIfFailed();
        return default;
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();
}
