using System.Net;

namespace IoTStream.Storage.Parquet;

/// <summary>Object storage has refused a request, or could not be reached for too long.</summary>
internal sealed class S3Exception(string message, Exception cause, HttpStatusCode? status = null, string? code = null) : IOException(message, cause)
{
    /// <summary>What the server answered; null if it did not.</summary>
    public HttpStatusCode? Status => status;

    /// <summary>Whether the parts of a file that were sent are gone.</summary>
    public bool IsUploadGone => string.Equals(code, "NoSuchUpload", StringComparison.Ordinal);
}
