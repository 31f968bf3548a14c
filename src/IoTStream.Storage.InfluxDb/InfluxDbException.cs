using System.Net;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Points could not be stored.</summary>
public sealed class InfluxDbException : Exception
{
    internal InfluxDbException(string message, HttpStatusCode? status = null, Exception? cause = null)
        : base(message, cause) => Status = status;

    /// <summary>What the server answered; null if it did not, or was not asked.</summary>
    public HttpStatusCode? Status { get; }
}
