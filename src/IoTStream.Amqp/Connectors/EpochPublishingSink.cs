using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Publishes what is committed, with identifiers. A server does not remember them, so that the last epoch may be published again after a crash.</summary>
internal sealed class EpochPublishingSink<T>(PublishingSink<T> sink) : IOutboxSink<T>
{
    public Delivery Delivery => Delivery.AtLeastOnce;

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => sink.OpenAsync(context, cancellationToken);

    public ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => sink.OpenForEpochsAsync(context, cancellationToken);
}
