using System.Buffers;

namespace IoTStream.Runtime;

/// <summary>A part of bytes that do not lie together.</summary>
internal sealed class ByteSegment : ReadOnlySequenceSegment<byte>
{
    private ByteSegment(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Shows parts as one.</summary>
    public static ReadOnlySequence<byte> Join(IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        if (parts.Count <= 1)
        {
            return parts.Count == 0 ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(parts[0]);
        }

        var first = new ByteSegment(parts[0], 0);
        ByteSegment last = first;
        for (int i = 1; i < parts.Count; i++)
        {
            var next = new ByteSegment(parts[i], last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
