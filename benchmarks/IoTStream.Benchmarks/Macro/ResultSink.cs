using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Counts and adds up results, with a writer a lane: one that all lanes share would be what is measured.</summary>
internal sealed class ResultSink<T>(Func<ReadOnlySpan<T>, double> sum) : ISink<T>
{
    private readonly List<Writer> _writers = [];

    public bool AllowsParallelWriters => true;

    public Outcome Outcome => new(_writers.Sum(writer => writer.Count), _writers.Sum(writer => writer.Sum));

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        var writer = new Writer(sum);
        _writers.Add(writer);
        return new(writer);
    }

    private sealed class Writer(Func<ReadOnlySpan<T>, double> sum) : ISinkWriter<T>
    {
        public long Count { get; private set; }

        public double Sum { get; private set; }

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            Sum += sum(batch.Values.Span);
            Count += batch.Count;
            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
