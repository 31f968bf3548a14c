namespace IoTStream.Connectors;

/// <summary>Writes a file of records that end with a line feed.</summary>
internal sealed class TextFileSink<T> : ISink<T>
{
    private readonly string _path;
    private readonly FileSinkOptions _options;
    private readonly ReadOnlyMemory<byte> _header;
    private readonly Action<T, ByteBuffer> _append;

    /// <param name="path">The file.</param>
    /// <param name="options">How to write it.</param>
    /// <param name="header">What an empty file begins with.</param>
    /// <param name="append">Appends a record with its line feed.</param>
    public TextFileSink(string path, FileSinkOptions options, ReadOnlyMemory<byte> header, Action<T, ByteBuffer> append)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = System.IO.Path.GetFullPath(path);
        _options = options;
        _header = header;
        _append = append;
    }

    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        FileMode mode = _options.Existing switch
        {
            ExistingFile.Append => FileMode.OpenOrCreate,
            ExistingFile.Replace => FileMode.Create,
            _ => FileMode.CreateNew,
        };
        var file = new FileStream(_path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        try
        {
            await BeginAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new Writer(file, _options.BufferSize, _append);
    }

    private async Task BeginAsync(FileStream file, CancellationToken cancellationToken)
    {
        if (file.Length == 0)
        {
            await file.WriteAsync(_header, cancellationToken).ConfigureAwait(false);
            return;
        }

        byte[] last = new byte[1];
        file.Seek(-1, SeekOrigin.End);
        await file.ReadExactlyAsync(last, cancellationToken).ConfigureAwait(false);
        if (last[0] != (byte)'\n')
        {
            last[0] = (byte)'\n';
            await file.WriteAsync(last, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Writer(FileStream file, int bufferSize, Action<T, ByteBuffer> append) : ISinkWriter<T>
    {
        private readonly ByteBuffer _buffer = new();

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                append(batch.Values.Span[i], _buffer);
                if (_buffer.Length >= bufferSize)
                {
                    await FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            await file.WriteAsync(_buffer.Written, cancellationToken).ConfigureAwait(false);
            _buffer.Clear();
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => file.DisposeAsync();
    }
}
