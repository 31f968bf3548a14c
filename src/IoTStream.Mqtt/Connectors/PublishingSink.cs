using IoTStream.Connectors;
using IoTStream.Log;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What <see cref="MqttSink"/> describes.</summary>
internal sealed class PublishingSink<T>(Func<T, string> topic, MqttClientOptions broker, IEncoder<T> encoder, MqttSinkOptions options) : ISink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Spool? spool = await OpenSpoolAsync(context, cancellationToken).ConfigureAwait(false);
        MqttClient client = Connect(context);
        return spool is null
            ? new PublishingWriter<T>(client, topic, encoder, options, new MessagePackets(client, options, broker.Version), Traces)
            : new SpoolingWriter<T>(client, Deliver(client, spool, context), topic, encoder, Traces);
    }

    /// <summary>Opens a writer that publishes after commits.</summary>
    public async ValueTask<IOutboxWriter<T>> OpenForEpochsAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Spool? spool = await OpenSpoolAsync(context, cancellationToken).ConfigureAwait(false);
        MqttClient client = Connect(context);
        return new EpochPublishingWriter<T>(
            client,
            topic,
            encoder,
            new MessagePackets(client, options, broker.Version),
            options,
            $"{context.EpochLog:N}/{context.Step}",
            Traces,
            spool is null ? null : Deliver(client, spool, context));
    }

    private bool Traces => broker.PropagateTraceContext && broker.Version == MqttProtocolVersion.V500;

    private async ValueTask<Spool?> OpenSpoolAsync(SinkContext context, CancellationToken cancellationToken) => options.Spool is { } spool
        ? await Task.Run(() => Spool.Open(spool, context.TimeProvider), cancellationToken).ConfigureAwait(false)
        : null;

    private StoreAndForward Deliver(MqttClient client, Spool spool, SinkContext context) =>
        new(client, spool, options.Spool!, new MessagePackets(client, options, broker.Version), options, context);

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
