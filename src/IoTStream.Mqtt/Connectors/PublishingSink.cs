using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What <see cref="MqttSink"/> describes.</summary>
internal sealed class PublishingSink<T>(
    Func<T, string> topic, MqttClientOptions broker, IEncoder<T> encoder, MqttQualityOfService qualityOfService, bool retain) : ISink<T>
{
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var client = new MqttClient(broker with
        {
            TimeProvider = context.TimeProvider,
            Reconnect = broker.Reconnect with { RetryFirst = true },
        });
        return new(new PublishingWriter<T>(client, topic, encoder, qualityOfService, retain));
    }
}
