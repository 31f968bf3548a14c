using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Properties and headers of messages as headers of records.</summary>
internal static class MessageHeaders
{
    public static RecordHeaders Of(in AmqpMessage message)
    {
        List<RecordHeader> headers = [new(AmqpHeaders.Exchange, message.Exchange), new(AmqpHeaders.RoutingKey, message.RoutingKey)];
        if (message.IsRedelivered)
        {
            headers.Add(new RecordHeader(AmqpHeaders.Redelivered, "true"));
        }

        Add(headers, AmqpHeaders.MessageId, message.MessageId);
        Add(headers, AmqpHeaders.ContentType, message.ContentType);
        Add(headers, AmqpHeaders.CorrelationId, message.CorrelationId);
        Add(headers, AmqpHeaders.ReplyTo, message.ReplyTo);
        if (message.Properties.IsHeadersPresent())
        {
            foreach ((string name, object? value) in message.Properties.Headers!)
            {
                if (HeaderValues.BytesOf(value) is { } bytes)
                {
                    headers.Add(new RecordHeader(name, bytes));
                }
            }
        }

        return new RecordHeaders([.. headers]);
    }

    private static void Add(List<RecordHeader> headers, string name, string? text)
    {
        if (text is not null)
        {
            headers.Add(new RecordHeader(name, text));
        }
    }
}
