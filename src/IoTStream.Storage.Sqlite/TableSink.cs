using IoTStream.Connectors;
using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite;

/// <summary>Writes rows into a table.</summary>
internal sealed class TableSink<T>(Table table, SqliteColumns<T> columns) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        await Task.Run(() => table.Check(columns.Names), cancellationToken).ConfigureAwait(false);
        return new RowWriter<T>(table, columns);
    }

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        await Task.Run(
            () =>
            {
                table.Check(columns.Names);
                using SqliteConnection connection = table.Open();
                EpochTable.Create(connection);
            },
            cancellationToken).ConfigureAwait(false);
        return new EpochRowWriter<T>(table, columns, new EpochTable(context.EpochLog!.Value, context.Topology, context.Step));
    }
}
