using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Signals that must not overtake a record, in the order in which they are passed on.</summary>
internal sealed class HeldSignals
{
    public long Watermark { get; set; } = Time.Watermark.None;

    public bool? Idle { get; set; }

    public List<(SourcePartition Partition, bool Ended)>? Partitions { get; set; }

    public bool End { get; set; }

    /// <summary>Takes in signals that came after these.</summary>
    public void Add(HeldSignals later)
    {
        Watermark = Math.Max(Watermark, later.Watermark);
        Idle = later.Idle ?? Idle;
        End |= later.End;
        if (later.Partitions is not null)
        {
            (Partitions ??= []).AddRange(later.Partitions);
        }
    }
}
