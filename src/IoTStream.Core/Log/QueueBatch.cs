using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Log;

/// <summary>
/// The records of a topic that were written at once: a frame, so that all of them are there or none. Valid until the next one is read.
/// docs/epoch-log-format.md describes it byte by byte.
/// </summary>
internal readonly ref struct QueueBatch
{
    /// <summary>How long the part before the writers is.</summary>
    public const int FixedSize = 24;

    private readonly ReadOnlySpan<byte> _writers;
    private readonly ReadOnlySpan<byte> _records;

    /// <exception cref="ArgumentException">The payload is too short.</exception>
    public QueueBatch(ReadOnlySpan<byte> payload)
    {
        FirstOffset = BinaryPrimitives.ReadInt64LittleEndian(payload);
        Written = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]);
        Count = BinaryPrimitives.ReadInt32LittleEndian(payload[16..]);
        int writers = BinaryPrimitives.ReadInt32LittleEndian(payload[20..]);
        _writers = payload.Slice(FixedSize, writers);
        _records = payload[(FixedSize + writers)..];
    }

    /// <summary>The offset of the first record.</summary>
    public long FirstOffset { get; }

    /// <summary>When it was written, in UTC ticks.</summary>
    public long Written { get; }

    public int Count { get; }

    /// <summary>The offset behind the last record.</summary>
    public long NextOffset => FirstOffset + Count;

    /// <summary>The last epoch that each writer has applied as of this batch, of those that write by epochs.</summary>
    public Dictionary<string, long> ReadWriters()
    {
        var writers = new Dictionary<string, long>(StringComparer.Ordinal);
        int at = 0;
        while (at < _writers.Length)
        {
            string name = Encoding.UTF8.GetString(Bytes.Read(_writers, ref at));
            writers[name] = BinaryPrimitives.ReadInt64LittleEndian(_writers[at..]);
            at += sizeof(long);
        }

        return writers;
    }

    /// <summary>Goes through the records: <c>foreach</c> works on a batch.</summary>
    public Enumerator GetEnumerator() => new(_records);

    internal ref struct Enumerator(ReadOnlySpan<byte> records)
    {
        private readonly ReadOnlySpan<byte> _records = records;
        private int _at;

        public QueueRecord Current { get; private set; }

        public bool MoveNext()
        {
            if (_at == _records.Length)
            {
                return false;
            }

            long timestamp = BinaryPrimitives.ReadInt64LittleEndian(_records[_at..]);
            _at += sizeof(long);
            int keyLength = (int)Length.Read(_records, ref _at) - 1;
            int headerCount = (int)Length.Read(_records, ref _at);
            int headersLength = (int)Length.Read(_records, ref _at);
            int valueLength = (int)Length.Read(_records, ref _at);
            ReadOnlySpan<byte> key = Take(Math.Max(keyLength, 0));
            ReadOnlySpan<byte> headers = Take(headersLength);
            Current = new QueueRecord(timestamp, key, keyLength >= 0, headers, headerCount, Take(valueLength));
            return true;
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            ReadOnlySpan<byte> taken = _records.Slice(_at, length);
            _at += length;
            return taken;
        }
    }
}
