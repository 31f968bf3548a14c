using IoTStream.Amqp.Connectors;
using IoTStream.Connectors;

namespace IoTStream.Amqp;

/// <summary>Sinks that publish to an exchange of an AMQP 0-9-1 server, such as RabbitMQ.</summary>
/// <remarks>
/// <para>
/// The server confirms each message (RabbitMQ's publisher confirms), and an epoch is complete when all of its messages are confirmed. What the server does not take (a negative confirm) is published again after a pause, and what was not
/// confirmed when the connection was lost, on the next one: at least once, and then perhaps not in order. While there is no connection the pipeline is held back. The job fails if the server refuses something for good, such
/// as an exchange that is not there, or returns a message, as <see cref="AmqpSinkOptions.Unroutable"/> says.
/// </para>
/// <para>
/// In a job with an epoch log, messages are published when their epoch is committed, each with an identifier by which a receiver, such as <see cref="AmqpSource"/>, recognises what is published again
/// because the job or the connection failed meanwhile.
/// </para>
/// </remarks>
public static class AmqpSink
{
    /// <summary>Publishes a message for each record.</summary>
    /// <param name="exchange">The exchange: the name of one that is there, or one that is declared; <see cref="AmqpExchange.Default"/> leads to queues by their names.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="encoder">Encodes payloads.</param>
    /// <param name="parts">Routing key, headers and more: <c>message => message.RoutingKey(r => r.Machine)</c>.</param>
    /// <param name="options">How messages are published.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static ISink<T> To<T>(
        AmqpExchange exchange,
        AmqpServer server,
        IEncoder<T> encoder,
        Func<AmqpMessageParts<T>, AmqpMessageParts<T>> parts,
        AmqpSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(parts);
        exchange.Validate();
        server.Validate();
        options ??= new AmqpSinkOptions();
        options.Validate();
        var plain = new PublishingSink<T>(exchange, server, new MessageEncoder<T>(exchange.Name, encoder, parts(new AmqpMessageParts<T>())), options);
        return options.AfterCommit ? new EpochPublishingSink<T>(plain) : plain;
    }
}
