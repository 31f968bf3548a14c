using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What <see cref="MqttSink"/> describes.</summary>
internal sealed class PublishingSink<T>(Func<T, string> topic, MqttClientOptions broker, IEncoder<T> encoder, MqttSinkOptions options) : ISink<T>
{
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new PublishingWriter<T>(Connect(context), topic, encoder, options));
    }

    /// <summary>Opens a writer that publishes after commits.</summary>
    public EpochPublishingWriter<T> OpenForEpochs(SinkContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(Connect(context), topic, encoder, options, broker.Version, $"{context.EpochLog:N}/{context.Step}");
    }

    private MqttClient Connect(SinkContext context)
    {
        var client = new MqttClient(broker with
        {
            TimeProvider = context.TimeProvider,
            Reconnect = broker.Reconnect with { RetryFirst = true },
        });

        // Not waited for: the broker may come later than the job. If it refuses the client, the next batch fails with that.
        _ = ConnectAsync(client);
        return client;
    }

    private static async Task ConnectAsync(MqttClient client)
    {
        try
        {
            await client.ConnectAsync().ConfigureAwait(false);
        }
        catch (MqttClientException)
        {
            // The client has ended with it, and says so to whoever publishes.
        }
    }
}
