using System.Numerics;
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
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            sums += Vector.Create(values[i..]);
        }

        double sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
        {
            sum += values[i];
        }

        Sum += sum;
        Count += batch.Count;
        return default;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;
}
