namespace IoTStream.Log;

/// <summary>
/// A log takes nothing more because the disk failed it. What the failed commit should have made durable may be there or not; what was committed before is.
/// </summary>
/// <remarks>
/// There is no second attempt: after a sync that failed, the system may have dropped what was to be written, and a sync that succeeds later
/// would say nothing about it. Opening the log again finds out what is there.
/// </remarks>
public sealed class LogFailedException : IOException
{
    internal LogFailedException(string path, Exception cause)
        : base($"The log '{path}' could not be written: {cause.Message} It takes nothing more until it is opened again, once the cause is removed.", cause) =>
        Path = path;

    /// <summary>The directory of the log.</summary>
    public string Path { get; }
}
