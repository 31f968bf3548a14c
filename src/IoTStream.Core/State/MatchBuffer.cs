using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// The partial matches of all keys of a lane. An entry is a record that a partial match has taken; it knows the entry before it, and several
/// partial matches that begin alike share their entries (after Agrawal, Diao, Gyllstrom, Immerman: Efficient pattern matching over event
/// streams, SIGMOD 2008). Each partial match ends in an entry of its own, which stands for it. Places of released entries are used again.
/// </summary>
internal sealed class MatchBuffer<T>
{
    /// <summary>No entry.</summary>
    public const int None = -1;

    private Entry[] _entries = new Entry[16];
    private int _used;
    private int _firstFree = None;

    /// <summary>An entry. Valid until the next one is added.</summary>
    public ref Entry this[int index] => ref _entries[index];

    /// <summary>Adds an entry, as a partial match that can go on if <paramref name="open"/> is not zero.</summary>
    /// <param name="key">The key's matches.</param>
    /// <param name="parent">The entry before, or <see cref="None"/>.</param>
    /// <param name="value">The record.</param>
    /// <param name="context">What is known of the record.</param>
    /// <param name="step">The step of the pattern that took it.</param>
    /// <param name="deadline">The time at which the match has to be complete, if this is its first record.</param>
    /// <param name="open">The transitions by which it can go on.</param>
    public int Add(ref KeyMatches key, int parent, in T value, RecordContext context, int step, long deadline, ulong open)
    {
        int index = TakePlace();
        ref Entry entry = ref _entries[index];
        entry.Value = value;
        entry.Context = context;
        entry.Parent = parent;
        entry.Step = step;
        entry.Number = key.Records;
        entry.Children = 0;
        entry.Open = open;
        entry.Next = None;
        entry.IsReported = false;
        if (parent == None)
        {
            entry.Count = 1;
            entry.Start = key.Records;
            entry.Deadline = deadline;
        }
        else
        {
            ref Entry before = ref _entries[parent];
            before.Children++;
            entry.Count = before.Step == step ? before.Count + 1 : 1;
            entry.Start = before.Start;
            entry.Deadline = before.Deadline;
        }

        key.Entries++;
        if (open != 0)
        {
            Append(ref key, index);
        }

        return index;
    }

    /// <summary>Takes partial matches that cannot go on, or have to be given up, out of a key's list.</summary>
    /// <param name="key">The key's matches.</param>
    /// <param name="from">Those that began with this record of the key or a later one are given up...</param>
    /// <param name="to">...if it was before this one.</param>
    public void Sweep(ref KeyMatches key, long from = 0, long to = 0)
    {
        int previous = None;
        int index = key.First;
        while (index != None)
        {
            ref Entry entry = ref _entries[index];
            int next = entry.Next;
            if (entry.Open != 0 && (entry.Start < from || entry.Start >= to))
            {
                previous = index;
            }
            else
            {
                entry.Open = 0;
                Unlink(ref key, previous, next);
                Release(ref key, index);
            }

            index = next;
        }
    }

    /// <summary>Frees an entry, and those before it, if no match is left that needs them.</summary>
    public void Release(ref KeyMatches key, int index)
    {
        while (index != None)
        {
            ref Entry entry = ref _entries[index];
            if (entry.Children > 0 || entry.Open != 0)
            {
                return;
            }

            int parent = entry.Parent;
            entry = default;
            entry.Next = _firstFree;
            _firstFree = index;
            key.Entries--;
            if (parent != None)
            {
                _entries[parent].Children--;
            }

            index = parent;
        }
    }

    /// <summary>The first record of the last run of records that a step took, up to an entry; <see cref="None"/> if it took none.</summary>
    public int FirstOf(int last, int step)
    {
        int index = LastOf(last, step);
        if (index == None)
        {
            return None;
        }

        int parent = _entries[index].Parent;
        while (parent != None && _entries[parent].Step == step)
        {
            index = parent;
            parent = _entries[index].Parent;
        }

        return index;
    }

    /// <summary>The last record that a step took, up to an entry; <see cref="None"/> if it took none.</summary>
    public int LastOf(int last, int step)
    {
        while (last != None && _entries[last].Step > step)
        {
            last = _entries[last].Parent;
        }

        return last != None && _entries[last].Step == step ? last : None;
    }

