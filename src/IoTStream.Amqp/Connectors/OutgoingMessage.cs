using IoTStream.Connectors;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Connectors;

/// <summary>A message to publish: what differs from message to message.</summary>
/// <param name="RoutingKey">Its routing key.</param>
/// <param name="Payload">Its payload.</param>
/// <param name="MessageId">Its identifier, if it has one.</param>
/// <param name="CorrelationId">Its correlation identifier, if it has one.</param>
/// <param name="Timestamp">Its timestamp as seconds since 1970, if it has one.</param>
/// <param name="Priority">Its priority, if it has one.</param>
/// <param name="Headers">Its headers; of those with the same name the last one counts.</param>
internal sealed record OutgoingMessage(
    string RoutingKey, ReadOnlyMemory<byte> Payload, string? MessageId, string? CorrelationId, long? Timestamp, byte? Priority, IReadOnlyList<RecordHeader> Headers)
{
    public BasicProperties ToProperties(AmqpSinkOptions options)
    {
        var properties = new BasicProperties { DeliveryMode = options.Persistent ? DeliveryModes.Persistent : DeliveryModes.Transient };
        if (MessageId is not null)
        {
            properties.MessageId = MessageId;
        }

        if (CorrelationId is not null)
        {
            properties.CorrelationId = CorrelationId;
        }

        if (options.ContentType is not null)
        {
            properties.ContentType = options.ContentType;
        }

        if (options.Expiry is { } expiry)
        {
            properties.Expiration = ((long)expiry.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (Timestamp is { } timestamp)
        {
            properties.Timestamp = new AmqpTimestamp(timestamp);
        }

        if (Priority is { } priority)
        {
            properties.Priority = priority;
        }

        if (Headers.Count > 0)
        {
            var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (RecordHeader header in Headers)
            {
                headers[header.Name] = header.Value.ToArray();
            }

            properties.Headers = headers;
        }

        return properties;
    }
}
