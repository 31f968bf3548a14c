namespace IoTStream.Runtime;

/// <summary>What becomes of windows that are open when a job is stopped.</summary>
public enum StopMode
{
    /// <summary>They stay open: no result is given of a window that may not be complete. The default.</summary>
    KeepWindowsOpen,

    /// <summary>Event time is moved to its end, so that every open window gives its result.</summary>
    CloseWindows,
}
