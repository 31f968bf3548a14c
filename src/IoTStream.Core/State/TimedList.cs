using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>
/// Values in the order of their timestamps and, where these are equal, of their arrival. Stragglers close to the end are put into their
/// place at once, others are sorted in when the order is needed.
/// </summary>
internal sealed class TimedList<T>
{
    private const int InitialCapacity = 8;

    /// <summary>How far a straggler is moved; further away sorting once is cheaper than moving each.</summary>
    private const int NearTheEnd = 64;

    private long[] _times = new long[InitialCapacity];
    private T[] _values = new T[InitialCapacity];
    private int _start;
    private bool _isSorted = true;

    public int Count { get; private set; }

    public ReadOnlySpan<long> Times
    {
        get
        {
            Sort();
            return _times.AsSpan(_start, Count);
        }
    }

    public ReadOnlySpan<T> Values
    {
        get
        {
            Sort();
            return _values.AsSpan(_start, Count);
        }
    }

    public void Add(long time, T value)
    {
        MakeSpace(1);
        int end = _start + Count;
        int place = end;
        if (_isSorted)
        {
            int limit = Math.Max(_start, end - NearTheEnd);
            while (place > limit && _times[place - 1] > time)
            {
                place--;
            }

            if (place > _start && _times[place - 1] > time)
            {
                _isSorted = false;
                place = end;
            }
            else if (place < end)
            {
                Array.Copy(_times, place, _times, place + 1, end - place);
                Array.Copy(_values, place, _values, place + 1, end - place);
            }
        }

        _times[place] = time;
        _values[place] = value;
        Count++;
    }

    /// <summary>Takes the values of another list. Of equal timestamps those that are here already count as the earlier ones.</summary>
    public void Merge(TimedList<T> other)
    {
        if (other.Count == 0)
        {
            return;
        }

        ReadOnlySpan<long> times = other.Times;
        MakeSpace(times.Length);
        int end = _start + Count;
        _isSorted &= Count == 0 || _times[end - 1] <= times[0];
        times.CopyTo(_times.AsSpan(end));
        other.Values.CopyTo(_values.AsSpan(end));
        Count += times.Length;
    }

    /// <summary>Takes out the values of another list, all of which are here. Mostly they are the oldest ones, which leave at once.</summary>
    public void Subtract(TimedList<T> other)
    {
        if (other.Count == 0)
        {
            return;
        }

        ReadOnlySpan<long> times = Times;
        ReadOnlySpan<long> leaving = other.Times;
        if (times[leaving.Length - 1] == leaving[^1] && (leaving.Length == Count || times[leaving.Length] > leaving[^1]))
        {
            Clear(_start, leaving.Length);
            _start += leaving.Length;
            Count -= leaving.Length;
        }
        else
        {
            SubtractOneByOne(leaving, other.Values);
        }
    }

    public void Write(StateWriter writer, StateSerializer<T> value)
    {
        ReadOnlySpan<long> times = Times;
        writer.WriteCount(times.Length);
        writer.WriteExactly(MemoryMarshal.AsBytes(times));
        foreach (T kept in Values)
        {
            value.Write(writer, kept);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static TimedList<T> Read(ref StateReader reader, StateSerializer<T> value)
    {
        int count = reader.ReadCount(sizeof(long));
        var list = new TimedList<T>();
        list.MakeSpace(count);
        MemoryMarshal.Cast<byte, long>(reader.ReadExactly(count * sizeof(long))).CopyTo(list._times);
        for (int i = 0; i < count; i++)
        {
            list._values[i] = value.Read(ref reader);
        }

        list.Count = count;
        return list;
    }

    private void SubtractOneByOne(ReadOnlySpan<long> times, ReadOnlySpan<T> values)
    {
        int kept = _start;
        int left = 0;
        int end = _start + Count;
        for (int i = _start; i < end; i++)
        {
            if (left < times.Length && _times[i] == times[left] && EqualityComparer<T>.Default.Equals(_values[i], values[left]))
            {
                left++;
                continue;
            }

            _times[kept] = _times[i];
            _values[kept] = _values[i];
            kept++;
        }

        Clear(kept, end - kept);
        Count = kept - _start;
    }

    private void Clear(int start, int count)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Array.Clear(_values, start, count);
        }
    }

    private void MakeSpace(int count)
    {
        int needed = Count + count;
        if (_start + needed <= _times.Length)
        {
            return;
        }

        long[] times = _times;
        T[] values = _values;

        // A window that slides goes round in arrays twice as long as it ever was: values are moved back to the start now and then.
        bool grows = needed > _times.Length / 4 * 3;
        if (grows)
        {
            int capacity = (int)Math.Min(needed * 2L, Array.MaxLength);
            _times = new long[capacity];
            _values = new T[capacity];
        }

        Array.Copy(times, _start, _times, 0, Count);
        Array.Copy(values, _start, _values, 0, Count);
        if (!grows)
        {
            Clear(Math.Max(_start, Count), Math.Min(_start, Count));
        }

        _start = 0;
    }

    private void Sort()
    {
        if (_isSorted)
        {
            return;
        }

        Place[] places = ArrayPool<Place>.Shared.Rent(Count);
        for (int i = 0; i < Count; i++)
        {
            places[i] = new Place(_times[_start + i], i);
        }

        places.AsSpan(0, Count).Sort(_values.AsSpan(_start, Count), Place.Compare);
        for (int i = 0; i < Count; i++)
        {
            _times[_start + i] = places[i].Time;
        }

        ArrayPool<Place>.Shared.Return(places);
        _isSorted = true;
    }

    /// <summary>Sorting by the index among equal timestamps keeps them in the order of their arrival.</summary>
    private readonly record struct Place(long Time, int Index)
    {
        public static readonly Comparison<Place> Compare =
            static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Index.CompareTo(b.Index);
    }
}
