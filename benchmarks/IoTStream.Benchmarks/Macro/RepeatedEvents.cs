using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Gives the same events over and over, each round a round later, so that a run is long and its events need little memory. Can be read again from anywhere.</summary>
/// <param name="events">The events, in the order of time.</param>
/// <param name="count">How many to give in all.</param>
internal sealed class RepeatedEvents(Event[] events, long count) : ISource<Event>
{
    private readonly long _round = events[^1].TimestampMs + 1;

    public Delivery Delivery => Delivery.ExactlyOnce;

    public ValueTask<IReadOnlyList<ISourceReader<Event>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var partition = new SourcePartition(context.Step, 0, context.Step);
        long start = context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position) ? BinaryPrimitives.ReadInt64LittleEndian(position.Span) : 0;
        return new([new Reader(this, partition, start)]);
    }

    private sealed class Reader(RepeatedEvents source, SourcePartition partition, long start) : ISourceReader<Event>, IPositioned
    {
        private long _next = start;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<Event> batch)
        {
            (long round, int first) = ((int)(_next / source.Length), (int)(_next % source.Length));
            int number = (int)Math.Min(Math.Min(source.Count - _next, batch.Free), source.Length - first);
            Span<Event> target = batch.GetSpan()[..number];
            source.Events.AsSpan(first, number).CopyTo(target);
            if (round > 0)
            {
                foreach (ref Event e in target)
                {
                    e.TimestampMs += round * source.Round;
                }
            }

            batch.Advance(number);
            _next += number;
            return _next == source.Count ? ReadStatus.Ended : ReadStatus.More;
        }

        public void WritePosition(IBufferWriter<byte> position)
        {
            BinaryPrimitives.WriteInt64LittleEndian(position.GetSpan(sizeof(long)), _next);
            position.Advance(sizeof(long));
        }

        public ValueTask DisposeAsync() => default;
    }

    private Event[] Events { get; } = events;

    private int Length { get; } = events.Length;

    private long Count { get; } = count;

    private long Round => _round;
}
