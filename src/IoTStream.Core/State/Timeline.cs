using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>
/// What is kept of one key in the order of its timestamps and, where these are equal, of its arrival. It lies in one piece of memory, so that a
/// stretch of it is found by bisection and walked without gaps; it is dropped from the front. What arrives in order costs nothing more
/// than the end of a list.
/// </summary>
internal struct Timeline<T>
{
    private const int Near = 8;

    private Entry[]? _entries;

    /// <summary>How long the memory is: known here, so that it is not looked for where the entries are, which may be far away.</summary>
    private int _capacity;
    private int _end;

    /// <summary>The index of the first entry. Indexes stay the same until something is added.</summary>
    public int Start { get; private set; }

    /// <summary>One more than the index of the last entry.</summary>
    public readonly int End => _end;

    public readonly int Count => _end - Start;

    /// <summary>The entry at an index from <see cref="Start"/> to before <see cref="End"/>: that is not checked.</summary>
    public readonly ref Entry this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            // Asked in a register: else the runtime touches the head of the array to find out, which is seldom where the entry is.
            Entry[]? entries = _entries;
            if (entries is null)
            {
                ThrowEmpty();
            }

            return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), index);
        }
    }

    /// <summary>Whether more memory has to be found for the next one: time to drop what is not needed any more.</summary>
    public readonly bool IsFull => _end == _capacity && _entries is not null;

    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isMatched">Whether a partner has been found for it.</param>
    /// <param name="pool">Where memory comes from.</param>
    /// <param name="isLatest">Whether the caller knows that nothing later is kept: else that is looked for where the entries are, which may be far away.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long timestamp, in T value, bool isMatched, TimelinePool<T> pool, bool isLatest = false)
    {
        int end = _end;
        if (end == _capacity || (!isLatest && end > Start && this[end - 1].Timestamp > timestamp))
        {
            Insert(timestamp, in value, isMatched, pool);
            return;
        }

        ref Entry entry = ref this[end];
        entry.Timestamp = timestamp;
        entry.Value = value;
        entry.IsMatched = isMatched;
        _end = end + 1;
    }

    /// <summary>The index of the first entry that is no earlier than a timestamp. Mostly it is one of the first, which a short walk finds sooner than bisection.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int IndexFrom(long timestamp)
    {
        int near = Math.Min(_end, Start + Near);
        int index = Start;
        while (index < near && this[index].Timestamp < timestamp)
        {
            index++;
        }

        return index < near || near == _end ? index : Bisect(near, timestamp);
    }

    /// <summary>The index behind the entries that are no later than a timestamp; what is asked for is mostly not far behind, so it is sought from the end.</summary>
    public readonly int IndexAfter(long timestamp)
    {
        int step = 1;
        int high = _end;
        int low = Math.Max(Start, _end - 1);
        while (low > Start && _entries![low].Timestamp > timestamp)
        {
            high = low;
            step *= 2;
            low = Math.Max(Start, low - step);
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries![middle].Timestamp <= timestamp)
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

    /// <summary>Drops the entries that are no later than a timestamp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DropUntil(long timestamp)
    {
        int first = timestamp == long.MaxValue ? _end : IndexFrom(timestamp + 1);
        if (first > Start)
        {
            DropFirst(first - Start);
        }
    }

    /// <summary>Drops the entries that are no later than a timestamp, in one walk with <see cref="IndexFrom"/>.</summary>
    /// <param name="dead">Entries up to this are dropped.</param>
    /// <param name="timestamp">Greater than that.</param>
    /// <returns>The index of the first entry that is no earlier than <paramref name="timestamp"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DropAndFind(long dead, long timestamp)
    {
        int end = _end;
        int near = Math.Min(end, Start + Near);
        int first = Start;
        int index = first;
        while (index < near)
        {
            long at = this[index].Timestamp;
            if (at >= timestamp)
            {
                break;
            }

            first += at <= dead ? 1 : 0;
            index++;
        }

        if (index == near && near < end)
        {
            DropUntil(dead);
            return IndexFrom(timestamp);
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Array.Clear(_entries!, Start, first - Start);
        }

        // How many there are is not to be foreseen: no branch is made of it.
        bool isEmpty = first == end;
        Start = isEmpty ? 0 : first;
        _end = isEmpty ? 0 : end;
        return isEmpty ? 0 : index;
    }

    public void DropFirst(int count)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Array.Clear(_entries!, Start, count);
        }

        Start += count;
        if (Start == _end)
        {
            Start = 0;
            _end = 0;
        }
    }

    /// <summary>Gives the memory back if nothing is kept.</summary>
    public void Trim(TimelinePool<T> pool)
    {
        if (_entries is not null && Count == 0)
        {
            pool.Return(_entries);
            _entries = null;
            _capacity = 0;
        }
    }

    /// <summary>Writes what is kept, as bytes.</summary>
    public readonly void Write(StateWriter writer, StateSerializer<T> values)
    {
        writer.WriteCount(Count);
        for (int index = Start; index < End; index++)
        {
            ref Entry entry = ref this[index];
            writer.Write(entry.Timestamp);
            writer.Write(entry.IsMatched);
            values.Write(writer, entry.Value);
        }
    }

    /// <summary>Keeps what was written, and nothing else.</summary>
    public void Read(ref StateReader reader, StateSerializer<T> values, TimelinePool<T> pool)
    {
        if (Count > 0)
        {
            DropFirst(Count);
        }

        for (int left = reader.ReadCount(); left > 0; left--)
        {
            long timestamp = reader.Read<long>();
            bool isMatched = reader.Read<bool>();
            Add(timestamp, values.Read(ref reader), isMatched, pool);
        }
    }

    [DoesNotReturn]
    private static void ThrowEmpty() => throw new InvalidOperationException("The timeline has no memory, and no entries.");

    private readonly int Bisect(int low, long timestamp)
    {
        int high = _end;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries![middle].Timestamp < timestamp)
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Insert(long timestamp, in T value, bool isMatched, TimelinePool<T> pool)
    {
        if (_end == _capacity)
        {
            MakeRoom(pool);
        }

        int index = _end;
        if (index > Start && _entries![index - 1].Timestamp > timestamp)
        {
            index = IndexAfter(timestamp);
            Array.Copy(_entries!, index, _entries!, index + 1, _end - index);
        }

        _entries![index] = new Entry { Timestamp = timestamp, Value = value, IsMatched = isMatched };
        _end++;
    }

    private void MakeRoom(TimelinePool<T> pool)
    {
        int count = Count;
        if (_entries is { } entries)
        {
            bool isRoomy = Start >= entries.Length / 2;
            Entry[] target = isRoomy ? entries : pool.Rent(entries.Length * 2);
            Array.Copy(entries, Start, target, 0, count);
            if (!isRoomy)
            {
                pool.Return(entries);
                _entries = target;
            }
            else if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            {
                Array.Clear(entries, count, _end - count);
            }
        }
        else
        {
            _entries = pool.Rent(TimelinePool<T>.Least);
        }

        _capacity = _entries.Length;
        Start = 0;
        _end = count;
    }

    internal struct Entry
    {
        public long Timestamp;
        public T Value;

        /// <summary>Whether a partner has been found for it.</summary>
        public bool IsMatched;
    }
}

/// <summary>Memory for short timelines, used again as keys come and go. What long ones needed is left to the garbage collector.</summary>
internal sealed class TimelinePool<T>
{
    public const int Least = 4;
    private const int Most = 64;

    private readonly Stack<Timeline<T>.Entry[]>[] _free = [new(), new(), new(), new(), new()];

    /// <param name="length">How many entries: a power of two, at least <see cref="Least"/>.</param>
    public Timeline<T>.Entry[] Rent(int length) =>
        length <= Most && FreeOf(length).TryPop(out Timeline<T>.Entry[]? entries) ? entries : new Timeline<T>.Entry[length];

    public void Return(Timeline<T>.Entry[] entries)
    {
        if (entries.Length <= Most)
        {
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            {
                Array.Clear(entries);
            }

            FreeOf(entries.Length).Push(entries);
        }
    }

    private Stack<Timeline<T>.Entry[]> FreeOf(int length) => _free[BitOperations.Log2((uint)(length / Least))];
}
