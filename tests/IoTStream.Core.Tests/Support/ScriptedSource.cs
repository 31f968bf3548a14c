using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Support;

/// <summary>A source whose readers do what a test says.</summary>
internal sealed class ScriptedSource<T>(int readers, ScriptedSource<T>.Script script) : ISource<T>
{
    private int _disposed;

    public delegate ReadStatus Script(SourceBatch<T> batch, int reader, int call);

    public Func<SourceContext, ValueTask> Opening { get; init; } = _ => default;

    public Func<int, ValueTask> Disposing { get; init; } = _ => default;

    public int Disposed => Volatile.Read(ref _disposed);

    /// <summary>The context of the job that opened the source last.</summary>
    public SourceContext? Context { get; private set; }

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        await Opening(context);
        Context = context;
        return [.. Enumerable.Range(0, readers).Select(index => new Reader(this, index, new SourcePartition(context.Step, index, $"{index}")))];
    }

    private sealed class Reader(ScriptedSource<T> source, int index, SourcePartition partition) : ISourceReader<T>
    {
        private int _calls;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<T> batch) => source.Run(batch, index, _calls++);

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref source._disposed);
            return source.Disposing(index);
        }
    }

    private ReadStatus Run(SourceBatch<T> batch, int reader, int call) => script(batch, reader, call);
}
