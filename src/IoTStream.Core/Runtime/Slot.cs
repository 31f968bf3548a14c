using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Runtime;

/// <summary>One place of a ring: records, and the signals that follow them.</summary>
internal sealed class Slot<T>
{
    public RecordBuffer<T> Records { get; } = new();

    public long Watermark { get; set; } = Time.Watermark.None;

    public bool? Idle { get; set; }

    public bool End { get; set; }

    /// <summary>The epoch whose barrier comes after all else in the slot; 0 for none.</summary>
    public long Barrier { get; set; }

    public bool HasSignal => Watermark != Time.Watermark.None || Idle is not null || End;

    public bool IsEmpty => Records.Count == 0 && !HasSignal;

    public void Clear()
    {
        Records.Clear();
        Watermark = Time.Watermark.None;
        Idle = null;
        End = false;
        Barrier = 0;
    }
}
