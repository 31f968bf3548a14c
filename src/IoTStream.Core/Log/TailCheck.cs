using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Tells what a write that was cut short leaves at the end of a log from damage to what was committed.</summary>
internal static class TailCheck
{
    // The smallest piece that a disk writes as a whole; what is lost is one or more of them.
    private const int SectorSize = 512;

    /// <summary>Looks at what begins where a scanner of the last segment found no frame.</summary>
    /// <param name="scanner">The scanner.</param>
    /// <param name="status">What it found.</param>
    public static Tail Of(FrameScanner scanner, FrameStatus status)
    {
        if (status == FrameStatus.BadSequence)
        {
            return Tail.CommittedDamage;
        }

        IDiskFile file = scanner.File;
        byte[] rest = new byte[Math.Max(0, file.Length - scanner.Offset)];
        Span<byte> bytes = rest.AsSpan(0, file.Read(scanner.Offset, rest));
        if (HasLaterCommit(bytes, scanner.Header.Seed, scanner.NextSequence))
        {
            return Tail.CommittedDamage;
        }

        return status is FrameStatus.End or FrameStatus.Short || LacksSector(bytes, scanner.Offset) ? Tail.Unfinished : Tail.Damage;
    }

    /// <summary>Whether a commit begins somewhere behind: then all before it had been synced, and was whole.</summary>
    private static bool HasLaterCommit(ReadOnlySpan<byte> bytes, uint seed, long sequence)
    {
        for (int i = FrameHeader.Alignment; i + FrameHeader.Size <= bytes.Length; i += FrameHeader.Alignment)
        {
            if (FrameHeader.TryRead(bytes[i..], seed, out FrameHeader header) && header.StartsCommit && header.Sequence >= sequence)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a part that the disk writes as a whole is empty, as it is if it was never written.</summary>
    private static bool LacksSector(ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int count = (int)Math.Min(bytes.Length, SectorSize - (offset % SectorSize));
            if (!bytes[..count].ContainsAnyExcept((byte)0))
            {
                return true;
            }

            bytes = bytes[count..];
            offset += count;
        }

        return false;
    }
}
