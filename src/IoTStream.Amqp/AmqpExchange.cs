using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Amqp;

/// <summary>An exchange: where messages are published to, and from which they go into the queues that are bound to it.</summary>
/// <remarks>A text is an exchange that is there already. Immutable; thread-safe as far as the arguments are left alone.</remarks>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "AMQP's own word.")]
public sealed record AmqpExchange
{
    private AmqpExchange(string name, string? kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        AmqpServer.CheckShort(name, "Exchange");
        Name = name;
        Kind = kind;
    }

    /// <summary>The default exchange, which brings a message into the queue whose name is its routing key.</summary>
    public static AmqpExchange Default { get; } = new("", kind: null);

    /// <summary>Its name; empty for the default exchange.</summary>
    public string Name { get; }

    /// <summary>What decides where messages go, such as <c>topic</c>; null for an exchange that is not declared.</summary>
    public string? Kind { get; }

    /// <summary>Whether one that is declared outlives a restart of the server; default true.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Further arguments of one that is declared, such as <c>alternate-exchange</c>; default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>An exchange that has to be there.</summary>
    /// <param name="name">Its name; empty for the default exchange.</param>
    public static implicit operator AmqpExchange(string name) => Existing(name);

    /// <summary>An exchange that has to be there.</summary>
    /// <param name="name">Its name; empty for the default exchange.</param>
    /// <exception cref="ArgumentException">The name has more than 255 bytes.</exception>
    public static AmqpExchange Existing(string name) => new(name, kind: null);

    /// <summary>An exchange that is declared: messages go where the routing key is the same.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The name is empty, or has more than 255 bytes.</exception>
    public static AmqpExchange Direct(string name) => Declared(name, "direct");

    /// <summary>An exchange that is declared: messages go where the pattern matches the routing key.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The name is empty, or has more than 255 bytes.</exception>
    public static AmqpExchange Topic(string name) => Declared(name, "topic");

    /// <summary>An exchange that is declared: messages go to every queue.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The name is empty, or has more than 255 bytes.</exception>
    public static AmqpExchange Fanout(string name) => Declared(name, "fanout");

    /// <summary>An exchange that is declared, of any kind that the server knows, such as <c>headers</c> or one of a plug-in.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <exception cref="ArgumentException">The name or the kind is empty, or the name has more than 255 bytes.</exception>
    public static AmqpExchange Declared(string name, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        return new(name, kind);
    }

    internal void Validate() => AmqpServer.Check(Arguments is not null, "Exchange.Arguments", "cannot be null");
}
