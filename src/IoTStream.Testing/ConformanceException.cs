namespace IoTStream.Testing;

/// <summary>A source or sink does not keep to its contract. The message says to which part of it, and how to see it again.</summary>
public sealed class ConformanceException : Exception
{
    internal ConformanceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
