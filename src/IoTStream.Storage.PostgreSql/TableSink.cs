using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows into a table.</summary>
internal sealed class TableSink<T>(string connectionString, string table, PostgreSqlColumns<T> columns, PostgreSqlSinkOptions options) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        (TableWriter opened, RowFormat<T> format) = await OpenTableAsync(context, static (_, _) => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        return new RowWriter<T>(opened, format, options.BufferSize);
    }

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
    {
        (TableWriter opened, RowFormat<T> format) = await OpenTableAsync(context, EpochTable.CreateAsync, cancellationToken).ConfigureAwait(false);
        return new EpochRowWriter<T>(opened, format, new EpochTable(context.EpochLog!.Value, context.Topology, context.Step));
    }

    private async Task<(TableWriter Table, RowFormat<T> Format)> OpenTableAsync(
        SinkContext context, Func<NpgsqlDataSource, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        try
        {
            var opened = new Table(source, table, [.. columns.Keys]);
            PartitionKeeper? keeper = await PartitionAsync(opened, context, cancellationToken).ConfigureAwait(false);
            RowFormat<T> format = columns.FormatFor(await opened.FindTypesAsync(columns.Names, cancellationToken).ConfigureAwait(false));
            await prepare(source, cancellationToken).ConfigureAwait(false);
            return (new TableWriter(opened, keeper), format);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<PartitionKeeper?> PartitionAsync(Table opened, SinkContext context, CancellationToken cancellationToken)
    {
        if (options.Partitions is not { } partitions
            || await PartitionedTable.PrepareAsync(opened, columns.Definition(partitions.Column), partitions, cancellationToken).ConfigureAwait(false) is not { } timeType)
        {
            return null;
        }

        var keeper = new PartitionKeeper(opened, timeType, partitions, new PartitionMetrics(context), context.TimeProvider);
        await keeper.LookAfterAsync(cancellationToken).ConfigureAwait(false);
        return keeper;
    }
}
