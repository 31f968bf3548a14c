using System.Runtime.InteropServices;

namespace IoTStream.Runtime;

/// <summary>The two counters of a ring, on cache lines of their own, for each is written by another core.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct RingPositions
{
    [FieldOffset(64)]
    public long Head;

    [FieldOffset(192)]
    public long Tail;
}
