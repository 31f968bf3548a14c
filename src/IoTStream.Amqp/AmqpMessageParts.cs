using IoTStream.Connectors;

namespace IoTStream.Amqp;

/// <summary>What a sink makes of a record besides the payload of its message.</summary>
/// <remarks>Immutable and thread-safe: each call gives a new one. Functions are called on a lane, and must not block.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class AmqpMessageParts<T>
{
    internal AmqpMessageParts()
    {
    }

    private AmqpMessageParts(AmqpMessageParts<T> other)
    {
        ChosenRoutingKey = other.ChosenRoutingKey;
        ChosenMessageId = other.ChosenMessageId;
        ChosenCorrelationId = other.ChosenCorrelationId;
        ChosenPriority = other.ChosenPriority;
        ChosenTimestamp = other.ChosenTimestamp;
        Headers = other.Headers;
    }

    internal Func<T, string> ChosenRoutingKey { get; private init; } = static _ => "";

    internal Func<T, string?>? ChosenMessageId { get; private init; }

    internal Func<T, string?>? ChosenCorrelationId { get; private init; }

    internal Func<T, int>? ChosenPriority { get; private init; }

    internal Func<T, RecordContext, DateTimeOffset>? ChosenTimestamp { get; private init; }

    internal IReadOnlyList<Func<T, RecordContext, IEnumerable<RecordHeader>>> Headers { get; private init; } = [];

    /// <summary>The routing key, by which the exchange decides where the message goes; at most 255 bytes. Without it, it is empty.</summary>
    /// <param name="routingKey">The routing key of a record.</param>
    public AmqpMessageParts<T> RoutingKey(Func<T, string> routingKey)
    {
        ArgumentNullException.ThrowIfNull(routingKey);
        return new(this) { ChosenRoutingKey = routingKey };
    }

    /// <summary>The same routing key for all messages; with the default exchange the name of the queue.</summary>
    /// <param name="routingKey">The routing key, at most 255 bytes.</param>
    /// <exception cref="ArgumentException">It is too long.</exception>
    public AmqpMessageParts<T> RoutingKey(string routingKey)
    {
        ArgumentNullException.ThrowIfNull(routingKey);
        AmqpServer.CheckShort(routingKey, nameof(routingKey));
        return new(this) { ChosenRoutingKey = _ => routingKey };
    }

    /// <summary>The identifier, instead of the one that the sink makes of the place in its epoch. It has to be the same whenever the record is published again; at most 255 bytes.</summary>
    /// <param name="messageId">The identifier of a record; null for none, or for the sink's.</param>
    public AmqpMessageParts<T> MessageId(Func<T, string?> messageId)
    {
        ArgumentNullException.ThrowIfNull(messageId);
        return new(this) { ChosenMessageId = messageId };
    }

    /// <summary>The correlation identifier, at most 255 bytes.</summary>
    /// <param name="correlationId">That of a record; null for none.</param>
    public AmqpMessageParts<T> CorrelationId(Func<T, string?> correlationId)
    {
        ArgumentNullException.ThrowIfNull(correlationId);
        return new(this) { ChosenCorrelationId = correlationId };
    }

    /// <summary>The priority, for queues that have such (<c>x-max-priority</c>).</summary>
    /// <param name="priority">That of a record, from 0 to 255.</param>
    public AmqpMessageParts<T> Priority(Func<T, int> priority)
    {
        ArgumentNullException.ThrowIfNull(priority);
        return new(this) { ChosenPriority = priority };
    }

    /// <summary>The timestamp, which AMQP has in whole seconds; without it there is none.</summary>
    /// <param name="timestamp">That of a record; for example <c>(_, context) => context.Timestamp</c>.</param>
    public AmqpMessageParts<T> Timestamp(Func<T, RecordContext, DateTimeOffset> timestamp)
    {
        ArgumentNullException.ThrowIfNull(timestamp);
        return new(this) { ChosenTimestamp = timestamp };
    }

    /// <summary>Adds a header with a text as UTF-8.</summary>
    /// <param name="name">The name of the header, at most 255 bytes.</param>
    /// <param name="text">Its text; null for no such header.</param>
    public AmqpMessageParts<T> Header(string name, Func<T, string?> text)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(text);
        return HeadersOf((record, _) => text(record) is { } value ? [new RecordHeader(name, value)] : []);
    }

    /// <summary>Adds headers, such as those that the record came with: <c>(_, context) => context.Headers</c>. Of a name that repeats the last one counts.</summary>
    /// <param name="headers">The headers of a record.</param>
    public AmqpMessageParts<T> HeadersOf(Func<T, RecordContext, IEnumerable<RecordHeader>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return new(this) { Headers = [.. Headers, headers] };
    }
}
