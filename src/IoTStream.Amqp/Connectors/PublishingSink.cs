using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>What <see cref="AmqpSink"/> describes.</summary>
internal sealed class PublishingSink<T>(AmqpExchange exchange, AmqpServer server, MessageEncoder<T> encoder, AmqpSinkOptions options) : ISink<T>
{
    // What is left of the 255 bytes of an identifier without the numbers of an epoch and a message.
    private const int LongestOrigin = 220;

    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new PublishingWriter<T>(await ConnectAsync(context, cancellationToken).ConfigureAwait(false), encoder);

    /// <summary>Opens a writer that publishes after commits.</summary>
    public async ValueTask<IOutboxWriter<T>> OpenForEpochsAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        string origin = $"{context.EpochLog:N}/{context.Step}";
        return Encoding.UTF8.GetByteCount(origin) <= LongestOrigin
            ? new EpochPublishingWriter<T>(await ConnectAsync(context, cancellationToken).ConfigureAwait(false), encoder, origin)
            : throw new InvalidOperationException($"The name of the step '{context.Step}' is part of the identifiers of its messages, and too long for that: give it one of at most 180 bytes.");
    }

    private async ValueTask<ConfirmedPublisher> ConnectAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var publisher = new ConfirmedPublisher(server, exchange, options, context);
        await publisher.OpenAsync(cancellationToken).ConfigureAwait(false);
        return publisher;
    }
}
