using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Writes rows into the files of a table.</summary>
internal sealed class LakeSink<T>(ILakeTable table, ParquetColumns<T> columns, ParquetSinkOptions options) : IOutboxSink<T>
{
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new RowWriter<T>(
            await table.OpenShelfAsync(new LakeWriter(context, Log: null), cancellationToken).ConfigureAwait(false),
            columns,
            new ParquetFileWriter(options.Compression),
            options.BufferSize,
            new LakeMetrics(context));

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) =>
        new EpochRowWriter<T>(
            await table.OpenShelfAsync(new LakeWriter(context, context.EpochLog!.Value), cancellationToken).ConfigureAwait(false),
            columns,
            new ParquetFileWriter(options.Compression),
            new LakeMetrics(context));
}
