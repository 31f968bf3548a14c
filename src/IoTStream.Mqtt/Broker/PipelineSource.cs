using IoTStream.Connectors;
using IoTStream.Mqtt.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What <see cref="MqttBroker.Source{T}(string, IDecoder{T}, MqttBrokerSourceOptions?)"/> describes.</summary>
internal sealed class PipelineSource<T>(
    string[] filters, MessageDecoder<T> decoder, MqttBrokerSourceOptions options, BrokerContext broker) : ISource<T>
{
    /// <summary>A session that is kept gives again what was not acknowledged, and the position tells what was.</summary>
    public IoTStream.Connectors.Delivery Delivery => options.QualityOfService != MqttQualityOfService.AtMostOnce && options.Session is not null
        ? IoTStream.Connectors.Delivery.ExactlyOnce
        : IoTStream.Connectors.Delivery.AtMostOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var partition = new SourcePartition(context.Step, 0, string.Join(", ", filters));
        var position = default(PipelinePosition);
        if (context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> bytes))
        {
            position = PipelinePosition.Read(bytes.Span);
        }

        var connection = new PipelineConnection(context, options.Capacity, options.SessionExpiry);
        PipelineSession session = broker.Pipelines.Open(options.Session, connection, found => position.NumberIn(found));
        try
        {
            await SubscribeAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            broker.Pipelines.Leave(session, connection);
            throw;
        }

        return [new PipelineReader<T>(session, connection, decoder, context, partition, position.NumberIn(session), broker)];
    }

    private async ValueTask SubscribeAsync(PipelineSession session, CancellationToken cancellationToken)
    {
        // What is published while the broker is up again and the job is not must wait for the job.
        Journal? journal = session.StoredAs != 0 ? broker.Journal : null;
        foreach (string other in broker.Subscriptions.UnsubscribeFromOthers(session, filters))
        {
            journal?.Unsubscribed(session.StoredAs, other);
        }

        var written = new List<Outbox>();
        foreach (string filter in filters)
        {
            var subscription = new TopicSubscription(filter, options.QualityOfService, RetainHandling: MqttRetainHandling.SendIfNew);
            (Delivery delivery, bool isNew) = broker.Subscriptions.Subscribe(session, subscription, identifier: 0, limit: int.MaxValue)!.Value;
            journal?.Subscribed(session.StoredAs, subscription, identifier: 0);
            if (isNew && !TopicFilter.IsShared(filter))
            {
                await broker.Router.DeliverRetainedAsync(filter, delivery, written, cancellationToken).ConfigureAwait(false);
            }
        }

        if (journal is not null)
        {
            await journal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
