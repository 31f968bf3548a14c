using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Collects the records of a batch. Its memory is kept from one batch to the next. Not thread-safe.</summary>
internal sealed class QueueBatchBuilder
{
    private const long KeptMemory = 16 * 1024 * 1024;

    private readonly ByteBuffer _headers = new();

    public int Count { get; private set; }

    public long Size => Records.Length;

    internal ByteChunks Records { get; } = new();

    /// <summary>Adds a record.</summary>
    /// <param name="timestamp">Its timestamp in UTC ticks.</param>
    /// <param name="key">Its key.</param>
    /// <param name="hasKey">Whether it has one.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="value">Its value.</param>
    public void Add(long timestamp, ReadOnlySpan<byte> key, bool hasKey, RecordHeaders headers, ReadOnlySpan<byte> value)
    {
        _headers.Clear();
        for (int i = 0; i < headers.Count; i++)
        {
            WriteHeader(headers[i]);
        }

        Span<byte> room = Records.GetSpan(sizeof(long) + (4 * Length.MaxSize));
        BinaryPrimitives.WriteInt64LittleEndian(room, timestamp);
        int at = sizeof(long);
        at += Length.Write(room[at..], hasKey ? (uint)key.Length + 1 : 0);
        at += Length.Write(room[at..], (uint)headers.Count);
        at += Length.Write(room[at..], (uint)_headers.Length);
        at += Length.Write(room[at..], (uint)value.Length);
        Records.Advance(at);
        Records.Append(key);
        Records.Append(_headers.Written.Span);
        Records.Append(value);
        Count++;
    }

    /// <summary>Adds records that another builder has made.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="records">Its <see cref="Records"/>.</param>
    public void AddEncoded(int count, ReadOnlySequence<byte> records)
    {
        foreach (ReadOnlyMemory<byte> part in records)
        {
            Records.Append(part.Span);
        }

        Count += count;
    }

    public void Clear()
    {
        Records.Clear(KeptMemory);
        Count = 0;
    }

    private void WriteHeader(RecordHeader header)
    {
        int nameLength = System.Text.Encoding.UTF8.GetByteCount(header.Name);
        Span<byte> room = _headers.GetSpan((2 * Length.MaxSize) + nameLength + header.Value.Length);
        int at = Length.Write(room, (uint)nameLength);
        at += System.Text.Encoding.UTF8.GetBytes(header.Name, room[at..]);
        at += Length.Write(room[at..], (uint)header.Value.Length);
        header.Value.Span.CopyTo(room[at..]);
        _headers.Advance(at + header.Value.Length);
    }
}
