using System.Buffers;
using IoTStream.Disk;

namespace IoTStream.Connectors;

/// <summary>Writes a directory of files, one an epoch, of records that end with a line feed.</summary>
internal sealed class EpochFileSink<T> : IOutboxSink<T>
{
    private readonly string _path;
    private readonly string _extension;
    private readonly FileSinkOptions _options;
    private readonly ReadOnlyMemory<byte> _header;
    private readonly Action<T, ByteBuffer> _append;

    /// <param name="path">The directory.</param>
    /// <param name="extension">What the names of the files end with, with its dot.</param>
    /// <param name="options">How to write it.</param>
    /// <param name="header">What each file begins with.</param>
    /// <param name="append">Appends a record with its line feed.</param>
    public EpochFileSink(string path, string extension, FileSinkOptions options, ReadOnlyMemory<byte> header, Action<T, ByteBuffer> append)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
        _extension = extension;
        _options = options;
        _header = header;
        _append = append;
    }

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        EpochFiles files = await Task.Run(() => Open(context.EpochLog, context.Step), cancellationToken).ConfigureAwait(false);
        return new OutboxWriter(files, _header, _append);
    }

    /// <summary>Without an epoch log, what the input brings between two pauses is taken for an epoch, and each opening begins anew.</summary>
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        EpochFiles files = await Task.Run(() => Open(log: null, context.Step), cancellationToken).ConfigureAwait(false);
        return new Writer(files, _header, _append, _options.BufferSize);
    }

    private EpochFiles Open(Guid? log, string step) => new(DiskDirectory.Ensure(_path), _extension, log, step, _options.Existing);

    private sealed class OutboxWriter(EpochFiles files, ReadOnlyMemory<byte> header, Action<T, ByteBuffer> append) : IOutboxWriter<T>
    {
        private readonly ByteBuffer _lines = new();

        public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
        {
            _lines.Clear();
            foreach (T record in batch.Values.Span)
            {
                append(record, _lines);
            }

            outbox.Write(_lines.Written.Span);
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(files.Last);

        public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
            await Task.Run(() => files.Write(epoch, header, outbox), cancellationToken).ConfigureAwait(false);

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Writer(EpochFiles files, ReadOnlyMemory<byte> header, Action<T, ByteBuffer> append, int bufferSize) : ISinkWriter<T>
    {
        private readonly ByteBuffer _lines = new();

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                append(batch.Values.Span[i], _lines);
                if (_lines.Length >= bufferSize)
                {
                    await FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            if (_lines.Length == 0)
            {
                return;
            }

            await Task.Run(() => files.Write(files.Last + 1, header, new ReadOnlySequence<byte>(_lines.Written)), cancellationToken).ConfigureAwait(false);
            _lines.Clear();
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
