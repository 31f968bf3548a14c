using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>A record that a test sink was given.</summary>
/// <param name="Value">The record.</param>
/// <param name="Context">What is known of it: its timestamp, where it came from, its headers.</param>
/// <param name="Writer">The number of the sink's writer that wrote it; 0 unless the sink allows parallel writers, then the lane.</param>
/// <param name="WrittenAt">The processing time at which it was written.</param>
/// <typeparam name="T">The type of the record.</typeparam>
public readonly record struct TestRecord<T>(T Value, RecordContext Context, int Writer, DateTimeOffset WrittenAt)
{
    /// <summary>The record's timestamp.</summary>
    public DateTimeOffset Timestamp => Context.Timestamp;
}
