using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows into a table.</summary>
internal sealed class TableSink<T>(string connectionString, string table, PostgreSqlColumns<T> columns, PostgreSqlSinkOptions options) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        (Table opened, RowFormat<T> format) = await OpenTableAsync(static (_, _) => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        return new RowWriter<T>(opened, format, options.BufferSize);
    }

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        (Table opened, RowFormat<T> format) = await OpenTableAsync(EpochTable.CreateAsync, cancellationToken).ConfigureAwait(false);
        return new EpochRowWriter<T>(opened, format, new EpochTable(context.EpochLog!.Value, context.Topology, context.Step));
    }

    private async Task<(Table Table, RowFormat<T> Format)> OpenTableAsync(Func<NpgsqlDataSource, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        try
        {
            var opened = new Table(source, table, [.. columns.Keys]);
            RowFormat<T> format = columns.FormatFor(await opened.FindTypesAsync(columns.Names, cancellationToken).ConfigureAwait(false));
            await prepare(source, cancellationToken).ConfigureAwait(false);
            return (opened, format);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
