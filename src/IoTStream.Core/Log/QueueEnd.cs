namespace IoTStream.Log;

/// <summary>Where a source that reads a topic ends.</summary>
public enum QueueEnd
{
    /// <summary>Never: it waits for what is written.</summary>
    Never,

    /// <summary>With the last record that the topic has when the job starts: the past as a bounded stream.</summary>
    Latest,
}
