namespace IoTStream.Log;

/// <summary>What to do when the last commit of a log is damaged in a way that a write cut short does not explain.</summary>
/// <remarks>
/// A write that a crash cut short leaves the file too short, or parts of it empty; such a tail was never committed, and is always cut
/// away and reported. Other damage in the last commit may be a committed one gone bad, or what a file system without a journal left there.
/// </remarks>
public enum DamagedTail
{
    /// <summary>Refuse to open the log.</summary>
    Refuse,

    /// <summary>Cut the last commit away, which loses it if it was whole once.</summary>
    Cut,
}
