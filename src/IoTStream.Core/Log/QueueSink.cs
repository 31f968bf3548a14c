using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Writes records to a topic.</summary>
internal sealed class QueueSink<T>(DurableQueue queue, string topic, IEncoder<T> encoder, Func<T, ReadOnlyMemory<byte>>? key) : ISink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        string path = queue.PathOf(topic);
        TopicWriter writer = await Task.Run(() => TopicWriters.Acquire(path, queue, context.TimeProvider), cancellationToken).ConfigureAwait(false);
        return new Writer(path, writer, queue.BufferSize, encoder, key);
    }

    private sealed class Writer(string path, TopicWriter topic, int bufferSize, IEncoder<T> encoder, Func<T, ReadOnlyMemory<byte>>? key) : ISinkWriter<T>
    {
        private readonly QueueBatchBuilder _batch = new();
        private readonly ByteBuffer _value = new();

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Add(batch.Values.Span[i], batch.Context(i));
                if (_batch.Size >= bufferSize)
                {
                    await FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => _batch.Count == 0 ? default : new ValueTask(CommitAsync());

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync()
        {
            TopicWriters.Release(path);
            return default;
        }

        private void Add(T record, RecordContext context)
        {
            _value.Clear();
            encoder.Encode(record, _value);
            _batch.Add(context.TimestampTicks, key is null ? default : key(record).Span, key is not null, context.Headers, _value.Written.Span);
        }

        // A sync takes milliseconds, which a lane must not wait for.
        private async Task CommitAsync()
        {
            await Task.Run(() => topic.Append(_batch)).ConfigureAwait(false);
            _batch.Clear();
        }
    }
}
