using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Support;

/// <summary>A sink that keeps what it is given and notes the calls it gets; each call can be made to wait or to fail.</summary>
internal sealed class CollectingSink<T> : ISink<T>
{
    private readonly Lock _lock = new();
    private readonly List<(T Value, RecordContext Context)> _records = [];
    private readonly List<string> _calls = [];
    private int _opened;
    private int _disposed;

    public bool AllowsParallelWriters { get; init; }

    /// <summary>Called before each call is carried out, with its name: <c>open</c>, <c>write</c>, <c>flush</c>, <c>complete</c> or <c>dispose</c>.</summary>
    public Func<string, ValueTask> On { get; init; } = _ => default;

    public int Opened => Volatile.Read(ref _opened);

    public int Disposed => Volatile.Read(ref _disposed);

    public IReadOnlyList<T> Values => [.. Records.Select(record => record.Value)];

    public IReadOnlyList<(T Value, RecordContext Context)> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _records.Count;
            }
        }
    }

    public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        await On("open");
        Interlocked.Increment(ref _opened);
        return new Writer(this);
    }

    private sealed class Writer(CollectingSink<T> sink) : ISinkWriter<T>
    {
        private int _busy;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => RunAsync("write", batch);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => RunAsync("flush");

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => RunAsync("complete");

        public async ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref sink._disposed);
            await RunAsync("dispose");
        }

        private async ValueTask RunAsync(string call, SinkBatch<T>? batch = null)
        {
            bool overlaps = Interlocked.Exchange(ref _busy, 1) == 1;
            lock (sink._lock)
            {
                sink._calls.Add(overlaps ? $"overlapping {call}" : call);
            }

            try
            {
                await sink.On(call);
                for (int i = 0; i < batch?.Count; i++)
                {
                    lock (sink._lock)
                    {
                        sink._records.Add((batch.Values.Span[i], batch.Context(i)));
                    }
                }
            }
            finally
            {
                Volatile.Write(ref _busy, 0);
            }
        }
    }
}
