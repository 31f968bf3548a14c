using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>Reads some partitions of a test source for one job.</summary>
internal sealed class TestReader<T>(TestPartition<T>[] partitions, SourceContext context, Action close)
    : ISourceReader<T>, IAcknowledging, IDrainable
{
    private readonly Scheduler? _scheduler = JobClock.SchedulerOf(context.TimeProvider);
    private readonly SourcePartition[] _names =
        [.. partitions.Select(partition => new SourcePartition(context.Step, partition.Index, $"{partition.Index}"))];

    private readonly int[] _read = new int[partitions.Length];
    private readonly long[] _acknowledged = new long[partitions.Length];
    private readonly Queue<(int Partition, long Count)> _unacknowledged = new();
    private long _allAcknowledged;
    private int[]? _limits;
    private int _next;

    public IReadOnlyList<SourcePartition> Partitions => _names;

    public ReadStatus Read(SourceBatch<T> batch)
    {
        int[] available = Available();
        if (available.Length > 0)
        {
            int partition = available[_scheduler?.Pick(available.Length) ?? 0];
            _next = partition + 1;
            batch.Partition = _names[partition];
            int most = End(partition).Count - _read[partition];
            int count = partitions[partition].Read(_read[partition], _scheduler?.Share(most) ?? most, batch);
            _read[partition] += count;
            _unacknowledged.Enqueue((partition, count));
        }

        return Available().Length > 0 ? ReadStatus.More : HasEnded() ? ReadStatus.Ended : ReadStatus.Drained;
    }

    public void BeginDrain() => _limits = [.. partitions.Select(partition => partition.State().Count)];

    public void Acknowledge(long count)
    {
        while (_allAcknowledged < count)
        {
            (int partition, long items) = _unacknowledged.Dequeue();
            _allAcknowledged += items;
            _acknowledged[partition] += items;
            partitions[partition].Acknowledge(_acknowledged[partition]);
        }
    }

    public ValueTask DisposeAsync()
    {
        close();
        return default;
    }

    /// <summary>The partitions that have something, from the one whose turn it is.</summary>
    private int[] Available() =>
    [
        .. Enumerable.Range(0, partitions.Length)
            .Select(offset => (_next + offset) % partitions.Length)
            .Where(partition => _read[partition] < End(partition).Count),
    ];

    private bool HasEnded()
    {
        for (int partition = 0; partition < partitions.Length; partition++)
        {
            if (End(partition) is var (count, ended) && (!ended || _read[partition] < count))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How far a partition can be read, and whether nothing will follow.</summary>
    private (int Count, bool Ended) End(int partition) =>
        _limits is { } limits ? (limits[partition], true) : partitions[partition].State();
}
