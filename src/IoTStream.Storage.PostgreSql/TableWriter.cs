using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows in transactions, and sees to it that there are partitions for them.</summary>
/// <param name="table">The table.</param>
/// <param name="keeper">Has partitions; null if the table has none, or somebody else cares for them.</param>
internal sealed class TableWriter(Table table, PartitionKeeper? keeper) : IAsyncDisposable
{
    // Each time all partitions that are missing are created. More than once is needed if another writer drops them at once, for rows that are past retention.
    private const int MostAttempts = 5;

    public NpgsqlDataSource Source => table.Source;

    /// <summary>Writes rows in one transaction.</summary>
    /// <param name="parts">The rows.</param>
    /// <param name="isWanted">Asked at the begin of the transaction whether they are to be written.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task WriteAsync(IReadOnlyList<RowPart> parts, Func<NpgsqlConnection, CancellationToken, Task<bool>> isWanted, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await WriteOnceAsync(parts, isWanted, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (PostgresException exception) when (keeper is not null && attempt < MostAttempts && PartitionKeeper.IsMissing(exception))
            {
                await keeper.MakeRoomAsync(parts, cancellationToken).ConfigureAwait(false);
            }
        }

        if (keeper is not null)
        {
            await keeper.LookAfterWhenDueAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => table.Source.DisposeAsync();

    private async Task WriteOnceAsync(IReadOnlyList<RowPart> parts, Func<NpgsqlConnection, CancellationToken, Task<bool>> isWanted, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (!await isWanted(connection, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                foreach (RowPart part in parts)
                {
                    await table.WriteAsync(connection, part, cancellationToken).ConfigureAwait(false);
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
