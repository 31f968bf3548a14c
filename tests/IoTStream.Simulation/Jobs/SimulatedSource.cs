using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Simulation.Jobs;

/// <summary>
/// Partitions that keep what was not acknowledged. One that is replayable can be read from anywhere; one that redelivers gives its reader all that
/// was not acknowledged, and the reader's position says what of that has been taken already.
/// </summary>
internal sealed class SimulatedSource(World world, Reading[][] partitions, bool redelivers) : ISource<Reading>
{
    private readonly int[] _acknowledged = new int[partitions.Length];

    public Delivery Delivery => Delivery.ExactlyOnce;

    public ValueTask<IReadOnlyList<ISourceReader<Reading>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var readers = new ISourceReader<Reading>[partitions.Length];
        for (int i = 0; i < partitions.Length; i++)
        {
            var partition = new SourcePartition(context.Step, i, $"part {i}");
            int start = context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position) ? BinaryPrimitives.ReadInt32LittleEndian(position.Span) : 0;
            readers[i] = redelivers ? new RedeliveringReader(this, partition, start) : new Reader(this, partition, start);
        }

        return new(readers);
    }

    private class Reader(SimulatedSource owner, SourcePartition partition, int start) : ISourceReader<Reading>, IPositioned
    {
        protected int Next { get; set; } = start;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<Reading> batch)
        {
            Reading[] all = partition.Index < 0 ? [] : owner.ReadingsOf(partition.Index);
            for (int count = owner.Random.Next(8); count > 0 && Next < all.Length && batch.Free > 0; count--)
            {
                batch.Add(all[Next++]);
            }

            return Next == all.Length ? ReadStatus.Ended : ReadStatus.More;
        }

        public void WritePosition(IBufferWriter<byte> position)
        {
            BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), Next);
            position.Advance(sizeof(int));
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>What was acknowledged does not come again, whether or not it was taken: a reader that begins before it has lost records for good.</summary>
    private sealed class RedeliveringReader : Reader, IAcknowledging
    {
        private readonly SimulatedSource _owner;
        private readonly int _partition;
        private readonly int _first;

        public RedeliveringReader(SimulatedSource owner, SourcePartition partition, int start)
            : base(owner, partition, Math.Max(start, owner._acknowledged[partition.Index]))
        {
            _owner = owner;
            _partition = partition.Index;
            _first = Next;
        }

        public void Acknowledge(long count)
        {
            _owner.Pass();
            _owner._acknowledged[_partition] = Math.Max(_owner._acknowledged[_partition], _first + (int)count);
            _owner.Pass();
        }
    }

    private Random Random => world.Random;

    private Reading[] ReadingsOf(int partition) => partitions[partition];

    private void Pass() => world.Pass();
}
