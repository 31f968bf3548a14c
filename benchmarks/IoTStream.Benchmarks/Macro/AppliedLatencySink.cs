using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Benchmarks.Macro;

/// <summary>An exactly-once sink that keeps how long records took until their epoch was applied, within one per cent.</summary>
/// <param name="readAt">When a record was made, as a timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="warmUp">How many records are let pass before any is counted.</param>
internal sealed class AppliedLatencySink<T>(Func<T, long> readAt, long warmUp) : IOutboxSink<T>, IOutboxWriter<T>
{
    private static readonly LogarithmicBins Bins = new(0.01);

    private readonly QuantileSketch _microseconds = new();
    private long _seen;

    public long Count => _microseconds.Count;

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        foreach (T value in batch.Values.Span)
        {
            BinaryPrimitives.WriteInt64LittleEndian(outbox.GetSpan(sizeof(long)), readAt(value));
            outbox.Advance(sizeof(long));
        }
    }

    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(0L);

    public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        long now = Stopwatch.GetTimestamp();
        byte[] bytes = outbox.ToArray();
        for (int i = 0; i < bytes.Length; i += sizeof(long))
        {
            if (_seen++ >= warmUp)
            {
                _microseconds.Add(Stopwatch.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i)), now).TotalMicroseconds, in Bins);
            }
        }

        return default;
    }

    /// <summary>How long it took for a share of the records at most, in microseconds.</summary>
    public double Percentile(double percent) => _microseconds.ValueAt((long)((Count - 1) * percent / 100), in Bins);

    public ValueTask DisposeAsync() => default;
}
