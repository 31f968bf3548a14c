using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>What a window operator keeps of a key.</summary>
internal struct KeyProgress
{
    public WindowChain Windows;

    /// <summary>The key's own watermark, with device time.</summary>
    public long Watermark;

    /// <summary>The watermark that makes the first of its windows do something; the greatest number if none does before the end.</summary>
    public long NextDue;

    /// <summary>The event-time timer that is set for the key; the greatest number if there is none.</summary>
    public long EventTimer;

    /// <summary>The processing-time timer that is set for the key; the greatest number if there is none.</summary>
    public long ClockTimer;

    /// <summary>When, in processing time, the last record came.</summary>
    public long LastActivity;

    /// <summary>Whether it was found silent and has not spoken since.</summary>
    public bool IsSilent;

    public static KeyProgress Unknown => new()
    {
        Watermark = Time.Watermark.None,
        NextDue = long.MaxValue,
        EventTimer = long.MaxValue,
        ClockTimer = long.MaxValue,
        IsSilent = true,
    };
}
