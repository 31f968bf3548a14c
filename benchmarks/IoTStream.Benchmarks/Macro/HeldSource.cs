using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Gives a number of events made on the fly, then says when all have been read and stays silent until the job is stopped.</summary>
internal sealed class HeldSource(long count, Func<long, Event> create) : ISource<Event>
{
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the last event has been taken, and the pipeline has come back for more.</summary>
    public Task Read => _read.Task;

    public ValueTask<IReadOnlyList<ISourceReader<Event>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new([new Reader(this, context)]);

    private sealed class Reader(HeldSource source, SourceContext context) : ISourceReader<Event>
    {
        private long _next;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [new(context.Step, 0, context.Step)];

        public ReadStatus Read(SourceBatch<Event> batch)
        {
            if (_next == source.Count)
            {
                source._read.TrySetResult();
                return ReadStatus.Drained;
            }

            int number = (int)Math.Min(source.Count - _next, batch.Free);
            Span<Event> target = batch.GetSpan()[..number];
            for (int i = 0; i < number; i++)
            {
                target[i] = source.Create(_next + i);
            }

            batch.Advance(number);
            _next += number;
            return ReadStatus.More;
        }

        public ValueTask DisposeAsync() => default;
    }

    private long Count { get; } = count;

    private Func<long, Event> Create { get; } = create;
}
