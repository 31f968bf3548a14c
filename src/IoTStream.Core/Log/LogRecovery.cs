using System.Buffers.Binary;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Finds out where a log ends, and makes it end there.</summary>
internal static class LogRecovery
{
    private const int PieceSize = 1024 * 1024;

    /// <summary>Recovers the log of a directory that the caller has locked.</summary>
    /// <returns>What there is, or null if there is no log yet.</returns>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static RecoveredLog? Run(IDiskDirectory directory, SegmentedLogOptions options)
    {
        foreach (string unfinished in directory.List().Where(SegmentHeader.IsUnfinished).ToArray())
        {
            directory.Delete(unfinished);
        }

        List<Segment> segments = SegmentList.Read(directory, options.Kind);
        if (segments.Count == 0)
        {
            return null;
        }

        if (SegmentList.EndsWithUnfinished(directory, segments))
        {
            directory.Delete(segments[^1].Header.FileName);
            segments.RemoveAt(segments.Count - 1);
        }

        // An unfinished segment must not come back once the one before it is written again. And whoever created the last segment may have died before
        // its name was there to stay.
        directory.Sync();

        IDiskFile file = directory.Open(segments[^1].Header.FileName, writable: true);
        try
        {
            // Of what has been cut away some may have come back, so the rest is looked at first.
            LogEnd end = FindEnd(directory, file, segments[^1].Header, options.DamagedTail);
            int cut = SegmentList.CheckStart(directory, segments, end.Start);
            SegmentList.CheckChain(directory, segments[cut..]);
            if (segments is [.., { } before, { IsEmpty: true }])
            {
                WriteAgain(directory, before, FrameHeader.Size);
            }

            CutOffTail? cutOff = Repair(file, end);
            foreach (Segment old in segments[..cut])
            {
                directory.Delete(old.Header.FileName);
            }

            segments.RemoveRange(0, cut);
            segments[^1] = segments[^1] with { Length = end.Length };
            return new RecoveredLog(segments, file, end.NextSequence, end.Start, cutOff);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the last segment up to the end of its last whole frame.</summary>
    /// <exception cref="LogDamagedException">What comes then is not the rest of a write that was cut short.</exception>
    public static LogEnd FindEnd(IDiskDirectory directory, IDiskFile file, SegmentHeader header, DamagedTail damagedTail)
    {
        // Not disposed: the file is the caller's.
        var scanner = new FrameScanner(file, SegmentList.PathOf(directory, header.FileName), header);
        long start = header.Start;
        long lastCommit = scanner.Offset;
        FrameStatus status;
        while ((status = scanner.Check(out LogFrame frame)) == FrameStatus.Frame)
        {
            lastCommit = frame.StartsCommit ? frame.Offset : lastCommit;
            if (frame.Type == FrameType.Seal)
            {
                throw SegmentList.Missing(directory, frame.Sequence, $"{header.FileName} says that it follows");
            }

            if (frame.Type == FrameType.Cut)
            {
                start = BinaryPrimitives.ReadInt64LittleEndian(frame.Payload);
            }
        }

        Tail tail = TailCheck.Of(scanner, status);
        if (tail == Tail.CommittedDamage || (tail == Tail.Damage && damagedTail == DamagedTail.Refuse))
        {
            throw Damage(scanner, status, tail == Tail.Damage ? Remedies.RestoreOrCut : Remedies.Restore);
        }

        return new LogEnd(scanner.Path, scanner.Offset, lastCommit, scanner.NextSequence, start, tail == Tail.Damage);
    }

    /// <summary>Describes what a scanner found that is no frame.</summary>
    public static LogDamagedException Damage(FrameScanner scanner, FrameStatus status, string remedy)
    {
        string found = status switch
        {
            FrameStatus.End => "the segment ends here, but more was committed.",
            FrameStatus.Short => "the segment ends in the middle of a frame, but more was committed.",
            FrameStatus.BadHeader => "the checksum of a frame's header is wrong.",
            FrameStatus.BadSequence => $"the frame with the sequence number {scanner.NextSequence} should stand here, but another does.",
            _ => $"the checksum of the payload of the frame with the sequence number {scanner.NextSequence} is wrong.",
        };
        return new LogDamagedException(scanner.Path, scanner.Offset, found, remedy);
    }

    private static CutOffTail? Repair(IDiskFile file, LogEnd end)
    {
        long length = file.Length;
        if (length > end.Length)
        {
            file.Truncate(end.Length);
        }

        WriteAgain(file, end.LastCommit, end.Length);
        return length > end.Length ? new CutOffTail(end.Path, end.Length, length - end.Length, end.IsDamaged) : null;
    }

    private static void WriteAgain(IDiskDirectory directory, Segment segment, int count)
    {
        using IDiskFile file = directory.Open(segment.Header.FileName, writable: true);
        WriteAgain(file, segment.Length - count, segment.Length);
    }

    /// <summary>
    /// Makes durable what nothing proves to have been synced. A sync alone would not do: after one that failed, the system may hold for clean what
    /// never reached the disk.
    /// </summary>
    private static void WriteAgain(IDiskFile file, long from, long to)
    {
        byte[] bytes = new byte[Math.Min(to - from, PieceSize)];
        for (long at = from; at < to; at += bytes.Length)
        {
            Memory<byte> piece = bytes.AsMemory(0, (int)Math.Min(bytes.Length, to - at));
            file.Read(at, piece.Span);
            file.Write(at, [piece]);
        }

        file.Sync();
    }
}
