using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Where records end whose way through a pipeline is timed: keeps how long each took, within one per cent.</summary>
/// <param name="readAt">When a record was made, as a timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="warmUp">How many records are let pass before any is counted.</param>
internal sealed class LatencySink<T>(Func<T, long> readAt, long warmUp) : ISink<T>, ISinkWriter<T>
{
    private static readonly LogarithmicBins Bins = new(0.01);

    private readonly QuantileSketch _microseconds = new();
    private long _seen;

    public long Count => _microseconds.Count;

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        long now = Stopwatch.GetTimestamp();
        foreach (T value in batch.Values.Span)
        {
            if (_seen++ >= warmUp)
            {
                _microseconds.Add(Stopwatch.GetElapsedTime(readAt(value), now).TotalMicroseconds, in Bins);
            }
        }

        return default;
    }

    /// <summary>How long it took for a share of the records at most, in microseconds.</summary>
    public double Percentile(double percent) => _microseconds.ValueAt((long)((Count - 1) * percent / 100), in Bins);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;
}
