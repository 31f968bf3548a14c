namespace IoTStream.Connectors;

/// <summary>The reason of a dead letter that was kept and read again: what is known of the exception that it was.</summary>
public sealed class RecordedException : Exception
{
    internal RecordedException(string type, string message)
        : base(message) => Type = type;

    /// <summary>The type of the exception, with its namespace.</summary>
    public string Type { get; }
}
