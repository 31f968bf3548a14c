namespace IoTStream.Amqp;

/// <summary>What a sink does when the server returns a message because it goes to no queue.</summary>
public enum AmqpUnroutable
{
    /// <summary>The job fails with an <see cref="AmqpRefusedException"/>.</summary>
    Fail,

    /// <summary>The message is dropped, and counted by the metric <c>iotstream.amqp.returned</c>.</summary>
    Count,
}
