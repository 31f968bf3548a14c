using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Simulation.Jobs;

/// <summary>A sink that applies an epoch as a whole and knows the last one, or takes records as they come where there is no epoch log.</summary>
internal sealed class SimulatedSink(World world, List<string> lines) : IOutboxSink<string>
{
    private readonly Dictionary<Guid, long> _last = [];

    public ValueTask<ISinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new PlainWriter(lines));

    public ValueTask<IOutboxWriter<string>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) =>
        new(new OutboxWriter(this, context.EpochLog!.Value));

    private void Apply(Guid log, long epoch, IEnumerable<string> applied)
    {
        world.Pass();
        epoch.Should().BeGreaterThan(_last.GetValueOrDefault(log), "what has been applied is not applied again");
        _last[log] = epoch;
        lines.AddRange(applied);
        world.Pass();
    }

    private sealed class PlainWriter(List<string> lines) : ISinkWriter<string>
    {
        public ValueTask WriteAsync(SinkBatch<string> batch, CancellationToken cancellationToken)
        {
            lines.AddRange(batch.Values.Span);
            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class OutboxWriter(SimulatedSink target, Guid log) : IOutboxWriter<string>
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
