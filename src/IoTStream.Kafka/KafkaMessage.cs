using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Kafka;

/// <summary>A message as it came from Kafka. Key and value lie in a buffer, and are not to be kept.</summary>
public readonly struct KafkaMessage
{
    internal KafkaMessage(KafkaPartition partition, long offset, DateTimeOffset timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, RecordHeaders headers)
    {
        Partition = partition;
        Offset = offset;
        Timestamp = timestamp;
        HasKey = key is not null;
        Key = key ?? default;
        IsTombstone = value is null;
        Value = value is { } bytes ? new ReadOnlySequence<byte>(bytes) : default;
        Headers = headers;
    }

    /// <summary>Topic and partition.</summary>
    public KafkaPartition Partition { get; }

    /// <summary>The name of the topic.</summary>
    public string Topic => Partition.Topic;

    /// <summary>The place of the message in its partition.</summary>
    public long Offset { get; }

    /// <summary>When the message was made, or appended if the topic is set up that way, to the millisecond.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>Whether there is a key.</summary>
    public bool HasKey { get; }

    /// <summary>The key; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Whether there is no value, by which compacted topics delete a key.</summary>
    public bool IsTombstone { get; }

    /// <summary>The value; empty if there is none.</summary>
    public ReadOnlySequence<byte> Value { get; }

    /// <summary>The headers, with <see cref="KafkaHeaders.Topic"/> as the first.</summary>
    public RecordHeaders Headers { get; }
}
