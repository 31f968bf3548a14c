using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>How far event time has got in one partition.</summary>
internal sealed class PartitionClock(SourcePartition partition)
{
    public SourcePartition Partition { get; } = partition;

    /// <summary>The latest timestamp seen.</summary>
    public long Latest { get; set; } = Watermark.None;

    public bool IsIdle { get; set; }

    /// <summary>When the partition last had a record, as a timestamp of the job's clock.</summary>
    public long LastActivity { get; set; }
}
