namespace IoTStream.State;

/// <summary>
/// Timers of keys, ordered by their time and, at the same time, by when they were set. A key has at most one timer for a time and can
/// have any number for different times.
/// </summary>
internal sealed class TimerQueue<TKey>
    where TKey : notnull
{
    private const int Arity = 4;

    private readonly StateTable<(long Time, TKey Key), int> _positions = new();
    private Timer[] _heap = new Timer[16];
    private long _sequence;

    public int Count { get; private set; }

    /// <summary>The time of the first timer; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstTime => Count == 0 ? long.MaxValue : _heap[0].Time;

    /// <summary>The key of the first timer, of which there has to be one.</summary>
    public TKey FirstKey => _heap[0].Key;

    /// <summary>Sets a timer.</summary>
    /// <returns>Whether there was none for that key and time.</returns>
    public bool Add(long time, TKey key)
    {
        ref int position = ref _positions.GetOrAdd((time, key), out bool isNew);
        if (!isNew)
        {
            return false;
        }

        position = Count;
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        Count++;
        Rise(Count - 1, new Timer(time, _sequence++, key));
        return true;
    }

    /// <summary>Takes a timer back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(long time, TKey key)
    {
        int place = _positions.PlaceOf((time, key));
        if (place < 0)
        {
            return false;
        }

        RemoveAt(_positions.StateAt(place));
        return true;
    }

    public void RemoveFirst() => RemoveAt(0);

    public void Clear()
    {
        _positions.Clear();
        Array.Clear(_heap, 0, Count);
        Count = 0;
    }

    private void RemoveAt(int position)
    {
        Timer removed = _heap[position];
        _positions.Remove((removed.Time, removed.Key));
        Count--;
        Timer last = _heap[Count];
        _heap[Count] = default;
        if (position == Count)
        {
            return;
        }

        if (position > 0 && last.IsBefore(_heap[(position - 1) / Arity]))
        {
            Rise(position, last);
        }
        else
        {
            Sink(position, last);
        }
    }

    private void Rise(int position, Timer timer)
    {
        while (position > 0)
        {
            int parent = (position - 1) / Arity;
            if (!timer.IsBefore(_heap[parent]))
            {
                break;
            }

            Put(position, _heap[parent]);
            position = parent;
        }

        Put(position, timer);
    }

    private void Sink(int position, Timer timer)
    {
        while (true)
        {
            int first = (position * Arity) + 1;
            if (first >= Count)
            {
                break;
            }

            int least = first;
            for (int child = first + 1; child < Math.Min(first + Arity, Count); child++)
            {
                if (_heap[child].IsBefore(_heap[least]))
                {
                    least = child;
                }
            }

            if (!_heap[least].IsBefore(timer))
            {
                break;
            }

            Put(position, _heap[least]);
            position = least;
        }

        Put(position, timer);
    }

    private void Put(int position, Timer timer)
    {
        _heap[position] = timer;
        _positions.TryGet((timer.Time, timer.Key)) = position;
    }

    private readonly record struct Timer(long Time, long Sequence, TKey Key)
    {
        public bool IsBefore(in Timer other) => Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}
