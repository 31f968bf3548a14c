namespace IoTStream.Log;

/// <summary>A segment of a log, as its file says.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Length">The length of the file in bytes, header included.</param>
internal readonly record struct Segment(SegmentHeader Header, long Length)
{
    public long First => Header.First;

    public bool IsEmpty => Length <= SegmentHeader.Size;
}
