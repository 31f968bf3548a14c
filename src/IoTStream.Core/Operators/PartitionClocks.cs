using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>The clocks of the partitions that meet in one operator, and the watermark that follows from them: the least of those not idle.</summary>
internal sealed class PartitionClocks
{
    private readonly List<PartitionClock> _clocks = [];
    private readonly Dictionary<SourcePartition, PartitionClock> _byPartition = new(ReferenceEqualityComparer.Instance);

    /// <summary>How far partitions had got in an earlier life that have not been opened in this one.</summary>
    private readonly Dictionary<(string Source, string Partition), long> _before = [];
    private PartitionClock? _last;

    public IReadOnlyList<PartitionClock> All => _clocks;

    /// <summary>Whether there are partitions and every one of them is idle.</summary>
    public bool AllIdle => _clocks.Count > 0 && _clocks.TrueForAll(clock => clock.IsIdle);

    /// <summary>The watermark that the partition which is furthest allows, idle or not.</summary>
    public long Furthest
    {
        get
        {
            long furthest = Watermark.None;
            foreach (PartitionClock clock in _clocks)
            {
                furthest = Math.Max(furthest, clock.Watermark);
            }

            return furthest;
        }
    }

    public PartitionClock Of(SourcePartition partition, long now)
    {
        if (_last is not null && ReferenceEquals(_last.Partition, partition))
        {
            return _last;
        }

        if (_byPartition.TryGetValue(partition, out PartitionClock? known))
        {
            return _last = known;
        }

        _last = new PartitionClock(partition) { LastActivity = now };
        if (_before.Remove((partition.Source, partition.Name), out long watermark))
        {
            _last.Watermark = watermark;
        }

        _clocks.Add(_last);
        _byPartition.Add(partition, _last);
        return _last;
    }

    /// <summary>After a restart: if a partition of this name is opened, it goes on from where it was.</summary>
    public void Remember(string source, string partition, long watermark) => _before[(source, partition)] = watermark;

    public void Remove(SourcePartition partition)
    {
        if (_byPartition.Remove(partition, out PartitionClock? clock))
        {
            _clocks.Remove(clock);
        }

        _last = null;
    }

    /// <summary>The least watermark of the active partitions other than one; the end of time if there is no other.</summary>
    public long LeastOfOthers(PartitionClock? except)
    {
        long least = Watermark.End;
        foreach (PartitionClock clock in _clocks)
        {
            if (!clock.IsIdle && !ReferenceEquals(clock, except))
            {
                least = Math.Min(least, clock.Watermark);
            }
        }

        return least;
    }

    /// <summary>
    /// The watermark now. If all partitions are idle there is nothing to wait for: then it is what the furthest of them allows, so that
    /// silence does not hold back what had already arrived. Without partitions nothing is known.
    /// </summary>
    public long Current
    {
        get
        {
            if (_clocks.Count == 0)
            {
                return Watermark.None;
            }

            return AllIdle ? Furthest : LeastOfOthers(except: null);
        }
    }
}
