using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Writes the rows of an epoch into files that carry its number. Disks and DuckDB block: each epoch is written on a thread of the pool.</summary>
internal sealed class EpochRowWriter<T>(IEpochShelf shelf, ParquetColumns<T> columns, ParquetFileWriter files, LakeMetrics metrics) : IOutboxWriter<T>
{
    private readonly RowEncoder<T> _encoder = new(columns);

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox) => _encoder.Encode(batch, outbox);

    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(shelf.Last);

    public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => new(Task.Run(
        async () =>
        {
            ReadOnlyMemory<byte> rows = outbox.IsSingleSegment ? outbox.First : outbox.ToArray();
            IReadOnlyList<FolderRows> folders = EpochRows.Read(rows);
            await shelf.WriteAsync(epoch, folders, files, cancellationToken).ConfigureAwait(false);
            metrics.Written(folders);
        },
        CancellationToken.None));

    public ValueTask DisposeAsync()
    {
        files.Dispose();
        shelf.Dispose();
        return default;
    }
}
