using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>What <see cref="MqttSource"/> describes.</summary>
internal sealed class SubscriptionSource<T>(IReadOnlyList<string> filters, MqttClientOptions broker, MessageDecoder<T> decoder, MqttSourceOptions source) : ISource<T>
{
    /// <summary>A server that keeps the session sends again what was not acknowledged, and what comes again is recognised.</summary>
    public Delivery Delivery => source.Subscription.QualityOfService != MqttQualityOfService.AtMostOnce && KeepsSession ? Delivery.ExactlyOnce : Delivery.AtMostOnce;

    private bool KeepsSession => !broker.CleanStart && (broker.Version == MqttProtocolVersion.V311 || broker.SessionExpiry != TimeSpan.Zero);

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        MqttClientOptions options = broker with
        {
            TimeProvider = context.TimeProvider,
            Reconnect = broker.Reconnect with { RetryFirst = true },
            ReadsAhead = false,
            GathersReads = source.Subscription.QualityOfService == MqttQualityOfService.AtMostOnce,
        };
        var feed = new SubscriptionFeed<T>(new MqttClient(options), decoder, context, source, new TopicPartitions(source.Partitions, context.Step, filters), options.ReceiveMaximum);
        await feed.StartAsync(filters, cancellationToken).ConfigureAwait(false);
        return [new SubscriptionReader<T>(feed, context)];
    }
}
