using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Writes files when there are enough rows, or the input pauses.</summary>
internal sealed class RowWriter<T>(IEpochShelf shelf, ParquetColumns<T> columns, ParquetFileWriter files, int bufferSize, LakeMetrics metrics) : ISinkWriter<T>
{
    private readonly RowEncoder<T> _encoder = new(columns);
    private readonly ArrayBufferWriter<byte> _rows = new();

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        _encoder.Encode(batch, _rows);
        return _rows.WrittenCount >= bufferSize ? FlushAsync(cancellationToken) : default;
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_rows.WrittenCount == 0)
        {
            return;
        }

        await Task.Run(
            async () =>
            {
                IReadOnlyList<FolderRows> folders = EpochRows.Read(_rows.WrittenMemory);
                await shelf.WriteAsync(shelf.Last + 1, folders, files, cancellationToken).ConfigureAwait(false);
                metrics.Written(folders);
            },
            CancellationToken.None).ConfigureAwait(false);
        _rows.ResetWrittenCount();
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync()
    {
        files.Dispose();
        shelf.Dispose();
        return default;
    }
}
