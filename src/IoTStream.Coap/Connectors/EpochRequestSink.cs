using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>Sends what is committed, with identifiers. A device tells nobody what it has got, so that the last epoch may be sent again after a crash.</summary>
internal sealed class EpochRequestSink<T>(RequestSink<T> sink) : IOutboxSink<T>
{
    public Delivery Delivery => Delivery.AtLeastOnce;

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => sink.OpenAsync(context, cancellationToken);

    public ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => sink.OpenForEpochsAsync(context);
}
