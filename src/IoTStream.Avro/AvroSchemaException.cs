namespace IoTStream.Avro;

/// <summary>A schema is not valid, or data written with one cannot be read with another.</summary>
public sealed class AvroSchemaException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public AvroSchemaException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public AvroSchemaException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public AvroSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
