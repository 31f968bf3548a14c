using System.Buffers;
using Confluent.Kafka;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes messages of records. Thread-safe.</summary>
internal sealed class MessageEncoder<T>(string topic, IEncoder<T> encoder, KafkaMessageParts<T> parts)
{
    /// <summary>Makes the message of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="context">What else is known of it.</param>
    /// <param name="buffer">Room to write in; belongs to the caller.</param>
    public EncodedMessage Encode(T record, in RecordContext context, ArrayBufferWriter<byte> buffer)
    {
        byte[]? key = null;
        if (parts.AppendKey is { } appendKey)
        {
            buffer.ResetWrittenCount();
            key = appendKey(record, buffer) ? buffer.WrittenSpan.ToArray() : null;
        }

        byte[]? value = null;
        if (parts.Deletes is not { } deletes || !deletes(record))
        {
            buffer.ResetWrittenCount();
            encoder.Encode(record, buffer);
            value = buffer.WrittenSpan.ToArray();
        }

        string to = parts.ChosenTopic?.Invoke(record) ?? topic;
        DateTimeOffset timestamp = parts.ChosenTimestamp?.Invoke(record) ?? context.Timestamp;
        return new EncodedMessage(to, parts.ChosenPartition?.Invoke(record) ?? -1, Math.Max(timestamp.ToUnixTimeMilliseconds(), -1), key, value, HeadersOf(record, in context, to));
    }

    private Headers? HeadersOf(T record, in RecordContext context, string to)
    {
        TraceContext? trace = MessageTracing.Create(to, context.Headers);
        if (parts.Headers.Count == 0 && trace is null)
        {
            return null;
        }

        var headers = new Headers();
        foreach (Func<T, RecordContext, IEnumerable<RecordHeader>> part in parts.Headers)
        {
            foreach (RecordHeader header in part(record, context))
            {
                if (trace is null || !MessageTracing.IsContext(header.Name))
                {
                    headers.Add(header.Name, header.Value.ToArray());
                }
            }
        }

        foreach (RecordHeader header in trace?.ToHeaders() ?? [])
        {
            headers.Add(header.Name, header.Value.ToArray());
        }

        return headers;
    }
}
