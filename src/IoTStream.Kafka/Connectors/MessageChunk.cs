using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Messages of one partition on their way from the polling thread to a lane: keys and values in one buffer, behind one another. Chunks are used again.</summary>
internal sealed class MessageChunk
{
    /// <summary>The most messages.</summary>
    public const int Capacity = 512;

    /// <summary>A chunk with as many bytes is full, too. One with a larger message has that alone.</summary>
    public const int CapacityBytes = 128 * 1024;

    private const int LargestKept = 1024 * 1024;
    private readonly Entry[] _entries = new Entry[Capacity];
    private byte[] _bytes = new byte[16 * 1024];

    /// <summary>The partition of the messages.</summary>
    public ConsumedPartition Partition { get; set; } = null!;

    /// <summary>How many messages there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many bytes their keys and values have.</summary>
    public int Bytes { get; private set; }

    /// <summary>The first message that was not handed out.</summary>
    public int Next { get; set; }

    /// <summary>Whether the partition begins to be read with the chunk.</summary>
    public bool IsBeginning { get; set; }

    /// <summary>Whether the partition ends to be read with it.</summary>
    public bool IsEnd { get; set; }

    public bool IsFull => Count == Capacity || Bytes >= CapacityBytes;

    public ref readonly Entry this[int index] => ref _entries[index];

    /// <summary>Adds a message.</summary>
    public void Add(long offset, long timestamp, Headers? headers, RetainedBytes key, RetainedBytes value)
    {
        int size = key.Length + value.Length;
        if (Bytes + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Bytes + size, 2 * _bytes.Length));
        }

        key.Span.CopyTo(_bytes.AsSpan(Bytes));
        value.Span.CopyTo(_bytes.AsSpan(Bytes + key.Length));
        _entries[Count++] = new Entry(offset, timestamp, headers, Bytes, key.IsNull ? -1 : key.Length, value.IsNull ? -1 : value.Length);
        Bytes += size;
    }

    public ReadOnlyMemory<byte>? KeyOf(in Entry entry) => entry.KeyLength < 0 ? (ReadOnlyMemory<byte>?)null : _bytes.AsMemory(entry.Start, entry.KeyLength);

    public ReadOnlyMemory<byte>? ValueOf(in Entry entry) => entry.ValueLength < 0 ? (ReadOnlyMemory<byte>?)null : _bytes.AsMemory(entry.Start + Math.Max(entry.KeyLength, 0), entry.ValueLength);

    /// <summary>Makes it empty.</summary>
    /// <returns>False if it has become too large to be kept.</returns>
    public bool Clear()
    {
        Array.Clear(_entries, 0, Count);
        Partition = null!;
        Count = 0;
        Bytes = 0;
        Next = 0;
        IsBeginning = false;
        IsEnd = false;
        return _bytes.Length <= LargestKept;
    }

    /// <summary>A message but for its bytes.</summary>
    /// <param name="Offset">Its offset.</param>
    /// <param name="Timestamp">Its timestamp as milliseconds since 1970; negative if it has none.</param>
    /// <param name="Headers">Its headers, if it has any.</param>
    /// <param name="Start">Where its key begins, behind which the value is.</param>
    /// <param name="KeyLength">How long the key is; negative if there is none.</param>
    /// <param name="ValueLength">How long the value is; negative if there is none.</param>
    public readonly record struct Entry(long Offset, long Timestamp, Headers? Headers, int Start, int KeyLength, int ValueLength);
}
