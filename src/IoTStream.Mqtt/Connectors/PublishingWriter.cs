using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Publishes a job's records with one client.</summary>
internal sealed class PublishingWriter<T> : ISinkWriter<T>
{
    private readonly MqttClient _client;
    private readonly Func<T, string> _topic;
    private readonly IEncoder<T> _encoder;
    private readonly MqttSinkOptions _options;
    private readonly MessagePackets _packets;
    private readonly bool _traces;
    private readonly PacketProperties? _properties;
    private readonly ArrayBufferWriter<byte> _payload = new();

    public PublishingWriter(
        MqttClient client, Func<T, string> topic, IEncoder<T> encoder, MqttSinkOptions options, MessagePackets packets, bool traces)
    {
        _packets = packets;
        _traces = traces;
        _client = client;
        _topic = topic;
        _encoder = encoder;
        _options = options;
        _properties = options.ContentType is null && options.Expiry is null
            ? null
            : new PacketProperties { ContentType = options.ContentType, MessageExpiryInterval = MqttPublication.Seconds(options.Expiry) };
    }

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        BatchDelivery? delivery = _options.QualityOfService == MqttQualityOfService.AtMostOnce ? null : new BatchDelivery(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            ValueTask sent = SendAsync(batch, i, delivery, cancellationToken);
            if (!sent.IsCompletedSuccessfully)
            {
                return WriteRestAsync(batch, sent, i + 1, delivery, cancellationToken);
            }

            sent.GetAwaiter().GetResult();
        }

        return delivery is null ? default : new(delivery.Acknowledged.WaitAsync(cancellationToken));
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async ValueTask WriteRestAsync(
        SinkBatch<T> batch, ValueTask sent, int next, BatchDelivery? delivery, CancellationToken cancellationToken)
    {
        await sent.ConfigureAwait(false);
        for (int i = next; i < batch.Count; i++)
        {
            await SendAsync(batch, i, delivery, cancellationToken).ConfigureAwait(false);
        }

        if (delivery is not null)
        {
            await delivery.Acknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(SinkBatch<T> batch, int index, BatchDelivery? delivery, CancellationToken cancellationToken)
    {
        T value = batch.Values.Span[index];
        _payload.ResetWrittenCount();
        _encoder.Encode(value, _payload);
        TopicName topic = _client.NameOf(_topic(value));
        PublishPacket packet = _traces && MessageTracing.IsOn
            ? _packets.Create(topic, new ReadOnlySequence<byte>(_payload.WrittenMemory), identifier: null, _options.Expiry, RecordTracing.Create(topic, batch.Context(index)))
            : new PublishPacket
            {
                Topic = topic,
                Payload = new ReadOnlySequence<byte>(_payload.WrittenMemory),
                QualityOfService = _options.QualityOfService,
                Retain = _options.Retain,
                Properties = _properties,
            };
        return _client.SendAsync(packet, delivery, cancellationToken);
    }
}
