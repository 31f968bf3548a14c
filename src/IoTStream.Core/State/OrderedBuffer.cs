using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// Records that wait for event time to pass them, to be taken in the order of their timestamps and, where these are equal, of their arrival.
/// Those that arrive in order cost nothing more than a queue; only stragglers are sorted in.
/// </summary>
internal sealed class OrderedBuffer<T>
{
    private readonly Queue<Waiting> _inOrder = new();
    private readonly PriorityQueue<Waiting, (long Timestamp, long Arrival)> _stragglers = new();
    private long _latest = long.MinValue;
    private long _arrivals;

    public int Count => _inOrder.Count + _stragglers.Count;

    /// <summary>The timestamp of the first record; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstTimestamp => Math.Min(
        _inOrder.TryPeek(out Waiting first) ? first.Context.TimestampTicks : long.MaxValue,
        _stragglers.TryPeek(out _, out (long Timestamp, long Arrival) straggler) ? straggler.Timestamp : long.MaxValue);

    public void Add(in T value, RecordContext context)
    {
        var waiting = new Waiting(value, context, _arrivals++);
        if (context.TimestampTicks >= _latest)
        {
            _latest = context.TimestampTicks;
            _inOrder.Enqueue(waiting);
        }
        else
        {
            _stragglers.Enqueue(waiting, (context.TimestampTicks, waiting.Arrival));
        }
    }

    /// <summary>Takes the first record if its timestamp is no later than a watermark.</summary>
    public bool TryTake(long watermark, out T value, out RecordContext context)
    {
        if (FirstTimestamp > watermark || Count == 0)
        {
            value = default!;
            context = default;
            return false;
        }

        Waiting first = IsStragglerFirst() ? _stragglers.Dequeue() : _inOrder.Dequeue();
        if (_inOrder.Count == 0)
        {
            // What comes next has nothing before it in the queue that it could be behind.
            _latest = long.MinValue;
        }

        value = first.Value;
        context = first.Context;
        return true;
    }

    private bool IsStragglerFirst()
    {
        if (!_stragglers.TryPeek(out _, out (long Timestamp, long Arrival) straggler))
        {
            return false;
        }

        return !_inOrder.TryPeek(out Waiting first)
            || straggler.CompareTo((first.Context.TimestampTicks, first.Arrival)) < 0;
    }

    private readonly record struct Waiting(T Value, RecordContext Context, long Arrival);
}
