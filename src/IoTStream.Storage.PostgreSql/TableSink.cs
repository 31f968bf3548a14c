using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows into a table.</summary>
internal sealed class TableSink<T>(string connectionString, string table, PostgreSqlColumns<T> columns, PostgreSqlSinkOptions options) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new RowWriter<T>(await OpenTableAsync(cancellationToken).ConfigureAwait(false), columns, options.BufferSize);

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        Table opened = await OpenTableAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var epochs = new EpochTable(context.EpochLog!.Value, context.Topology, context.Step);
            NpgsqlConnection connection = await opened.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await EpochTable.CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            return new EpochRowWriter<T>(opened, columns, epochs);
        }
        catch
        {
            await opened.Source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Table> OpenTableAsync(CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        try
        {
            var opened = new Table(source, table, [.. columns.Keys]);
            await opened.CheckAsync(columns.Names, cancellationToken).ConfigureAwait(false);
            return opened;
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
