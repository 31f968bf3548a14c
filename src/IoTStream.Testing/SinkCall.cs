namespace IoTStream.Testing;

/// <summary>What a job asks of a sink.</summary>
public enum SinkCall
{
    /// <summary>A writer is opened.</summary>
    Open,

    /// <summary>Records are written.</summary>
    Write,

    /// <summary>What was written is to become visible.</summary>
    Flush,

    /// <summary>The last record has been written.</summary>
    Complete,

    /// <summary>A writer is closed.</summary>
    Close,
}
