namespace IoTStream.Formats;

/// <summary>Bytes are not well-formed CBOR, or something else than was asked for.</summary>
public sealed class CborException : FormatException
{
    /// <summary>An exception without a message of its own.</summary>
    public CborException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public CborException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public CborException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
