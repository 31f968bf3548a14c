namespace IoTStream.Connectors;

/// <summary>Sinks that call back.</summary>
public static class CallbackSink
{
    /// <summary>Calls back for each record, one at a time and in order; while a call is under way the pipeline is held back.</summary>
    /// <param name="write">
    /// The callback. It runs on the job's lane up to its first real wait, so it must not block. Its token is cancelled when the job is
    /// cancelled or fails. Whatever it throws ends the job with it as the cause.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISink<T> Each<T>(Func<T, CancellationToken, ValueTask> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new Sink<T>((record, _, cancellationToken) => write(record, cancellationToken));
    }

    /// <inheritdoc cref="Each{T}(Func{T, CancellationToken, ValueTask})"/>
    /// <param name="write">As above; it is also given the record's timestamp and where it came from.</param>
    public static ISink<T> Each<T>(Func<T, RecordContext, CancellationToken, ValueTask> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new Sink<T>(write);
    }

    private sealed class Sink<T>(Func<T, RecordContext, CancellationToken, ValueTask> write) : ISink<T>
    {
        public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer<T>(write));
    }

    private sealed class Writer<T>(Func<T, RecordContext, CancellationToken, ValueTask> write) : ISinkWriter<T>
    {
        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                await write(batch.Values.Span[i], batch.Context(i), cancellationToken).ConfigureAwait(false);
            }
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
