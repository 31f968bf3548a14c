using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace IoTStream.State;

/// <summary>
/// The state of keys that come and go: an open-addressing hash table whose entries keep their place as long as they live, so that a place can
/// be remembered instead of a key. Places of removed entries are used again. Walked in the order of the places, which depends on
/// nothing but the calls made.
/// </summary>
internal sealed class StateTable<TKey, TState>
    where TKey : notnull
{
    private const int InitialEntries = 16;
    private const int Free = -1;

    // Slots hold the entry's place plus one; zero is an empty slot.
    private int[] _slots = new int[InitialEntries * 2];
    private Entry[] _entries = new Entry[InitialEntries];
    private int _shift = 64 - BitOperations.Log2(InitialEntries * 2);
    private int _used;
    private int _firstFree = Free;

    // A byte a place, not a bit, so that marking one is a store; it is not worth a branch to leave it out.
    private byte[] _changed = new byte[InitialEntries];
    private List<TKey>? _removed;

    /// <summary>How many keys there are.</summary>
    public int Count { get; private set; }

    /// <summary>One more than the greatest place in use: places below it may be empty, see <see cref="IsAt"/>.</summary>
    public int Places => _used;

    /// <summary>The state of a key; a fresh one if the key is new, which the caller has to initialise. Valid until the next key is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TState GetOrAdd(TKey key, out bool isNew)
    {
        int place = GetOrAddPlace(key, out isNew);
        MarkChanged(place);
        return ref _entries[place].State;
    }

    /// <summary>
    /// As <see cref="GetOrAdd"/>, but gives the place, which is valid until the key is removed. Who changes the state of a key that is not new
    /// says so with <see cref="MarkChanged"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int GetOrAddPlace(TKey key, out bool isNew)
    {
        int place = Find(key, out uint slot);
        isNew = place < 0;
        return isNew ? Add(key, slot) : place;
    }

    /// <summary>The state of a key, or a null reference. Who changes it says so with <see cref="MarkChanged"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TState TryGet(TKey key)
    {
        int place = Find(key, out _);
        return ref (place < 0 ? ref Unsafe.NullRef<TState>() : ref _entries[place].State);
    }

    /// <summary>The place of a key, or a negative number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PlaceOf(TKey key) => Find(key, out _);

    /// <summary>Has the memory in which a key is looked up brought near, for somebody who will look it up soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(TKey key)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), SlotOf(key))));
        }
    }

    /// <summary>Makes space for so many entries, so that the table does not grow step by step.</summary>
    public void Reserve(int entries)
    {
        if (entries > _entries.Length)
        {
            Grow((int)BitOperations.RoundUpToPowerOf2((uint)entries));
        }
    }

    /// <summary>Whether an entry is at a place below <see cref="Places"/>.</summary>
    public bool IsAt(int place) => _entries[place].NextFree == 0;

    /// <summary>The state at a place that is in use. Who changes it says so with <see cref="MarkChanged"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TState StateAt(int place) => ref _entries[place].State;

    /// <summary>The key at a place that is in use.</summary>
    public TKey KeyAt(int place) => _entries[place].Key;

    /// <summary>The keys that were removed since <see cref="ForgetChanges"/>, some of which may be there again; null if they are not noted.</summary>
    public IReadOnlyList<TKey>? Removed => _removed;

    /// <summary>For each place below <see cref="Places"/> whether the entry has been added or changed since <see cref="ForgetChanges"/>, as zero or one.</summary>
    public Span<byte> Changed => _changed.AsSpan(0, _used);

    /// <summary>Notes removed keys from now on, for somebody who asks for them regularly and calls <see cref="ForgetChanges"/>.</summary>
    public void NoteRemoved() => _removed ??= [];

    /// <summary>The state at a place is not what it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MarkChanged(int place) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_changed), place) = 1;

    /// <summary>What there is now is what there was.</summary>
    public void ForgetChanges()
    {
        Changed.Clear();
        _removed?.Clear();
    }

    public bool Remove(TKey key)
    {
        int place = Find(key, out _);
        if (place < 0)
        {
            return false;
        }

        RemoveAt(place);
        return true;
    }

    public void RemoveAt(int place)
    {
        ref Entry entry = ref _entries[place];
        _removed?.Add(entry.Key);
        CloseGap(SlotOfPlace(place, entry.Key));
        entry = default;
        entry.NextFree = _firstFree == Free ? int.MaxValue : _firstFree + 1;
        _firstFree = place;
        Count--;
    }

    /// <summary>Empties the table and keeps its memory.</summary>
    public void Clear()
    {
        for (int place = 0; _removed is not null && place < _used; place++)
        {
            if (IsAt(place))
            {
                _removed.Add(_entries[place].Key);
            }
        }

        Changed.Clear();
        Array.Clear(_slots);
        Array.Clear(_entries, 0, _used);
        _used = 0;
        _firstFree = Free;
        Count = 0;
    }

    /// <summary>Multiplicative hashing takes the high bits, which depend on all bits of the key's hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint SlotOf(TKey key) => (uint)(((uint)key.GetHashCode() * 0x9E3779B97F4A7C15UL) >> _shift);

    /// <summary>The place of a key, or a negative number and the slot where it would go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(TKey key, out uint slot)
    {
        int[] slots = _slots;
        Entry[] entries = _entries;
        slot = SlotOf(key);
        while (true)
        {
            int place = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), slot) - 1;
            if (place < 0 || EqualityComparer<TKey>.Default.Equals(
                Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), place).Key, key))
            {
                return place;
            }

            slot = (slot + 1) & (uint)(slots.Length - 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Add(TKey key, uint slot)
    {
        if (Count == _entries.Length)
        {
            Grow(Count * 2);
            Find(key, out slot);
        }

        int place = _firstFree;
        if (place == Free)
        {
            place = _used++;
        }
        else
        {
            int next = _entries[place].NextFree;
            _firstFree = next == int.MaxValue ? Free : next - 1;
        }

        ref Entry entry = ref _entries[place];
        entry.Key = key;
        entry.State = default!;
        entry.NextFree = 0;
        _slots[slot] = place + 1;
        MarkChanged(place);
        Count++;
        return place;
    }

    private void Grow(int entries)
    {
        Array.Resize(ref _entries, entries);
        Array.Resize(ref _changed, entries);
        _slots = new int[entries * 2];
        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
        for (int place = 0; place < _used; place++)
        {
            if (!IsAt(place))
            {
                continue;
            }

            uint slot = SlotOf(_entries[place].Key);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (uint)(_slots.Length - 1);
            }

            _slots[slot] = place + 1;
        }
    }

    private uint SlotOfPlace(int place, TKey key)
    {
        uint slot = SlotOf(key);
        while (_slots[slot] != place + 1)
        {
            slot = (slot + 1) & (uint)(_slots.Length - 1);
        }

        return slot;
    }

    /// <summary>Empties a slot, and moves up those after it that were led past it.</summary>
    private void CloseGap(uint gap)
    {
        uint mask = (uint)(_slots.Length - 1);
        uint slot = gap;
        while (true)
        {
            slot = (slot + 1) & mask;
            int place = _slots[slot] - 1;
            if (place < 0)
            {
                _slots[gap] = 0;
                return;
            }

            uint home = SlotOf(_entries[place].Key);
            if (((slot - home) & mask) >= ((slot - gap) & mask))
            {
                _slots[gap] = place + 1;
                gap = slot;
            }
        }
    }

    private struct Entry
    {
        public TKey Key;
        public TState State;

        /// <summary>Zero while the entry is in use, else the next empty place plus one, the greatest number if there is none.</summary>
        public int NextFree;
    }
}
