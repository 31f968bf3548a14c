using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Partitions of numbers that can be read again from anywhere; how far each may be read is up to the test.</summary>
internal sealed class ReplayableSource(params int[] counts) : ISource<int>
{
    private int _limit = int.MaxValue;
    private Action _notify = static () => { };

    public Delivery Delivery => Delivery.ExactlyOnce;

    /// <summary>How many records of each partition may be read so far; the source does not end before all may.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _limit);
        set
        {
            Volatile.Write(ref _limit, value);
            _notify();
        }
    }

    /// <summary>Called when the source is opened.</summary>
    public Action OnOpen { get; set; } = static () => { };

    /// <summary>Where the readers began.</summary>
    public List<int> Starts { get; } = [];

    public ValueTask<IReadOnlyList<ISourceReader<int>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        OnOpen();
        _notify = context.NotifyAvailable;
        Starts.Clear();
        var readers = new ISourceReader<int>[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            var partition = new SourcePartition(context.Step, i, $"part {i}");
            int start = context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position) ? BinaryPrimitives.ReadInt32LittleEndian(position.Span) : 0;
            Starts.Add(start);
            readers[i] = new Reader(this, partition, counts[i], start);
        }

        return new(readers);
    }

    /// <summary>The number that is at a place of a partition: no other is the same.</summary>
    public static int Number(int partition, int place) => (partition * 1_000_000) + place;

    private sealed class Reader(ReplayableSource owner, SourcePartition partition, int count, int start) : ISourceReader<int>, IPositioned
    {
        private int _next = start;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<int> batch)
        {
            int limit = Math.Min(count, owner.Limit);
            for (; _next < limit && batch.Free > 0; _next++)
            {
                batch.Add(Number(partition.Index, _next));
            }

            return _next == count ? ReadStatus.Ended : _next < limit ? ReadStatus.More : ReadStatus.Drained;
        }

        public void WritePosition(IBufferWriter<byte> position)
        {
            BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), _next);
            position.Advance(sizeof(int));
        }

        public ValueTask DisposeAsync() => default;
    }
}
