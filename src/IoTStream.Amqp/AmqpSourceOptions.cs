namespace IoTStream.Amqp;

/// <summary>How <see cref="AmqpSource"/> consumes.</summary>
/// <remarks>Immutable; thread-safe as far as the collections are left alone.</remarks>
public sealed record AmqpSourceOptions
{
    // A RabbitMQ that was restarted was seen to deliver twice as many messages, first new ones and then those again that were not acknowledged.
    private const int LeastWindow = 10;

    /// <summary>How the queue is declared, each time that the source connects; by default it is not, and has to be there.</summary>
    public AmqpQueue? Queue { get; init; }

    /// <summary>
    /// The most messages that the server delivers ahead of their acknowledgement (basic.qos; 0-9-1, section 1.8.3.1), 1 to 65,535; default 1,000. In a job with an epoch log an epoch is cut early when half of them wait for it,
    /// so this bounds how many messages an epoch has when they come fast.
    /// </summary>
    public int Prefetch { get; init; } = 1000;

    /// <summary>
    /// Whether the source has to be the queue's only consumer; default false. While another one is there the source waits for its end, as it does for one whose connection the server has not given up yet.
    /// </summary>
    public bool Exclusive { get; init; }

    /// <summary>What becomes of messages that do not decode; by default they go to the dead letters.</summary>
    public AmqpUndecodable Undecodable { get; init; }

    /// <summary>
    /// How many message identifiers are remembered, with the position of the source in a job with an epoch log, to pass over messages that come again; default 0: none, and messages that come again count again. At least
    /// 10 times <see cref="Prefetch"/> if it is not 0: so many as that one says may come again, and they may come behind newer ones. After a crash of the server a classic queue gives many more again, and what publishers publish again may come later, too. Identifiers have to differ among all messages of the queue. Messages without one cannot be recognised, and are
    /// counted by the metric <c>iotstream.amqp.unidentified</c>. Each epoch stores 8 bytes for each of them.
    /// </summary>
    public int DeduplicationWindow { get; init; }

    /// <summary>Arguments of the consumer, such as <c>x-priority</c>; default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    internal void Validate()
    {
        AmqpServer.Check(Prefetch is >= 1 and <= ushort.MaxValue, nameof(Prefetch), "has to be from 1 to 65,535");
        AmqpServer.Check(Undecodable is AmqpUndecodable.DeadLetter or AmqpUndecodable.Reject, nameof(Undecodable), "has to be one of the enumeration");
        AmqpServer.Check(
            DeduplicationWindow == 0 || DeduplicationWindow >= LeastWindow * Prefetch,
            nameof(DeduplicationWindow),
            $"has to be 0 or at least {LeastWindow} times Prefetch: so many messages as that one says may come again, and behind newer ones");
        AmqpServer.Check(Arguments is not null, nameof(Arguments), "cannot be null");
        Queue?.Validate();
    }
}
