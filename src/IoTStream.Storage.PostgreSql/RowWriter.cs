using System.Buffers;
using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows when there are enough, or the input pauses.</summary>
internal sealed class RowWriter<T>(Table table, PostgreSqlColumns<T> columns, int bufferSize) : ISinkWriter<T>
{
    private readonly ArrayBufferWriter<byte> _rows = new();

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            columns.AppendRow(batch.Values.Span[i], _rows);
            if (_rows.WrittenCount >= bufferSize)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_rows.WrittenCount == 0)
        {
            return;
        }

        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await table.WriteAsync(connection, [.. columns.Names], [new ReadOnlySequence<byte>(_rows.WrittenMemory)], cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        _rows.ResetWrittenCount();
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => table.Source.DisposeAsync();
}
