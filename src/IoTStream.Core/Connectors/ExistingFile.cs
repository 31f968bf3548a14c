namespace IoTStream.Connectors;

/// <summary>What a sink does when the file that it is to write exists already.</summary>
public enum ExistingFile
{
    /// <summary>Keep it and write behind its end.</summary>
    Append,

    /// <summary>Empty it when the job starts.</summary>
    Replace,

    /// <summary>Refuse to start the job.</summary>
    Refuse,
}
