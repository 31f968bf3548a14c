using System.Security.Authentication;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace IoTStream.Amqp.Connectors;

/// <summary>Tells what a server refuses for good from what may be better the next time.</summary>
internal static class Refusal
{
    private const int AccessRefused = 403;
    private const int NotFound = 404;
    private const int PreconditionFailed = 406;
    private const int CommandInvalid = 503;
    private const int NotAllowed = 530;

    /// <summary>What was refused for good, if that is why an attempt failed; else null.</summary>
    public static AmqpRefusedException? In(Exception failure, AmqpServer server) => failure switch
    {
        AmqpRefusedException refused => refused,
        AggregateException { InnerExceptions.Count: > 1 } several => several.InnerExceptions.All(inner => In(inner, server) is not null) ? In(several.InnerExceptions[0], server) : null,
        AuthenticationFailureException => Of(server, "does not let the client in", AccessRefused, failure.Message, failure),
        AuthenticationException => Of(server, "is not trusted, or the two do not agree on how to encrypt", 0, failure.Message, failure),
        OperationInterruptedException { ShutdownReason: { } reason } => Of(reason, server, "refused what it was asked for", failure),
        _ => failure.InnerException is { } inner ? In(inner, server) : null,
    };

    /// <summary>What was refused for good, if that is why the server closed a channel or a connection; else null.</summary>
    public static AmqpRefusedException? Of(ShutdownEventArgs reason, AmqpServer server, string what, Exception? cause = null) =>
        reason.Initiator == RabbitMQ.Client.ShutdownInitiator.Peer
            && reason.ReplyCode is AccessRefused or NotFound or PreconditionFailed or CommandInvalid or NotAllowed
            && !IsInUse(reason)
            ? Of(server, what, reason.ReplyCode, reason.ReplyText, cause)
            : null;

    public static AmqpRefusedException Of(AmqpServer server, string what, int code, string text, Exception? cause = null) =>
        new($"{server} {what}: {text}{(text.EndsWith('.') ? "" : ".")}", code, cause);

    /// <summary>An exclusive consumer may go, as may the connection of a process that died.</summary>
    private static bool IsInUse(ShutdownEventArgs reason) =>
        reason.ReplyCode == AccessRefused && reason.ReplyText.Contains("exclusive", StringComparison.OrdinalIgnoreCase);
}
