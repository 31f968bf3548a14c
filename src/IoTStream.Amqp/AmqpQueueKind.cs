namespace IoTStream.Amqp;

/// <summary>How a queue keeps its messages.</summary>
public enum AmqpQueueKind
{
    /// <summary>On one node. After a crash of the server, messages that were acknowledged long before may come again.</summary>
    Classic,

    /// <summary>Replicated to several nodes, if there are such, and written down as each message and each acknowledgement is agreed on (RabbitMQ's <c>x-queue-type</c> <c>quorum</c>); always durable.</summary>
    Quorum,
}
