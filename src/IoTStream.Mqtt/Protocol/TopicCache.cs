using System.Buffers;
using System.Collections.Concurrent;

namespace IoTStream.Mqtt.Protocol;

/// <summary>Topic names that have been seen, found by their bytes: a known topic costs a hash instead of a check and a string.</summary>
/// <remarks>
/// Thread-safe. When it is full it starts afresh, which costs the topics in use one more check and keeps hostile input from
/// displacing them for good.
/// </remarks>
internal sealed class TopicCache(int capacity)
{
    // Longer topics are as good as never repeated, and would make the memory that the cache can hold large.
    private const int MaximumLength = 512;
    private readonly ConcurrentDictionary<byte[], TopicName> _topics = new(BytesComparer.Instance);
    private int _count;

    /// <summary>The topic name with these bytes.</summary>
    /// <exception cref="MqttProtocolException">The bytes are no valid topic name.</exception>
    public TopicName Get(in ReadOnlySequence<byte> utf8)
    {
        if (utf8.IsSingleSegment)
        {
            return Get(utf8.FirstSpan);
        }

        if (utf8.Length > MaximumLength)
        {
            return Get(utf8.ToArray());
        }

        Span<byte> copy = stackalloc byte[(int)utf8.Length];
        utf8.CopyTo(copy);
        return Get(copy);
    }

    private TopicName Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaximumLength)
        {
            return Create(utf8);
        }

        if (_topics.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(utf8, out TopicName? known))
        {
            return known;
        }

        TopicName topic = Create(utf8);
        if (Interlocked.Increment(ref _count) > capacity)
        {
            _topics.Clear();
            Volatile.Write(ref _count, 1);
        }

        return _topics.GetOrAdd(topic.Utf8, topic);
    }

    private static TopicName Create(ReadOnlySpan<byte> utf8)
    {
        string text = PacketReader.Decode(utf8);
        return TopicFilter.FindFaultOfName(text) is { } fault
            ? throw MqttProtocolException.Violation(fault)
            : new TopicName(text, utf8.ToArray());
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            // Seeded anew by the runtime in each process, so that topics cannot be chosen to collide.
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
