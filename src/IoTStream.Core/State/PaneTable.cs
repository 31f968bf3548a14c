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

    private int[] _slots;
    private Entry[] _entries;
    private int _shift;

    // A byte an entry, as in StateTable.
    private byte[] _changed;

    /// <param name="expected">How many keys there will be, for all that is known; there can be more.</param>
    public PaneTable(int expected = 0) => Allocate(Math.Max(InitialEntries, expected + (expected / 8)));

    public int Count { get; private set; }

    public Span<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>
    /// For each entry whether it has been added, or handed out by <see cref="GetOrAdd"/>, since <see cref="ForgetChanges"/>, as zero or one.
    /// </summary>
    public Span<byte> Changed => _changed.AsSpan(0, Count);

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
        Allocate(Count * 2);
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
