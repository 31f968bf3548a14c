using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Writes rows into the files of a table.</summary>
internal sealed class LakeSink<T>(TablePath table, ParquetColumns<T> columns, ParquetSinkOptions options) : IOutboxSink<T>
{
    /// <summary>Without an epoch log, each opening is a writer of its own, so that no file takes the name of another.</summary>
    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new RowWriter<T>(
            await OpenShelfAsync(context, Guid.NewGuid(), cancellationToken).ConfigureAwait(false),
            columns,
            new ParquetFileWriter(options.Compression),
            options.BufferSize,
            new LakeMetrics(context));

    public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) =>
        new EpochRowWriter<T>(
            await OpenShelfAsync(context, context.EpochLog!.Value, cancellationToken).ConfigureAwait(false), columns, new ParquetFileWriter(options.Compression), new LakeMetrics(context));

    private Task<EpochShelf> OpenShelfAsync(SinkContext context, Guid log, CancellationToken cancellationToken) =>
        Task.Run(() => EpochShelf.OpenAsync(table, context.Topology, context.Step, log, cancellationToken), cancellationToken);
}
