namespace IoTStream.Runtime;

/// <summary>
/// A bounded queue of slots from one lane to another, without locks: one producer, one consumer. Slots are exchanged for empty ones and
/// read in place, so records are copied once and nothing is allocated.
/// </summary>
internal sealed class Ring<T>
{
    private readonly Slot<T>[] _slots;
    private readonly Lane _producer;
    private readonly Lane _consumer;
    private RingPositions _positions;

    public Ring(int capacity, Lane producer, Lane consumer)
    {
        _slots = new Slot<T>[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _slots[i] = new Slot<T>();
        }

        _producer = producer;
        _consumer = consumer;
    }

    public int Capacity => _slots.Length;

    /// <summary>How many slots are published and not yet released.</summary>
    public int Fill => (int)(Volatile.Read(ref _positions.Tail) - Volatile.Read(ref _positions.Head));

    /// <summary>Producer: whether a slot can be published.</summary>
    public bool HasFree => Fill < _slots.Length;

    /// <summary>Consumer: whether a slot is there to be read.</summary>
    public bool HasPublished => Fill > 0;

    /// <summary>Consumer: the oldest published slot.</summary>
    public Slot<T> First => _slots[_positions.Head % _slots.Length];

    /// <summary>Producer: hands a slot over.</summary>
    /// <returns>An empty slot in its place.</returns>
    public Slot<T> Publish(Slot<T> slot)
    {
        ref Slot<T> place = ref _slots[_positions.Tail % _slots.Length];
        Slot<T> empty = place;
        place = slot;
        Volatile.Write(ref _positions.Tail, _positions.Tail + 1);
        _consumer.Wake();
        return empty;
    }

    /// <summary>
    /// Consumer: gives the oldest slot back, emptied. A producer that sleeps because the ring is full is woken once half of it is free: one that is woken for each
    /// slot is woken for each batch.
    /// </summary>
    public void Release()
    {
        First.Clear();
        Volatile.Write(ref _positions.Head, _positions.Head + 1);
        if (Fill <= Capacity / 2)
        {
            _producer.Wake();
        }
    }
}
