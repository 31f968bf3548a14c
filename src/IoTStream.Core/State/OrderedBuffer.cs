using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// Records that wait for event time to pass them, to be taken in the order of their timestamps and, where these are equal, of their arrival.
/// Those that arrive in order cost nothing more than being copied; only stragglers are sorted in.
/// </summary>
internal sealed class OrderedBuffer<T>
{
    private readonly RecordBuffer<T> _inOrder = new();
    private readonly PriorityQueue<(T Value, RecordContext Context), (long Timestamp, long Arrival)> _stragglers = new();
    private readonly RecordBuffer<T> _straggler = new(1);
    private long _latest = long.MinValue;
    private long _arrivals;

    /// <summary>How many of the records in order have been taken.</summary>
    private int _taken;

    /// <summary>How many records in order were there before those that are in memory.</summary>
    private long _forgotten;

    public int Count => _inOrder.Count - _taken + _stragglers.Count;

    /// <summary>The timestamp of the first record; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstTimestamp => Math.Min(FirstInOrder, FirstStraggler);

    /// <summary>The number of the first record in order that is still here. They are counted as they come.</summary>
    public long FirstNumber => _forgotten + _taken;

    /// <summary>The number of the record in order that comes next.</summary>
    public long NextNumber => _forgotten + _inOrder.Count;

    /// <summary>The number of the straggler that comes next; they have numbers of their own.</summary>
    public long NextStraggler => _arrivals;

    /// <summary>The stragglers that have been taken, for somebody who clears them regularly; null if they are not noted.</summary>
    public List<long>? RemovedStragglers { get; private set; }

    private long FirstInOrder => _taken < _inOrder.Count ? _inOrder.AsBatch().Timestamps[_taken] : long.MaxValue;

    private long FirstStraggler => _stragglers.TryPeek(out _, out (long Timestamp, long Arrival) first) ? first.Timestamp : long.MaxValue;

    /// <summary>Notes stragglers that are taken from now on.</summary>
    public void NoteRemoved() => RemovedStragglers ??= [];

    /// <summary>A record in order that is still here.</summary>
    public (T Value, RecordContext Context) At(long number)
    {
        int index = (int)(number - _forgotten);
        return (_inOrder.AsBatch().Values[index], _inOrder.Context(index));
    }

    /// <summary>The stragglers from a number on, in no particular order.</summary>
    public IEnumerable<(long Number, T Value, RecordContext Context)> StragglersFrom(long number)
    {
        foreach (((T value, RecordContext context), (_, long arrival)) in _stragglers.UnorderedItems)
        {
            if (arrival >= number)
            {
                yield return (arrival, value, context);
            }
        }
    }

    public void Add(in T value, RecordContext context)
    {
        long timestamp = context.TimestampTicks;
        if (timestamp >= _latest)
        {
            _latest = timestamp;
            _inOrder.Add(timestamp, in value, context.Origin);
        }
        else
        {
            _stragglers.Enqueue((value, context), (timestamp, _arrivals++));
        }
    }

    public void Add(scoped in Batch<T> batch)
    {
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int start = 0;
        while (start < timestamps.Length)
        {
            long latest = _latest;
            int end = start;
            while (end < timestamps.Length && timestamps[end] >= latest)
            {
                latest = timestamps[end++];
            }

            _latest = latest;
            _inOrder.Add(batch.Slice(start, end - start));
            for (; end < timestamps.Length && timestamps[end] < latest; end++)
            {
                Add(in batch.Values[end], batch.Context(end));
            }

            start = end;
        }
    }

    /// <summary>
    /// Shows as many of the first records as lie together, if their timestamps are no later than a watermark; they stay until
    /// <see cref="Take"/>. Valid until the buffer changes.
    /// </summary>
    /// <returns>The records, in order; none if the watermark has passed none that is still here.</returns>
    public Batch<T> First(long watermark)
    {
        _straggler.Clear();

        // A straggler came after the records in order that have its timestamp: it was behind a later one, so they were here already.
        long straggler = FirstStraggler;
        int count = CountInOrder(Math.Min(watermark, straggler));
        if (count > 0 || straggler > watermark || _stragglers.Count == 0)
        {
            return _inOrder.AsBatch(_taken, count);
        }

        (T value, RecordContext context) = _stragglers.Peek();
        _straggler.Add(context.TimestampTicks, in value, context.Origin);
        return _straggler.AsBatch();
    }

    /// <summary>Takes records that <see cref="First"/> has just shown.</summary>
    public void Take(int count)
    {
        if (_straggler.Count > 0 && count > 0)
        {
            _straggler.Clear();
            _stragglers.TryDequeue(out _, out (long Timestamp, long Arrival) taken);
            RemovedStragglers?.Add(taken.Arrival);
            return;
        }

        _taken += count;
        if (_taken == _inOrder.Count)
        {
            // What comes next has nothing before it that it could be behind: stragglers were before the latest in order.
            _latest = long.MinValue;
        }

        if (_taken >= _inOrder.Count - _taken)
        {
            _inOrder.RemoveFirst(_taken);
            _forgotten += _taken;
            _taken = 0;
        }
    }

    /// <summary>Takes the first record if its timestamp is no later than a watermark.</summary>
    public bool TryTake(long watermark, out T value, out RecordContext context)
    {
        Batch<T> first = First(watermark);
        if (first.Count == 0)
        {
            value = default!;
            context = default;
            return false;
        }

        value = first.Values[0];
        context = first.Context(0);
        Take(1);
        return true;
    }

    /// <summary>How many records in order there are up to a time.</summary>
    private int CountInOrder(long last)
    {
        ReadOnlySpan<long> timestamps = _inOrder.AsBatch().Timestamps[_taken..];
        if (timestamps.Length == 0 || timestamps[^1] <= last)
        {
            return timestamps.Length;
        }

        int low = 0;
        int high = timestamps.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (timestamps[middle] <= last)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
