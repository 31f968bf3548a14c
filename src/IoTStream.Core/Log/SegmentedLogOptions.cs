namespace IoTStream.Log;

/// <summary>How a <see cref="SegmentedLog"/> is written.</summary>
/// <param name="Kind">What it is used for.</param>
internal sealed record SegmentedLogOptions(LogKind Kind)
{
    /// <summary>From which length on a segment is followed by another. A commit is never divided, so segments may be longer.</summary>
    public long SegmentSize { get; init; } = 64 * 1024 * 1024;

    public DamagedTail DamagedTail { get; init; }

    /// <summary>Tells when segments are created.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
