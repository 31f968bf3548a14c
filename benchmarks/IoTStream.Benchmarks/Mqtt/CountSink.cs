using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Counts records.</summary>
internal sealed class CountSink(Progress count) : ISink<Sample>
{
    public ValueTask<ISinkWriter<Sample>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(count));

    private sealed class Writer(Progress count) : ISinkWriter<Sample>
    {
        private long _count;

        public ValueTask WriteAsync(SinkBatch<Sample> batch, CancellationToken cancellationToken)
        {
            _count += batch.Count;
            count.Value = _count;
            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
