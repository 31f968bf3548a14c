using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>What <see cref="AmqpSource"/> describes.</summary>
internal sealed class ConsumerSource<T>(string queue, AmqpServer server, Func<AmqpMessage, T> decode, AmqpSourceOptions options) : ISource<T>
{
    /// <summary>
    /// A quorum queue gives no more messages again than may be unacknowledged. A classic one writes down late that messages were acknowledged, so that after a crash of the server thousands more come
    /// again; and another consumer knows nothing of what this one has seen.
    /// </summary>
    public Delivery Delivery =>
        options.Queue is { Keeps: false } ? Delivery.AtMostOnce
        : options.DeduplicationWindow > 0 && options.Exclusive && options.Queue is { Kind: AmqpQueueKind.Quorum } ? Delivery.ExactlyOnce
        : Delivery.AtLeastOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var feed = new ConsumerFeed<T>(queue, server, decode, options, context);
        await feed.StartAsync(cancellationToken).ConfigureAwait(false);
        return [new ConsumerReader<T>(feed, context)];
    }
}
