using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Simulation.Jobs;

/// <summary>A target that applies an epoch as a whole and knows the last one, or takes records as they come where there is no epoch log.</summary>
internal sealed class SimulatedTarget(World world) : IOutboxSink<string>
{
    private readonly Dictionary<Guid, long> _last = [];

    /// <summary>All that has been written.</summary>
    public List<string> Lines { get; } = [];

    public ValueTask<ISinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new PlainWriter(this));

    public ValueTask<IOutboxWriter<string>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) =>
        new(new OutboxWriter(this, context.EpochLog!.Value));

    private void Apply(Guid log, long epoch, IEnumerable<string> lines)
    {
        world.Pass();
        epoch.Should().BeGreaterThan(_last.GetValueOrDefault(log), "what has been applied is not applied again");
        _last[log] = epoch;
        Lines.AddRange(lines);
        world.Pass();
    }

    private sealed class PlainWriter(SimulatedTarget target) : ISinkWriter<string>
    {
        public ValueTask WriteAsync(SinkBatch<string> batch, CancellationToken cancellationToken)
        {
            target.Lines.AddRange(batch.Values.Span);
            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class OutboxWriter(SimulatedTarget target, Guid log) : IOutboxWriter<string>
    {
        public void Encode(SinkBatch<string> batch, IBufferWriter<byte> outbox)
        {
            foreach (string line in batch.Values.Span)
            {
                int count = Encoding.UTF8.GetBytes($"{line}\n", outbox.GetSpan((line.Length * 3) + 1));
                outbox.Advance(count);
            }
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(target._last.GetValueOrDefault(log));

        public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
        {
            target.Apply(log, epoch, Encoding.UTF8.GetString(outbox).Split('\n')[..^1]);
            return default;
        }

        public ValueTask DisposeAsync() => default;
    }
}
