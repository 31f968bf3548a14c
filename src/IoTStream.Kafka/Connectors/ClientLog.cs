using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>What a client met last, to be told when something that waits for it fails. Called on the client's threads.</summary>
internal sealed class ClientLog
{
    private volatile string? _last;
    private volatile Error? _fatal;

    /// <summary>The error after which the client cannot go on, if there was one.</summary>
    public Error? Fatal => _fatal;

    /// <summary>The last error, as the end of a sentence.</summary>
    public string Last => _last is { } text ? $" The last that it met: {text}" : "";

    public void Note(Error error)
    {
        if (error.Code != ErrorCode.Local_AllBrokersDown || _last is null)
        {
            // That all are down follows from what each of them met, which tells more.
            _last = $"{error.Reason} ({error.Code}).";
        }

        if (error.IsFatal)
        {
            _fatal = error;
        }
    }

    /// <summary>The client's own log would go to the console otherwise.</summary>
    public void Note(LogMessage message)
    {
        if (message.Level <= SyslogLevel.Warning)
        {
            _last = $"{message.Message}.";
        }
    }
}
