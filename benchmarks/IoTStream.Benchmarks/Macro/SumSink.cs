using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Where W1's results go: counts and adds up, a batch at a time, as a sink would write them.</summary>
internal sealed class SumSink : ISink<double>, ISinkWriter<double>
{
    public long Count { get; private set; }

    public double Sum { get; private set; }

    public ValueTask<ISinkWriter<double>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

    public ValueTask WriteAsync(SinkBatch<double> batch, CancellationToken cancellationToken)
    {
        ReadOnlySpan<double> values = batch.Values.Span;
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        Sum += sum;
        Count += batch.Count;
        return default;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;
}
