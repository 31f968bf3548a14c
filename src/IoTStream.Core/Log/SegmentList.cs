using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>The segments of a log, and how they hang together.</summary>
internal static class SegmentList
{
    /// <summary>Reads the headers of all segments.</summary>
    /// <returns>The segments by sequence number.</returns>
    /// <exception cref="LogDamagedException">A header is damaged, or a segment belongs to another log.</exception>
    public static List<Segment> Read(IDiskDirectory directory, LogKind kind)
    {
        var segments = new List<Segment>();
        foreach (string name in directory.List())
        {
            if (!SegmentHeader.TryParseFileName(name, out _))
            {
                continue;
            }

            using IDiskFile? file = TryOpen(directory, name);
            if (file is null)
            {
                continue;
            }

            SegmentHeader header = SegmentHeader.Read(file, PathOf(directory, name), name, kind);
            if (segments.Count > 0 && header.Identity != segments[0].Header.Identity)
            {
                throw Foreign(directory, header, segments[0].Header);
            }

            segments.Add(new Segment(header, file.Length));
        }

        return segments;
    }

    /// <summary>Checks that each segment but the last is complete, and followed by the one that it says.</summary>
    /// <exception cref="LogDamagedException">A segment is missing, or ends too early.</exception>
    public static void CheckChain(IDiskDirectory directory, List<Segment> segments)
    {
        for (int i = 0; i + 1 < segments.Count; i++)
        {
            Segment segment = segments[i];
            if (ReadSeal(directory, segment) is not { } next)
            {
                throw new LogDamagedException(
                    PathOf(directory, segment.Header.FileName),
                    Math.Max(0, segment.Length - FrameHeader.Size),
                    "the segment ends here without saying that another follows, but one does: its end is missing or damaged.",
                    Remedies.Restore);
            }

            if (next != segments[i + 1].First)
            {
                throw Missing(directory, next, $"{segment.Header.FileName} says that it follows");
            }
        }
    }

    /// <summary>
    /// Whether the last segment was only just being created: it is empty, and the one before it does not say yet that it follows. Then it is as
    /// if it were not there.
    /// </summary>
    public static bool EndsWithUnfinished(IDiskDirectory directory, List<Segment> segments) =>
        segments is [.., { } before, { IsEmpty: true }] && ReadSeal(directory, before) is null;

    /// <summary>Checks that the log still begins where it should.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="segments">Its segments.</param>
    /// <param name="start">The sequence number that the log begins with.</param>
    /// <returns>How many segments at the beginning no longer belong to it: a crash came before they were deleted.</returns>
    public static int CheckStart(IDiskDirectory directory, List<Segment> segments, long start)
    {
        int first = segments.FindIndex(segment => segment.First == start);
        return first >= 0 ? first : throw Missing(directory, start, "the log says that it begins with it");
    }

    public static LogDamagedException Missing(IDiskDirectory directory, long first, string reason) =>
        new(PathOf(directory, SegmentHeader.FileNameOf(first)), 0, $"the segment is missing: {reason}.", Remedies.FindSegment);

    public static LogDamagedException Foreign(IDiskDirectory directory, SegmentHeader segment, SegmentHeader other) => new(
        PathOf(directory, segment.FileName),
        16,
        $"the segment belongs to the log {segment.Identity}, but {other.FileName} to the log {other.Identity}.",
        "Remove the segments that do not belong here.");

    public static string PathOf(IDiskDirectory directory, string fileName) => Path.Combine(directory.Path, fileName);

    // For readers beside a writer, which may cut segments away at any time.
    private static IDiskFile? TryOpen(IDiskDirectory directory, string name)
    {
        try
        {
            return directory.Open(name, writable: false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static long? ReadSeal(IDiskDirectory directory, Segment segment)
    {
        if (segment.Length < SegmentHeader.Size + FrameHeader.Size)
        {
            return null;
        }

        using IDiskFile file = directory.Open(segment.Header.FileName, writable: false);
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        return file.Read(segment.Length - bytes.Length, bytes) == bytes.Length
            && FrameHeader.TryRead(bytes, segment.Header.Seed, out FrameHeader seal)
            && seal.Type == FrameType.Seal
            ? seal.Sequence
            : null;
    }
}
