using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>A record of a topic that was read; valid until the next batch is.</summary>
internal readonly ref struct QueueRecord(long timestamp, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> headers, int headerCount, ReadOnlySpan<byte> value)
{
    /// <summary>The header in which readers find the key.</summary>
    public const string KeyHeader = "key";

    private readonly ReadOnlySpan<byte> _headers = headers;

    /// <summary>In UTC ticks.</summary>
    public long Timestamp => timestamp;

    public ReadOnlySpan<byte> Key { get; } = key;

    public bool HasKey => hasKey;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The headers, the key as the last one; null if there are none.</summary>
    public RecordHeaders? ReadHeaders()
    {
        int count = headerCount + (hasKey ? 1 : 0);
        if (count == 0)
        {
            return null;
        }

        var all = new RecordHeader[count];
        int at = 0;
        for (int i = 0; i < headerCount; i++)
        {
            string name = System.Text.Encoding.UTF8.GetString(Bytes.Read(_headers, ref at));
            all[i] = new RecordHeader(name, Bytes.Read(_headers, ref at).ToArray());
        }

        if (hasKey)
        {
            all[^1] = new RecordHeader(KeyHeader, Key.ToArray());
        }

        return new RecordHeaders(all);
    }
}