    /// <summary>Writes the partial matches of a key: the entries, each behind the one before it, then the list of those that can go on.</summary>
    public void Write(StateWriter writer, in KeyMatches key, StateSerializer<T> values, StateSerializer<RecordContext> contexts)
    {
        var numbers = new Dictionary<int, int>();
        List<int> list = [];
        for (int index = key.First; index != None; index = _entries[index].Next)
        {
            list.Add(index);
        }

        List<int> order = Entries(list, numbers);
        writer.Write(key.Records);
        writer.WriteCount(order.Count);
        foreach (int index in order)
        {
            ref Entry entry = ref _entries[index];
            writer.WriteCount(entry.Parent == None ? 0 : numbers[entry.Parent] + 1);
            writer.WriteCount(entry.Step);
            writer.WriteCount(entry.Count);
            writer.Write(entry.Number);
            writer.Write(entry.Start);
            writer.Write(entry.Deadline);
            writer.Write(entry.Open);
            writer.Write(entry.IsReported);
            contexts.Write(writer, entry.Context);
            values.Write(writer, entry.Value);
        }

        writer.WriteCount(list.Count);
        foreach (int index in list)
        {
            writer.WriteCount(numbers[index]);
        }
    }

    /// <summary>Reads the partial matches of a key that has none.</summary>
    public void Read(ref StateReader reader, ref KeyMatches key, StateSerializer<T> values, StateSerializer<RecordContext> contexts)
    {
        key = new KeyMatches { First = None, Last = None, Records = reader.Read<long>() };
        int[] order = new int[reader.ReadCount()];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = TakePlace();
            int parent = reader.ReadCount() - 1;
            ref Entry entry = ref _entries[order[i]];
            entry = new Entry
            {
                Parent = parent < 0 ? None : order[parent],
                Step = reader.ReadCount(),
                Count = reader.ReadCount(),
                Number = reader.Read<long>(),
                Start = reader.Read<long>(),
                Deadline = reader.Read<long>(),
                Open = reader.Read<ulong>(),
                IsReported = reader.Read<bool>(),
                Context = contexts.Read(ref reader),
                Value = values.Read(ref reader),
                Next = None,
            };
            if (parent >= 0)
            {
                _entries[order[parent]].Children++;
            }
        }

        key.Entries = order.Length;
        for (int left = reader.ReadCount(); left > 0; left--)
        {
            Append(ref key, order[reader.ReadCount()]);
        }
    }

    /// <summary>Frees all entries of a key.</summary>
    public void Free(ref KeyMatches key)
    {
        List<int> list = [];
        for (int index = key.First; index != None; index = _entries[index].Next)
        {
            list.Add(index);
        }

        foreach (int index in Entries(list, []))
        {
            _entries[index] = default;
            _entries[index].Next = _firstFree;
            _firstFree = index;
        }

        key = new KeyMatches { First = None, Last = None };
    }

    /// <summary>Some entries and those before them, the earlier ones of a match first.</summary>
    private List<int> Entries(List<int> last, Dictionary<int, int> numbers)
    {
        List<int> order = [];
        var chain = new Stack<int>();
        foreach (int end in last)
        {
            for (int index = end; index != None && !numbers.ContainsKey(index); index = _entries[index].Parent)
            {
                chain.Push(index);
            }

            while (chain.TryPop(out int index))
            {
                numbers.Add(index, order.Count);
                order.Add(index);
            }
        }

        return order;
    }

    private int TakePlace()
    {
        int index = _firstFree;
        if (index != None)
        {
            _firstFree = _entries[index].Next;
            return index;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _used * 2);
        }

        return _used++;
    }

    private void Append(ref KeyMatches key, int index)
    {
        if (key.Last == None)
        {
            key.First = index;
        }
        else
        {
            _entries[key.Last].Next = index;
        }

        key.Last = index;
    }

    private void Unlink(ref KeyMatches key, int previous, int next)
    {
        if (previous == None)
        {
            key.First = next;
        }
        else
        {
            _entries[previous].Next = next;
        }

        if (next == None)
        {
            key.Last = previous;
        }
    }

    public struct Entry
    {
        public T Value;
        public RecordContext Context;

        /// <summary>Which record of its key it is, counted since the key has been known.</summary>
        public long Number;

        /// <summary>The number of the first record of the match.</summary>
        public long Start;

        /// <summary>The time at which the match has to be complete.</summary>
        public long Deadline;

        /// <summary>The transitions of the step that are still possible, a bit each. None: it is no partial match any more, but others may go on from it.</summary>
        public ulong Open;

        public int Parent;

        /// <summary>How many entries have this one as their parent.</summary>
        public int Children;

        /// <summary>The next partial match of the key, or the next free place.</summary>
        public int Next;

        public int Step;

        /// <summary>How many records the step has taken.</summary>
        public int Count;

        /// <summary>Whether it has been a whole match already, and is only partial beside that.</summary>
        public bool IsReported;
    }
}
