using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>What <see cref="AmqpSource"/> describes.</summary>
internal sealed class ConsumerSource<T>(string queue, AmqpServer server, Func<AmqpMessage, T> decode, AmqpSourceOptions options) : ISource<T>
{
    public Delivery Delivery =>
        options.Queue is { Keeps: false } ? Delivery.AtMostOnce
        : options.DeduplicationWindow > 0 && options.Exclusive ? Delivery.ExactlyOnce
        : Delivery.AtLeastOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var feed = new ConsumerFeed<T>(queue, server, decode, options, context);
        await feed.StartAsync(cancellationToken).ConfigureAwait(false);
        return [new ConsumerReader<T>(feed, context)];
    }
}
