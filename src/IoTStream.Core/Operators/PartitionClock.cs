using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>How far event time has got in one partition.</summary>
internal sealed class PartitionClock(SourcePartition partition)
{
    public SourcePartition Partition { get; } = partition;

    /// <summary>The watermark that the partition's records allow.</summary>
    public long Watermark { get; set; } = Time.Watermark.None;

    public bool IsIdle { get; set; }

    /// <summary>When the partition last had a record, as a timestamp of the job's clock.</summary>
    public long LastActivity { get; set; }
}
