namespace IoTStream.Amqp;

/// <summary>The server has refused something, and trying again is not likely to heal it.</summary>
public sealed class AmqpRefusedException : Exception
{
    internal AmqpRefusedException(string message, int replyCode, Exception? cause = null)
        : base(message, cause) => ReplyCode = replyCode;

    /// <summary>The server's reply code (0-9-1, section 1.2), such as 404 for what is not there; 0 if it gave none.</summary>
    public int ReplyCode { get; }
}
