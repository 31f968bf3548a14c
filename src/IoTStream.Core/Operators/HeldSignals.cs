using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Signals that must not overtake a record, in the order in which they are passed on.</summary>
internal sealed class HeldSignals
{
    public long Watermark { get; set; } = Time.Watermark.None;

    public bool? Idle { get; set; }

    public List<(SourcePartition Partition, bool Ended)>? Partitions { get; set; }

    public bool End { get; set; }

    public bool IsEmpty => Watermark == Time.Watermark.None && Idle is null && Partitions is null or { Count: 0 } && !End;

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

    public void Add(SourcePartition partition, bool ended) => (Partitions ??= []).Add((partition, ended));

    /// <summary>Passes all of them on, and keeps none.</summary>
    public void PassTo<T>(Operator<T> target)
    {
        foreach ((SourcePartition partition, bool ended) in Partitions ?? [])
        {
            target.OnPartition(partition, ended);
        }

        Partitions?.Clear();
        if (Watermark != Time.Watermark.None)
        {
            target.OnWatermark(Watermark);
            Watermark = Time.Watermark.None;
        }

        if (Idle is { } idle)
        {
            Idle = null;
            target.OnIdle(idle);
        }

        if (End)
        {
            End = false;
            target.OnEnd();
        }
    }
}
