namespace IoTStream.Log;

/// <summary>What a frame is. Types up to <see cref="LastOwn"/> are for what is built on the log.</summary>
internal static class FrameType
{
    public const byte LastOwn = 0xEF;

    /// <summary>The log begins with a later segment; the ones before it are deleted.</summary>
    public const byte Cut = 0xFE;

    /// <summary>The segment is complete, and another follows.</summary>
    public const byte Seal = 0xFF;
}
