using System.Numerics;

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

    /// <summary>While timers are restored: for each place among the positions when it was set, as a number of the sequence.</summary>
    private long[] _restored = [];

    public int Count { get; private set; }

    /// <summary>The time of the first timer; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstTime => Count == 0 ? long.MaxValue : _heap[0].Time;

    /// <summary>The key of the first timer, of which there has to be one.</summary>
    public TKey FirstKey => _heap[0].Key;

    /// <summary>The timers as a table that the epoch log has too.</summary>
    public DurableTable Durable(string name, StateSerializer<TKey> keys) => new DurableStateTable<(long Time, TKey Key), int>(
        name,
        _positions,
        new TwoSerializer<long, TKey>(new RawSerializer<long>(), keys),
        new Sequences(this),
        static keys =>
        {
            var owner = (KeyOwnership<TKey>)keys;
            return timer => owner.Owns(timer.Key);
        });

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

    /// <summary>Orders what has been restored. Timers of different lanes had no order among each other.</summary>
    private void Order()
    {
        Count = 0;
        _heap = new Timer[Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)_positions.Count))];
        for (int place = 0; place < _positions.Places; place++)
        {
            if (_positions.IsAt(place))
            {
                (long time, TKey key) = _positions.KeyAt(place);
                _heap[Count++] = new Timer(time, _restored[place], key);
                _sequence = Math.Max(_sequence, _restored[place] + 1);
            }
        }

        // What is sorted is a heap.
        _heap.AsSpan(0, Count).Sort(static (a, b) => a.IsBefore(b) ? -1 : b.IsBefore(a) ? 1 : 0);
        for (int position = 0; position < Count; position++)
        {
            _positions.TryGet((_heap[position].Time, _heap[position].Key)) = position;
        }

        _restored = [];
    }

    /// <summary>When a timer was set, as a number that says just which of two was first.</summary>
    private sealed class Sequences(TimerQueue<TKey> queue) : EntryValues
    {
        public override string Format => "sequence";

        public override void Write(StateWriter writer, int place) => writer.Write(queue._heap[queue._positions.StateAt(place)].Sequence);

        public override void Read(ref StateReader reader, int place)
        {
            if (place >= queue._restored.Length)
            {
                Array.Resize(ref queue._restored, Math.Max(16, place * 2));
            }

            queue._restored[place] = reader.Read<long>();
        }

        public override void OnRestored() => queue.Order();
    }

    private readonly record struct Timer(long Time, long Sequence, TKey Key)
    {
        public bool IsBefore(in Timer other) => Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}
