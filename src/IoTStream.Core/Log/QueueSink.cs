using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Writes records to a topic.</summary>
internal sealed class QueueSink<T>(DurableQueue queue, string topic, IEncoder<T> encoder, Func<T, ReadOnlyMemory<byte>>? key) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        string path = queue.PathOf(topic);
        TopicWriter writer = await Task.Run(() => TopicWriters.Acquire(path, queue, context.TimeProvider), cancellationToken).ConfigureAwait(false);
        return new Writer(path, writer, queue.BufferSize, new RecordEncoder(encoder, key));
    }

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        string path = queue.PathOf(topic);
        TopicWriter writer = await Task.Run(() => TopicWriters.Acquire(path, queue, context.TimeProvider), cancellationToken).ConfigureAwait(false);
        return new OutboxWriter(path, writer, $"{context.EpochLog:N}/{context.Step}", new RecordEncoder(encoder, key));
    }

    /// <summary>Adds records to a batch of the topic.</summary>
    private sealed class RecordEncoder(IEncoder<T> encoder, Func<T, ReadOnlyMemory<byte>>? key)
    {
        private readonly ByteBuffer _value = new();

        public void Add(T record, RecordContext context, QueueBatchBuilder batch)
        {
            _value.Clear();
            encoder.Encode(record, _value);
            batch.Add(context.TimestampTicks, key is null ? default : key(record).Span, key is not null, context.Headers, _value.Written.Span);
        }
    }

    /// <summary>Writes the records of an epoch as one batch of the topic, which has the number of the epoch, too.</summary>
    private sealed class OutboxWriter(string path, TopicWriter topic, string writer, RecordEncoder records) : IOutboxWriter<T>
    {
        // Each part: its version, how many records it has, how many bytes these are, and then the bytes as the topic will have them.
        private const byte Version = 1;
        private const int HeadSize = 1 + sizeof(int) + sizeof(long);

        private readonly QueueBatchBuilder _part = new();
        private readonly QueueBatchBuilder _epoch = new();

        public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
        {
            _part.Clear();
            for (int i = 0; i < batch.Count; i++)
            {
                records.Add(batch.Values.Span[i], batch.Context(i), _part);
            }

            Span<byte> head = outbox.GetSpan(HeadSize);
            head[0] = Version;
            BinaryPrimitives.WriteInt32LittleEndian(head[1..], _part.Count);
            BinaryPrimitives.WriteInt64LittleEndian(head[5..], _part.Size);
            outbox.Advance(HeadSize);
            foreach (ReadOnlyMemory<byte> bytes in _part.Records.Parts)
            {
                outbox.Write(bytes.Span);
            }
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(topic.LastEpochOf(writer));

        public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
            await Task.Run(() => Apply(epoch, outbox), cancellationToken).ConfigureAwait(false);

        public ValueTask DisposeAsync()
        {
            TopicWriters.Release(path);
            return default;
        }

        private void Apply(long epoch, ReadOnlySequence<byte> outbox)
        {
            _epoch.Clear();
            var reader = new SequenceReader<byte>(outbox);
            Span<byte> head = stackalloc byte[HeadSize];
            while (reader.TryCopyTo(head) && head[0] == Version)
            {
                reader.Advance(HeadSize);
                _epoch.AddEncoded(BinaryPrimitives.ReadInt32LittleEndian(head[1..]), reader.UnreadSequence.Slice(0, BinaryPrimitives.ReadInt64LittleEndian(head[5..])));
                reader.Advance(BinaryPrimitives.ReadInt64LittleEndian(head[5..]));
            }

            if (!reader.End)
            {
                throw new InvalidDataException("What the epoch log holds for the topic is none of its records: it was written by another version of the library, or by another sink.");
            }

            topic.Append(_epoch, writer, epoch);
            _epoch.Clear();
        }
    }

    private sealed class Writer(string path, TopicWriter topic, int bufferSize, RecordEncoder records) : ISinkWriter<T>
    {
        private readonly QueueBatchBuilder _batch = new();

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                records.Add(batch.Values.Span[i], batch.Context(i), _batch);
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

        // A sync takes milliseconds, which a lane must not wait for.
        private async Task CommitAsync()
        {
            await Task.Run(() => topic.Append(_batch)).ConfigureAwait(false);
            _batch.Clear();
        }
    }
}
