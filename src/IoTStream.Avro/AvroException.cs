namespace IoTStream.Avro;

/// <summary>Bytes are not data of the schema they are read with, or a value is not one that a schema can hold.</summary>
public sealed class AvroException : FormatException
{
    /// <summary>An exception without a message of its own.</summary>
    public AvroException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public AvroException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public AvroException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
