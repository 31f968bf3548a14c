namespace IoTStream.Log;

/// <summary>A frame that was read; valid until the next one is.</summary>
internal readonly ref struct LogFrame(FrameHeader header, ReadOnlySpan<byte> payload, string file, long offset)
{
    public byte Type => header.Type;

    public long Sequence => header.Sequence;

    public bool StartsCommit => header.StartsCommit;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The path of the segment's file.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file it begins.</summary>
    public long Offset { get; } = offset;

    public long End => Offset + FrameHeader.Size + header.PaddedLength;
}
