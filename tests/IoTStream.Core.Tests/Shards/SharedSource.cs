using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>Partitions in memory, of which a shard reads its share. In a shard nothing ends, in a job of its own all partitions do.</summary>
internal sealed class SharedSource<T>(T[][] partitions) : ISource<T>, IShardSource
{
    public Delivery Delivery => Delivery.ExactlyOnce;

    public string? WhyNotShared() => null;

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        List<ISourceReader<T>> readers = [];
        for (int i = 0; i < partitions.Length; i++)
        {
            if (context.Shard is not { } shard || i % shard.Count == shard.Index)
            {
                int next = context.TryGetPosition($"{i}", out ReadOnlyMemory<byte> position) ? BinaryPrimitives.ReadInt32LittleEndian(position.Span) : 0;
                readers.Add(new Reader(partitions[i], next, new SourcePartition(context.Step, i, $"{i}"), ends: context.Shard is null));
            }
        }

        if (readers.Count == 0)
        {
            readers.Add(new Reader([], 0, new SourcePartition(context.Step, partitions.Length, "none"), ends: true));
        }

        return new(readers);
    }

    private sealed class Reader(T[] records, int next, SourcePartition partition, bool ends) : ISourceReader<T>, IPositioned
    {
        private int _next = next;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<T> batch)
        {
            int count = Math.Min(Math.Min(batch.Free, 7), records.Length - _next);
            records.AsSpan(_next, count).CopyTo(batch.GetSpan());
            batch.Advance(count);
            _next += count;
            return _next < records.Length ? ReadStatus.More : ends ? ReadStatus.Ended : ReadStatus.Drained;
        }

        public void WritePosition(IBufferWriter<byte> position)
        {
            BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), _next);
            position.Advance(sizeof(int));
        }

        public ValueTask DisposeAsync() => default;
    }
}
