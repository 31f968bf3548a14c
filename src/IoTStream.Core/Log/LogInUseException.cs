namespace IoTStream.Log;

/// <summary>A log cannot be opened because another process, or somebody else in this one, has it open.</summary>
public sealed class LogInUseException : IOException
{
    internal LogInUseException(string path, int? processId)
        : base($"The log '{path}' is in use by {Owner(processId)}. A log has one writer: stop that one first, or give this one a directory of its own.")
    {
        Path = path;
        ProcessId = processId;
    }

    /// <summary>The directory of the log.</summary>
    public string Path { get; }

    /// <summary>The process that has it, or null if that is not known.</summary>
    public int? ProcessId { get; }

    private static string Owner(int? processId) => processId switch
    {
        null => "another process",
        { } own when own == Environment.ProcessId => $"this process (id {own})",
        { } other => $"the process with the id {other}",
    };
}
