using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>
/// An open-addressing hash table from key to accumulator that is filled, walked and emptied whole. Entries lie densely in the order
/// of their arrival, so walking them touches no gaps; the slots hold only their numbers.
/// </summary>
internal sealed class PaneTable<TKey, TAccumulator>
    where TKey : notnull
{
    private const int InitialEntries = 16;

    /// <summary>Room for fewer new keys is not worth a loop.</summary>
    private const int LeastRoom = 32;

    private int[] _slots;
    private Entry[] _entries;
    private int _shift;

    // A byte an entry, as in StateTable.
    private byte[] _changed;

    /// <summary>The accumulators from <see cref="Count"/> to this hold what new keys begin with.</summary>
    private int _prepared;
    private TAccumulator _initial = default!;

    /// <param name="expected">How many keys there will be, for all that is known; there can be more.</param>
    public PaneTable(int expected = 0) => Allocate(Math.Max(InitialEntries, expected + (expected / 8)));

    public int Count { get; private set; }

    public Span<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>
    /// For each entry whether it has been added, or handed out by <see cref="GetOrAdd"/>, since <see cref="ForgetChanges"/>, as zero or one.
    /// </summary>
    public Span<byte> Changed => _changed.AsSpan(0, Count);

    /// <summary>
    /// Whether a key can be written over one that it is equal to: nobody sees a difference. Of floating-point numbers, for one, zeros of both signs are equal.
    /// </summary>
    private static bool IsKeyReplaceable =>
        typeof(TKey) == typeof(int) || typeof(TKey) == typeof(long) || typeof(TKey) == typeof(uint) || typeof(TKey) == typeof(ulong)
        || typeof(TKey) == typeof(short) || typeof(TKey) == typeof(ushort) || typeof(TKey) == typeof(byte) || typeof(TKey) == typeof(sbyte)
        || typeof(TKey) == typeof(char) || typeof(TKey).IsEnum;

    /// <summary>The accumulator at a place, which has to be that of a key: it is not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TAccumulator At(int place) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), place).Accumulator;

    /// <summary>The accumulator of a key, which counts as changed; a fresh one if the key is new, which the caller has to initialise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TAccumulator GetOrAdd(TKey key, out bool isNew)
    {
        int[] slots = _slots;
        Entry[] entries = _entries;
        uint slot = SlotOf(key);
        while (true)
        {
            int number = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), slot);
            if (number == 0)
            {
                isNew = true;
                return ref Add(key, slot);
            }

            ref Entry entry = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), number - 1);
            if (EqualityComparer<TKey>.Default.Equals(entry.Key, key))
            {
                Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_changed), number - 1) = 1;
                isNew = false;
                return ref entry.Accumulator;
            }

            slot = (slot + 1) & (uint)(slots.Length - 1);
        }
    }

    /// <summary>The places of keys, which count as changed. New ones are added in their order.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="places">Takes the place of each.</param>
    /// <param name="initial">The accumulator that new keys begin with, each time the same.</param>
    public void GetOrAddPlaces(ReadOnlySpan<TKey> keys, Span<int> places, in TAccumulator initial)
    {
        _initial = initial;
        places = places[..keys.Length];
        while (keys.Length > 0)
        {
            int number = Math.Min(keys.Length, Prepare(keys.Length));
            GetOrAddPrepared(ref Unsafe.Add(ref MemoryMarshal.GetReference(keys), number), ref Unsafe.Add(ref MemoryMarshal.GetReference(places), number), number);
            keys = keys[number..];
            places = places[number..];
        }
    }

    /// <summary>The place of a key among the entries; the last one, with an empty accumulator, if the key is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PlaceOf(TKey key)
    {
        int[] slots = _slots;
        Entry[] entries = _entries;
        uint slot = SlotOf(key);
        while (true)
        {
            int number = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), slot);
            if (number == 0)
            {
                Add(key, slot);
                return Count - 1;
            }

            if (EqualityComparer<TKey>.Default.Equals(Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), number - 1).Key, key))
            {
                return number - 1;
            }

            slot = (slot + 1) & (uint)(slots.Length - 1);
        }
    }

    /// <summary>The place of a key among the entries, or -1.</summary>
    public int FindPlace(TKey key)
    {
        uint slot = SlotOf(key);
        while (true)
        {
            int number = _slots[slot];
            if (number == 0 || EqualityComparer<TKey>.Default.Equals(_entries[number - 1].Key, key))
            {
                return number - 1;
            }

            slot = (slot + 1) & (uint)(_slots.Length - 1);
        }
    }

    /// <summary>The accumulator of a key, or a null reference.</summary>
    public ref TAccumulator TryGet(TKey key)
    {
        int place = FindPlace(key);
        return ref place < 0 ? ref Unsafe.NullRef<TAccumulator>() : ref _entries[place].Accumulator;
    }

    /// <summary>Takes the newest keys out again.</summary>
    /// <param name="count">How many keys remain.</param>
    public void RemoveFrom(int count)
    {
        while (Count > count)
        {
            RemoveLast();
        }
    }

    /// <summary>Takes the newest key out again. It was the last one put in, so no other key was led past its slot.</summary>
    public void RemoveLast()
    {
        uint slot = SlotOf(_entries[Count - 1].Key);
        while (_slots[slot] != Count)
        {
            slot = (slot + 1) & (uint)(_slots.Length - 1);
        }

        _slots[slot] = 0;
        _entries[--Count] = default;
        _prepared = Math.Min(_prepared, Count);
    }

    /// <summary>What there is now is what there was.</summary>
    public void ForgetChanges() => Changed.Clear();

    /// <summary>Empties the table and keeps its memory for the next window.</summary>
    public void Clear()
    {
        if (Count == 0)
        {
            return;
        }

        Array.Clear(_slots);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
        {
            Array.Clear(_entries, 0, Count);
        }

        Count = 0;
        _prepared = 0;
    }

    /// <summary>Sees to it that new keys find room, and an accumulator to begin with.</summary>
    /// <returns>For how many of them it did so; at least one.</returns>
    private int Prepare(int most)
    {
        if (_entries.Length - Count < Math.Min(most, LeastRoom))
        {
            Grow();
        }

        int end = (int)Math.Min(_entries.Length, (long)Count + most);
        for (_prepared = Math.Max(_prepared, Count); _prepared < end; _prepared++)
        {
            _entries[_prepared].Accumulator = _initial;
        }

        return end - Count;
    }

    /// <summary>
    /// Whether a key is new can hardly be foreseen, so no branch depends on it: what has to be done for a new key is done for a known one too, and
    /// changes nothing there.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GetOrAddPrepared(ref TKey keysEnd, ref int placesEnd, int number)
    {
        ref int slots = ref MemoryMarshal.GetArrayDataReference(_slots);
        ref Entry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        ref byte changed = ref MemoryMarshal.GetArrayDataReference(_changed);
        int shift = _shift;
        int count = Count;
        for (nint i = -number; i < 0; i++)
        {
            TKey key = Unsafe.Add(ref keysEnd, i);
            ref int slot = ref Unsafe.Add(ref slots, (uint)(((uint)key.GetHashCode() * 0x9E3779B97F4A7C15UL) >> shift));
            bool isNew = slot == 0;
            int added = Unsafe.BitCast<bool, byte>(isNew);
            int place = slot - 1 + ((count + 1) & -added);
            ref Entry entry = ref Unsafe.Add(ref entries, place);
            if (!isNew & !EqualityComparer<TKey>.Default.Equals(entry.Key, key))
            {
                Unsafe.Add(ref placesEnd, i) = GetOrAddElsewhere(key);
                count = Count;
                continue;
            }

            if (IsKeyReplaceable || isNew)
            {
                entry.Key = key;
            }

            slot = place + 1;
            count += added;
            Count = count;
            Unsafe.Add(ref changed, place) = 1;
            Unsafe.Add(ref placesEnd, i) = place;
        }
    }

    /// <summary>The place of a key whose first slot another key has.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int GetOrAddElsewhere(TKey key)
    {
        int count = Count;
        int place = PlaceOf(key);
        _changed[place] = 1;
        if (place == count)
        {
            _entries[place].Accumulator = _initial;
        }

        return place;
    }

    /// <summary>Multiplicative hashing takes the high bits, which depend on all bits of the key's hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint SlotOf(TKey key) => (uint)(((uint)key.GetHashCode() * 0x9E3779B97F4A7C15UL) >> _shift);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TAccumulator Add(TKey key, uint slot)
    {
        if (Count == _entries.Length)
        {
            Grow();
            slot = FreeSlot(key);
        }

        ref Entry entry = ref _entries[Count];
        entry.Key = key;
        entry.Accumulator = default!;
        _changed[Count] = 1;
        _slots[slot] = ++Count;
        return ref entry.Accumulator;
    }

    private void Grow()
    {
        Entry[] entries = _entries;
        byte[] changed = _changed;
        Allocate(Math.Max(_entries.Length * 2, LeastRoom));
        entries.CopyTo(_entries, 0);
        changed.CopyTo(_changed, 0);
        for (int i = 0; i < Count; i++)
        {
            _slots[FreeSlot(_entries[i].Key)] = i + 1;
        }
    }

    [MemberNotNull(nameof(_slots), nameof(_entries), nameof(_changed))]
    private void Allocate(int entries)
    {
        _entries = new Entry[entries];
        _changed = new byte[entries];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)entries * 2)];
        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
    }

    private uint FreeSlot(TKey key)
    {
        uint slot = SlotOf(key);
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & (uint)(_slots.Length - 1);
        }

        return slot;
    }

    internal struct Entry
    {
        public TKey Key;
        public TAccumulator Accumulator;
    }
}
