namespace IoTStream.Formats;

/// <summary>A payload is no SenML pack (RFC 8428).</summary>
public sealed class SenMlException : FormatException
{
    /// <summary>An exception without a message of its own.</summary>
    public SenMlException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public SenMlException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SenMlException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
