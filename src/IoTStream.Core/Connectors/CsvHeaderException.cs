namespace IoTStream.Connectors;

/// <summary>
/// The header row of a CSV file is not what the reading function expects. That is wrong with every row alike, so it ends the job instead
/// of making a dead letter of each.
/// </summary>
public sealed class CsvHeaderException : Exception
{
    internal CsvHeaderException(string path, string message, Exception? cause = null)
        : base($"{path}: {message}", cause) => Path = path;

    /// <summary>The path of the file.</summary>
    public string Path { get; }
}
