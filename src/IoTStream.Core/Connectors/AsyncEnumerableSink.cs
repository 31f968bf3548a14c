using System.Threading.Channels;

namespace IoTStream.Connectors;

/// <summary>
/// A sink that is enumerated: give it to the topology, start the job, and loop over it with <c>await foreach</c>.
/// </summary>
/// <remarks>
/// <para>
/// The enumeration ends when the stream is complete; if the job fails or is cancelled, it throws an <see cref="IncompleteStreamException"/> after
/// the records that had come by then. While the buffer is full the pipeline is held back, so a sink that nobody enumerates brings the job to a halt.
/// </para>
/// <para>
/// An enumeration that is left early (by <c>break</c>, an exception or its token) has said that it wants no more: the job goes on for its
/// other sinks, and what this one still gets is discarded.
/// </para>
/// <para>It serves one job and one enumeration, which may begin before the job starts. Thread-safe as far as that goes.</para>
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class AsyncEnumerableSink<T> : ISink<T>, IAsyncEnumerable<T>
{
    private readonly Channel<T> _channel;
    private int _opened;
    private int _enumerated;
    private volatile bool _left;

    /// <summary>Creates the sink.</summary>
    /// <param name="capacity">The most records that wait for the enumeration, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1.</exception>
    public AsyncEnumerableSink(int capacity = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _channel = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleWriter = true });
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It has been opened before.</exception>
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Interlocked.Exchange(ref _opened, 1) != 0)
        {
            throw new InvalidOperationException("An AsyncEnumerableSink serves one job: create one for each job, and one for each stream.");
        }

        ISinkWriter<T> writer = await ChannelSink.To(_channel.Writer).OpenAsync(context, cancellationToken).ConfigureAwait(false);
        return new Writer(this, writer);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _enumerated, 1) != 0)
        {
            throw new InvalidOperationException("An AsyncEnumerableSink can be enumerated once: its records are handed out, not kept.");
        }

        return new Enumerator(this, cancellationToken);
    }

    /// <summary>From here on records are discarded; a writer that waits for room is freed.</summary>
    private void Leave()
    {
        _left = true;
        _channel.Writer.TryComplete();
    }

    private sealed class Enumerator(AsyncEnumerableSink<T> sink, CancellationToken cancellationToken) : IAsyncEnumerator<T>
    {
        private readonly ChannelReader<T> _records = sink._channel.Reader;
        private T? _current;

        public T Current => _current!;

        public async ValueTask<bool> MoveNextAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (!_records.TryRead(out _current))
            {
                if (!await _records.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }

            return true;
        }

        public ValueTask DisposeAsync()
        {
            sink.Leave();
            return default;
        }
    }

    private sealed class Writer(AsyncEnumerableSink<T> sink, ISinkWriter<T> channel) : ISinkWriter<T>
    {
        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            if (sink._left)
            {
                return;
            }

            try
            {
                await channel.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            catch (ChannelClosedException) when (sink._left)
            {
                // The rest of the batch is discarded too.
            }
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => channel.CompleteAsync(cancellationToken);

        public ValueTask DisposeAsync() => channel.DisposeAsync();
    }
}
