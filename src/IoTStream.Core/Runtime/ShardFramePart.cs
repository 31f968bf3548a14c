namespace IoTStream.Runtime;

/// <summary>
/// What a frame consists of: which shard sent it, the format of its records, then parts in order. Records are the number of those that follow with the same origin, the origin, and for each its timestamp and the record itself; a
/// watermark is a timestamp; idleness is a byte.
/// </summary>
internal enum ShardFramePart : byte
{
    /// <summary>Records of one origin.</summary>
    Records = 1,

    /// <summary>How far event time has got at the sender.</summary>
    Watermark = 2,

    /// <summary>The sender has gone silent, or speaks again.</summary>
    Idle = 3,
}
