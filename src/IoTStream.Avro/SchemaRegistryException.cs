using System.Net;

namespace IoTStream.Avro;

/// <summary>A schema registry refused what it was asked, or could not be asked.</summary>
public sealed class SchemaRegistryException : Exception
{
    internal SchemaRegistryException(string message, HttpStatusCode? status = null, int errorCode = 0, Exception? cause = null)
        : base(message, cause)
    {
        Status = status;
        ErrorCode = errorCode;
    }

    /// <summary>What it answered; null if it did not.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The registry's own number of the error, for instance 40403 for a schema that is not there; 0 if it gave none.</summary>
    public int ErrorCode { get; }
}
