using System.Globalization;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Headers of messages as headers of records.</summary>
internal static class MessageHeaders
{
    /// <summary>The topic, and what the message carries.</summary>
    public static RecordHeaders Of(string topic, Confluent.Kafka.Headers headers)
    {
        var made = new RecordHeader[headers.Count + 1];
        made[0] = new RecordHeader(KafkaHeaders.Topic, topic);
        for (int i = 0; i < headers.Count; i++)
        {
            Confluent.Kafka.IHeader header = headers[i];
            made[i + 1] = new RecordHeader(header.Key, header.GetValueBytes() ?? ReadOnlyMemory<byte>.Empty);
        }

        return new RecordHeaders(made);
    }

    /// <summary>All that is known of a message that could not be decoded.</summary>
    public static RecordHeaders OfDeadLetter(in KafkaMessage message)
    {
        List<RecordHeader> headers =
        [
            .. message.Headers,
            new RecordHeader(KafkaHeaders.Partition, message.Partition.Number.ToString(CultureInfo.InvariantCulture)),
            new RecordHeader(KafkaHeaders.Offset, message.Offset.ToString(CultureInfo.InvariantCulture)),
        ];
        if (message.HasKey)
        {
            headers.Add(new RecordHeader(KafkaHeaders.Key, message.Key.ToArray()));
        }

        return new RecordHeaders([.. headers]);
    }
}
