namespace IoTStream.Time;

/// <summary>When a window's result came out.</summary>
public enum WindowTiming
{
    /// <summary>When the watermark reached the window's last instant.</summary>
    OnTime,

    /// <summary>After that, because of late records within the allowed lateness; it replaces the results before it.</summary>
    Late,

    /// <summary>Before that, because a trigger asked for a result while the window was still filling.</summary>
    Early,
}
