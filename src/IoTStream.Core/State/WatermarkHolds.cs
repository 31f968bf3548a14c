namespace IoTStream.State;

/// <summary>The timestamps of results that are still to come, for which a watermark waits. Many can be the same, as windows of different keys are.</summary>
internal sealed class WatermarkHolds
{
    private readonly StateTable<long, int> _counts = new();
    private readonly PriorityQueue<long, long> _timestamps = new();

    /// <summary>The earliest timestamp; <see cref="long.MaxValue"/> if there is none.</summary>
    public long First
    {
        get
        {
            while (_timestamps.TryPeek(out long first, out _))
            {
                if (_counts.TryGet(first) > 0)
                {
                    return first;
                }

                _timestamps.Dequeue();
                _counts.Remove(first);
            }

            return long.MaxValue;
        }
    }

    public void Add(long timestamp)
    {
        ref int count = ref _counts.GetOrAdd(timestamp, out bool isNew);
        count++;
        if (isNew)
        {
            _timestamps.Enqueue(timestamp, timestamp);
        }
    }

    /// <summary>Takes back one that was added.</summary>
    public void Remove(long timestamp) => _counts.TryGet(timestamp)--;
}
