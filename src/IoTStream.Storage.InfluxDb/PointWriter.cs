using IoTStream.Connectors;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Collects the lines of records and sends them when there are enough, or when the input pauses.</summary>
internal sealed class PointWriter<T>(PointMapping<T> mapping, InfluxDbSinkOptions options, LineSender sender, SinkContext context) : ISinkWriter<T>
{
    private readonly LineWriter _lines = new();

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Append(batch.Values.Span[i], batch.Context(i));
            if (_lines.Count >= options.BatchSize)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_lines.Count > 0)
        {
            await sender.SendAsync(_lines.Lines, _lines.Count, cancellationToken).ConfigureAwait(false);
            _lines.Clear();
        }
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync()
    {
        sender.Dispose();
        return default;
    }

    private void Append(T record, RecordContext origin)
    {
        try
        {
            if (mapping.Append(_lines, record, origin))
            {
                return;
            }
        }
        catch (InfluxDbException) when (options.Rejected == RejectedPoints.Skip)
        {
            // Counted below.
        }

        PointMetrics.Reject(context.Topology, context.Step, 1);
    }
}
