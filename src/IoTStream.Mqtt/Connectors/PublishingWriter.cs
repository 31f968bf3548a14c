using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Publishes a job's records with one client.</summary>
internal sealed class PublishingWriter<T> : ISinkWriter<T>
{
    private readonly MqttClient _client;
    private readonly Func<T, string> _topic;
    private readonly IEncoder<T> _encoder;
    private readonly MqttQualityOfService _qualityOfService;
    private readonly bool _retain;
    private readonly ArrayBufferWriter<byte> _payload = new();

    public PublishingWriter(
        MqttClient client, Func<T, string> topic, IEncoder<T> encoder, MqttQualityOfService qualityOfService, bool retain)
    {
        _client = client;
        _topic = topic;
        _encoder = encoder;
        _qualityOfService = qualityOfService;
        _retain = retain;

        // Not waited for: the broker may come later than the job. If it refuses the client, the next batch fails with that.
        _ = ConnectAsync();
    }

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        BatchDelivery? delivery = _qualityOfService == MqttQualityOfService.AtMostOnce ? null : new BatchDelivery(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            ValueTask sent = SendAsync(batch.Values.Span[i], delivery, cancellationToken);
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
            await SendAsync(batch.Values.Span[i], delivery, cancellationToken).ConfigureAwait(false);
        }

        if (delivery is not null)
        {
            await delivery.Acknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(T value, BatchDelivery? delivery, CancellationToken cancellationToken)
    {
        _payload.ResetWrittenCount();
        _encoder.Encode(value, _payload);
        return _client.SendAsync(
            _client.CreatePacket(_topic(value), _payload.WrittenMemory, _qualityOfService, _retain), delivery, cancellationToken);
    }

    private async Task ConnectAsync()
    {
        try
        {
            await _client.ConnectAsync().ConfigureAwait(false);
        }
        catch (MqttClientException)
        {
            // The client has ended with it, and says so to whoever publishes.
        }
    }
}
