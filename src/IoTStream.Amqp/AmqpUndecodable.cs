namespace IoTStream.Amqp;

/// <summary>What becomes of a message that does not decode.</summary>
public enum AmqpUndecodable
{
    /// <summary>It goes to the topology's dead letters, and is acknowledged as other messages are.</summary>
    DeadLetter,

    /// <summary>
    /// It is rejected at once and not put back: the server brings it to the queue's dead-letter exchange, or drops it if there is none. It is counted by the metric <c>iotstream.amqp.rejected</c>.
    /// </summary>
    Reject,
}
