namespace IoTStream.Log;

/// <summary>What a <see cref="FrameScanner"/> found.</summary>
internal enum FrameStatus
{
    /// <summary>A whole frame.</summary>
    Frame,

    /// <summary>The file ends where a frame would begin.</summary>
    End,

    /// <summary>The file ends in the middle of a frame.</summary>
    Short,

    /// <summary>What should be the header of a frame is none.</summary>
    BadHeader,

    /// <summary>The header is that of a frame, but not of the one that has to come here.</summary>
    BadSequence,

    /// <summary>The payload of a frame is not what was written.</summary>
    BadPayload,
}
