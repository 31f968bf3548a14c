namespace IoTStream.Amqp;

/// <summary>A queue as a source declares it. The server makes it if it is not there; one that is there has to have been declared in the same way.</summary>
/// <remarks>Immutable; thread-safe as far as the collections are left alone.</remarks>
public sealed record AmqpQueue
{
    /// <summary>How it keeps its messages; default on one node.</summary>
    public AmqpQueueKind Kind { get; init; }

    /// <summary>Whether it outlives a restart of the server; default true. What it holds does too, if it is persistent.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Whether it is deleted, with what it holds, when its last consumer has gone; default false.</summary>
    public bool AutoDelete { get; init; }

    /// <summary>The exchange to which messages go that are rejected, that expire or that have no room; default none, and they are gone.</summary>
    public string? DeadLetterExchange { get; init; }

    /// <summary>With which routing key they go there; by default with their own.</summary>
    public string? DeadLetterRoutingKey { get; init; }

    /// <summary>Further arguments, such as <c>x-max-length</c> or <c>x-single-active-consumer</c>: texts, whole numbers, truth values; default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>From which exchanges messages come into it; default only from the default exchange, by its name.</summary>
    public IReadOnlyList<AmqpBinding> Bindings { get; init; } = [];

    /// <summary>Whether it keeps what was not acknowledged, whatever fails on either side.</summary>
    internal bool Keeps => Durable && !AutoDelete;

    internal void Validate()
    {
        AmqpServer.Check(Kind is AmqpQueueKind.Classic or AmqpQueueKind.Quorum, "Queue.Kind", "has to be one of the enumeration");
        AmqpServer.Check(Kind != AmqpQueueKind.Quorum || Keeps, "Queue.Kind", "cannot be quorum for a queue that is not durable, or deletes itself");
        AmqpServer.Check(Arguments is not null, "Queue.Arguments", "cannot be null");
        AmqpServer.Check(Bindings is not null, "Queue.Bindings", "cannot be null");
        AmqpServer.Check(DeadLetterRoutingKey is null || DeadLetterExchange is not null, "Queue.DeadLetterRoutingKey", "needs a DeadLetterExchange");
        foreach (AmqpBinding binding in Bindings!)
        {
            binding.Validate();
        }
    }

    internal Dictionary<string, object?> ToArguments()
    {
        var arguments = new Dictionary<string, object?>(Arguments, StringComparer.Ordinal);
        if (Kind == AmqpQueueKind.Quorum)
        {
            arguments["x-queue-type"] = "quorum";
        }

        if (DeadLetterExchange is not null)
        {
            arguments["x-dead-letter-exchange"] = DeadLetterExchange;
        }

        if (DeadLetterRoutingKey is not null)
        {
            arguments["x-dead-letter-routing-key"] = DeadLetterRoutingKey;
        }

        return arguments;
    }
}
