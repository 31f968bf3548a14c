namespace IoTStream.Amqp;

/// <summary>The names of the record headers that <see cref="AmqpSource"/> sets, besides the headers of the message.</summary>
public static class AmqpHeaders
{
    /// <summary>The exchange to which the message was published; empty for the default exchange.</summary>
    public const string Exchange = "amqp.exchange";

    /// <summary>The routing key with which the message was published.</summary>
    public const string RoutingKey = "amqp.routing-key";

    /// <summary><c>true</c> if the server has delivered the message before, to this consumer or another; there is no such header otherwise.</summary>
    public const string Redelivered = "amqp.redelivered";

    /// <summary>The identifier of the message, if its publisher gives it one. Those of an <see cref="AmqpSink"/> are <c>LOG/SINK/EPOCH/NUMBER</c>; see docs/amqp.md.</summary>
    public const string MessageId = "amqp.message-id";

    /// <summary>What the payload is, if the publisher tells it.</summary>
    public const string ContentType = "amqp.content-type";

    /// <summary>By what the publisher recognises answers, if it tells it.</summary>
    public const string CorrelationId = "amqp.correlation-id";

    /// <summary>To which queue the publisher wants answers, if it tells it.</summary>
    public const string ReplyTo = "amqp.reply-to";
}
