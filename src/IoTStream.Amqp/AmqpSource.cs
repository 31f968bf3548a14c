using IoTStream.Amqp.Connectors;
using IoTStream.Connectors;

namespace IoTStream.Amqp;

/// <summary>Sources that consume a queue of an AMQP 0-9-1 server, such as RabbitMQ.</summary>
/// <remarks>
/// <para>
/// A delivery is acknowledged when the epoch that holds its effect is committed; in a job without an epoch log, when the pipeline has taken its record over. What was delivered and not acknowledged when the job or the
/// connection ends, the server delivers again: at least once. With <see cref="AmqpSourceOptions.DeduplicationWindow"/> what comes again is recognised by its message identifier; if the source is also
/// <see cref="AmqpSourceOptions.Exclusive"/>, so that nobody else is given it, and declares a queue of the kind <see cref="AmqpQueueKind.Quorum"/>, which knows after a crash of the server what was acknowledged, each message with an
/// identifier has its effect exactly once.
/// </para>
/// <para>
/// When the pipeline does not keep up, the server stops to deliver at <see cref="AmqpSourceOptions.Prefetch"/>. A lost connection is replaced as the options say; the job fails only if the server refuses what is asked for good. The
/// records carry <see cref="AmqpHeaders"/> and the headers of the message that are texts, bytes, numbers and truth values.
/// </para>
/// </remarks>
public static class AmqpSource
{
    /// <summary>Consumes a queue.</summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's dispatch loop with the receive buffer.</param>
    /// <param name="options">How it is consumed.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The queue or an option is not valid.</exception>
    public static ISource<T> Consume<T>(string queue, AmqpServer server, IDecoder<T> decoder, AmqpSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return Consume(queue, server, message => decoder.Decode(message.Payload), options);
    }

    /// <summary>Consumes a queue, and makes records of whole messages, with their properties and headers.</summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="decode">
    /// Makes a record of a message; called on the connection's dispatch loop. The payload lies in the receive buffer, and is not to be kept. If it throws, the message does not decode.
    /// </param>
    /// <param name="options">How it is consumed.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The queue or an option is not valid.</exception>
    public static ISource<T> Consume<T>(string queue, AmqpServer server, Func<AmqpMessage, T> decode, AmqpSourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        AmqpServer.CheckShort(queue, nameof(queue));
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(decode);
        server.Validate();
        options ??= new AmqpSourceOptions();
        options.Validate();
        return new ConsumerSource<T>(queue, server, decode, options);
    }
}
