namespace IoTStream.Operators;

/// <summary>What one step has done on one lane. Written by the lane alone; read by anyone, at any time, a moment out of date.</summary>
internal sealed class StepCounters(string step, int lane)
{
    private long _watermark = Time.Watermark.None;

    public string Step { get; } = step;

    public int Lane { get; } = lane;

    public long RecordsIn { get; set; }

    public long RecordsOut { get; set; }

    /// <summary>Records that came after their last window had been given up.</summary>
    public long Late { get; set; }

    /// <summary>Records that went nowhere: late ones and failed ones for which there is no side output.</summary>
    public long Dropped { get; set; }

    public long Errors { get; set; }

    public long DeadLetters { get; set; }

    /// <summary>How many keys a table has; negative for steps that are none.</summary>
    public long Keys { get; set; } = -1;

    public long Watermark
    {
        get => Volatile.Read(ref _watermark);
        set => Volatile.Write(ref _watermark, value);
    }
}
