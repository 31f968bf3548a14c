using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Kafka;

/// <summary>What a sink makes of a record besides the value of its message.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new one. Functions are called on a lane, and must not block.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class KafkaMessageParts<T>
{
    internal KafkaMessageParts()
    {
    }

    private KafkaMessageParts(KafkaMessageParts<T> other)
    {
        AppendKey = other.AppendKey;
        ChosenPartition = other.ChosenPartition;
        ChosenTopic = other.ChosenTopic;
        ChosenTimestamp = other.ChosenTimestamp;
        Deletes = other.Deletes;
        Headers = other.Headers;
    }

    /// <summary>Appends the key; false if the message has none.</summary>
    internal Func<T, IBufferWriter<byte>, bool>? AppendKey { get; private init; }

    internal Func<T, int>? ChosenPartition { get; private init; }

    internal Func<T, string>? ChosenTopic { get; private init; }

    internal Func<T, DateTimeOffset>? ChosenTimestamp { get; private init; }

    internal Func<T, bool>? Deletes { get; private init; }

    internal IReadOnlyList<Func<T, RecordContext, IEnumerable<RecordHeader>>> Headers { get; private init; } = [];

    /// <summary>The key as text in UTF-8. Messages with one key go to one partition, in order; those without go anywhere.</summary>
    /// <param name="key">The key of a record; null for none.</param>
    public KafkaMessageParts<T> Key(Func<T, string?> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(this)
        {
            AppendKey = (record, output) =>
            {
                if (key(record) is not { } text)
                {
                    return false;
                }

                Encoding.UTF8.GetBytes(text, output);
                return true;
            },
        };
    }

    /// <summary>The key as an encoder writes it.</summary>
    /// <param name="encoder">Encodes the key of a record.</param>
    public KafkaMessageParts<T> Key(IEncoder<T> encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new(this)
        {
            AppendKey = (record, output) =>
            {
                encoder.Encode(record, output);
                return true;
            },
        };
    }

    /// <summary>The partition, instead of that which follows from the key.</summary>
    /// <param name="partition">The number of a record's partition, from 0.</param>
    public KafkaMessageParts<T> Partition(Func<T, int> partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        return new(this) { ChosenPartition = partition };
    }

    /// <summary>The topic, instead of the sink's own.</summary>
    /// <param name="topic">The name of a record's topic. Names that repeat should be the same strings, for speed.</param>
    public KafkaMessageParts<T> Topic(Func<T, string> topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new(this) { ChosenTopic = topic };
    }

    /// <summary>The timestamp, instead of the record's. Kafka has milliseconds since 1970; what is before that is left out, and the message bears the time at which it is produced.</summary>
    /// <param name="timestamp">The timestamp of a record.</param>
    public KafkaMessageParts<T> Timestamp(Func<T, DateTimeOffset> timestamp)
    {
        ArgumentNullException.ThrowIfNull(timestamp);
        return new(this) { ChosenTimestamp = timestamp };
    }

    /// <summary>Adds a header with a text as UTF-8.</summary>
    /// <param name="name">The name of the header.</param>
    /// <param name="text">Its text; null for no such header.</param>
    public KafkaMessageParts<T> Header(string name, Func<T, string?> text)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(text);
        return Add((record, _) => text(record) is { } value ? [new RecordHeader(name, value)] : []);
    }

    /// <summary>Adds headers, such as those that the record came with: <c>(_, context) => context.Headers</c>.</summary>
    /// <param name="headers">The headers of a record.</param>
    public KafkaMessageParts<T> HeadersOf(Func<T, RecordContext, IEnumerable<RecordHeader>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return Add(headers);
    }

    /// <summary>Which records become messages without a value, by which compacted topics delete a key; they are not encoded.</summary>
    /// <param name="deletes">Whether a record does.</param>
    public KafkaMessageParts<T> Tombstone(Func<T, bool> deletes)
    {
        ArgumentNullException.ThrowIfNull(deletes);
        return new(this) { Deletes = deletes };
    }

    private KafkaMessageParts<T> Add(Func<T, RecordContext, IEnumerable<RecordHeader>> headers) => new(this) { Headers = [.. Headers, headers] };
}
