using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>A log that was found in a directory.</summary>
/// <param name="Segments">Its segments, at least one.</param>
/// <param name="Last">The file of the last segment, open to be written.</param>
/// <param name="NextSequence">The sequence number of the next frame.</param>
/// <param name="Start">The sequence number with which the log begins.</param>
/// <param name="CutOff">What was cut away, if anything.</param>
internal sealed record RecoveredLog(List<Segment> Segments, IDiskFile Last, long NextSequence, long Start, CutOffTail? CutOff);
