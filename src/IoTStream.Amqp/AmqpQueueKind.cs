namespace IoTStream.Amqp;

/// <summary>How a queue keeps its messages.</summary>
public enum AmqpQueueKind
{
    /// <summary>On one node.</summary>
    Classic,

    /// <summary>Replicated to several nodes of a cluster (RabbitMQ's <c>x-queue-type</c> <c>quorum</c>); always durable.</summary>
    Quorum,
}
