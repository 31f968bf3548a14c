using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>A source of the states of devices' resources.</summary>
internal sealed class ResourceSource<T>(IReadOnlyList<Uri> resources, TimeSpan? interval, CoapClientOptions client, ResponseDecoder<T> decoder, CoapObserveOptions options) : ISource<T>
{
    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var feed = new ResourceFeed<T>(resources, interval, client, decoder, context, options);
        feed.Start();
        return new([feed.Queue]);
    }
}
