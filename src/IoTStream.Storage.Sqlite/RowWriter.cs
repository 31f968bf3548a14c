using System.Buffers;
using IoTStream.Connectors;
using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite;

/// <summary>Writes each batch of rows as a transaction.</summary>
internal sealed class RowWriter<T>(Table table, SqliteColumns<T> columns) : ISinkWriter<T>
{
    private readonly string[] _columns = [.. columns.Names];
    private readonly ArrayBufferWriter<byte> _rows = new();

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        _rows.ResetWrittenCount();
        for (int i = 0; i < batch.Count; i++)
        {
            columns.AppendRow(batch.Values.Span[i], _rows);
        }

        await Task.Run(() => Write(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;

    private void Write(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = table.Open();
        using SqliteTransaction transaction = connection.BeginTransaction();
        table.Write(connection, _columns, new ReadOnlySequence<byte>(_rows.WrittenMemory), cancellationToken);
        transaction.Commit();
    }
}
