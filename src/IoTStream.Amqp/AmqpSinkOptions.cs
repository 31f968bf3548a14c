namespace IoTStream.Amqp;

/// <summary>How <see cref="AmqpSink"/> publishes.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record AmqpSinkOptions
{
    /// <summary>Whether the server keeps messages over a restart, in queues that are durable (delivery mode 2); default true.</summary>
    public bool Persistent { get; init; } = true;

    /// <summary>What is done about a message that the server returns because it goes to no queue; by default the job fails.</summary>
    public AmqpUnroutable Unroutable { get; init; }

    /// <summary>The most messages that are published and not confirmed by the server, 1 to 65,536; default 1,024. Then the sink waits.</summary>
    public int MaximumInFlight { get; init; } = 1024;

    /// <summary>What the payloads are, such as a media type; default nothing.</summary>
    public string? ContentType { get; init; }

    /// <summary>After what time in a queue the server drops a message, in milliseconds; default never.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>
    /// Whether, in a job with an epoch log, messages are published when their epoch is committed, each with an identifier; default true. Otherwise they are published at once and without
    /// identifiers of their own; what was published since the last epoch when the job fails is then published again, with what the job then makes of it.
    /// </summary>
    public bool AfterCommit { get; init; } = true;

    internal void Validate()
    {
        AmqpServer.Check(Unroutable is AmqpUnroutable.Fail or AmqpUnroutable.Count, nameof(Unroutable), "has to be one of the enumeration");
        AmqpServer.Check(MaximumInFlight is >= 1 and <= 65_536, nameof(MaximumInFlight), "has to be from 1 to 65,536");
        AmqpServer.Check(Expiry is null || Expiry.Value.TotalMilliseconds is >= 1 and <= uint.MaxValue, nameof(Expiry), "has to be from 1 to 4,294,967,295 milliseconds");
        if (ContentType is not null)
        {
            AmqpServer.CheckShort(ContentType, nameof(ContentType));
        }
    }
}
