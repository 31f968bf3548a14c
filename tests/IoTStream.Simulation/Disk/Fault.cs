namespace IoTStream.Simulation.Disk;

/// <summary>What goes wrong at a call that changes the disk.</summary>
internal enum Fault
{
    /// <summary>The machine crashes before the call has all of its effect.</summary>
    Crash,

    /// <summary>The machine crashes after the call, before the caller hears of it.</summary>
    CrashAfter,

    /// <summary>A part of what is written fits.</summary>
    Full,

    /// <summary>The call fails; if it is a sync, what should have been written is given up, and the next one succeeds without it.</summary>
    Error,

    /// <summary>From now on nothing can be written.</summary>
    ReadOnly,
}
