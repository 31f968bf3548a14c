using System.Threading.Channels;

namespace IoTStream.Connectors;

/// <summary>Sinks to channels of the caller's own process.</summary>
public static class ChannelSink
{
    /// <summary>Writes records to a channel; while a bounded channel is full, the pipeline is held back.</summary>
    /// <param name="channel">The channel. If it is completed by somebody else while the job still writes, the job fails.</param>
    /// <param name="complete">
    /// Whether the channel is completed with the stream, so that a loop over it ends. If the job fails or is cancelled, it is completed with an
    /// <see cref="IncompleteStreamException"/>. False leaves it open in any case, for a channel that outlives the job or has other writers.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISink<T> To<T>(ChannelWriter<T> channel, bool complete = true)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return new Sink<T>(channel, complete);
    }

    private sealed class Sink<T>(ChannelWriter<T> channel, bool complete) : ISink<T>
    {
        public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
            new(new Writer<T>(channel, complete, context));
    }

    private sealed class Writer<T>(ChannelWriter<T> channel, bool complete, SinkContext context) : ISinkWriter<T>
    {
        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                T record = batch.Values.Span[i];
                if (!channel.TryWrite(record))
                {
                    await channel.WriteAsync(record, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            if (complete)
            {
                channel.TryComplete();
            }

            return default;
        }

        public ValueTask DisposeAsync()
        {
            if (complete)
            {
                // Does nothing if the stream is complete already.
                channel.TryComplete(new IncompleteStreamException(context));
            }

            return default;
        }
    }
}
