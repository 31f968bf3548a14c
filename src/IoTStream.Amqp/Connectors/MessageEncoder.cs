using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Makes messages of records. Thread-safe.</summary>
internal sealed class MessageEncoder<T>(string exchange, IEncoder<T> encoder, AmqpMessageParts<T> parts)
{
    /// <summary>Makes the message of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="context">What else is known of it.</param>
    /// <param name="buffer">Room to write in; belongs to the caller.</param>
    public OutgoingMessage Encode(T record, in RecordContext context, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        encoder.Encode(record, buffer);
        string routingKey = Short(parts.ChosenRoutingKey(record), "routing key")!;
        int? priority = parts.ChosenPriority?.Invoke(record);
        if (priority is < 0 or > byte.MaxValue)
        {
            throw new InvalidOperationException($"A message cannot have the priority {priority}: it is from 0 to 255.");
        }

        return new OutgoingMessage(
            routingKey,
            buffer.WrittenSpan.ToArray(),
            Short(parts.ChosenMessageId?.Invoke(record), "identifier"),
            Short(parts.ChosenCorrelationId?.Invoke(record), "correlation identifier"),
            parts.ChosenTimestamp?.Invoke(record, context).ToUnixTimeSeconds(),
            (byte?)priority,
            HeadersOf(record, in context, routingKey));
    }

    private static string? Short(string? text, string what) => text is null || Encoding.UTF8.GetByteCount(text) <= byte.MaxValue
        ? text
        : throw new InvalidOperationException($"A message cannot have the {what} '{text}': it has more than 255 bytes.");

    private List<RecordHeader> HeadersOf(T record, in RecordContext context, string routingKey)
    {
        TraceContext? trace = MessageTracing.Create(exchange, routingKey, context.Headers);
        List<RecordHeader> headers = [];
        foreach (Func<T, RecordContext, IEnumerable<RecordHeader>> part in parts.Headers)
        {
            foreach (RecordHeader header in part(record, context))
            {
                Short(header.Name, "header");
                headers.Add(header);
            }
        }

        headers.AddRange(trace?.ToHeaders() ?? []);
        return headers;
    }
}
