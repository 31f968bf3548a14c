namespace IoTStream.Log;

/// <summary>A log does not reach back to the position from which it is to be read: what was there has been cut away.</summary>
public sealed class LogPositionLostException : IOException
{
    internal LogPositionLostException(string path, long position, long start)
        : base($"The log '{path}' begins with {start}: what comes from {position} on has been cut away. Read from a later position, or keep more.")
    {
        Path = path;
        Position = position;
        Start = start;
    }

    /// <summary>The directory of the log.</summary>
    public string Path { get; }

    /// <summary>The position to read from.</summary>
    public long Position { get; }

    /// <summary>The first position that the log still has.</summary>
    public long Start { get; }
}
