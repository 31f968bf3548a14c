using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>Gives a set number of records an epoch, so that there are epochs enough however fast the machine is.</summary>
internal sealed class EpochPacedSource<T>(T[] records, int perEpoch) : ISource<T>
{
    public Delivery Delivery => Delivery.ExactlyOnce;

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var partition = new SourcePartition(context.Step, 0, "records");
        int start = context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position) ? BinaryPrimitives.ReadInt32LittleEndian(position.Span) : 0;
        return new([new Reader(records, perEpoch, partition, start, context)]);
    }

    private sealed class Reader(T[] records, int perEpoch, SourcePartition partition, int start, SourceContext context) : ISourceReader<T>, IPositioned
    {
        private int _next = start;
        private int _limit = start + perEpoch;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<T> batch)
        {
            int end = Math.Min(records.Length, _limit);
            for (; _next < end && batch.Free > 0; _next++)
            {
                batch.Add(records[_next]);
            }

            return _next == records.Length ? ReadStatus.Ended : _next < end ? ReadStatus.More : ReadStatus.Drained;
        }

        public void WritePosition(IBufferWriter<byte> position)
        {
            BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), _next);
            position.Advance(sizeof(int));
            _limit = _next + perEpoch;
            context.NotifyAvailable();
        }

        public ValueTask DisposeAsync() => default;
    }
}
