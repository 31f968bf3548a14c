namespace IoTStream.Log;

/// <summary>Where a log ends.</summary>
/// <param name="Path">The path of the last segment.</param>
/// <param name="Length">How much of it is whole.</param>
/// <param name="LastCommit">Where the last commit in it begins; before that, everything is known to have been synced.</param>
/// <param name="NextSequence">The sequence number of the next frame.</param>
/// <param name="Start">The sequence number with which the log begins.</param>
/// <param name="IsDamaged">Whether what follows is more than a write cut short.</param>
internal readonly record struct LogEnd(string Path, long Length, long LastCommit, long NextSequence, long Start, bool IsDamaged);
