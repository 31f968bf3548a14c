using System.Buffers.Binary;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// Reads all of a log and finds all that is wrong with it, where opening it would stop at the first. It changes nothing, and may run beside a writer.
/// </summary>
internal sealed class LogCheck
{
    private readonly IDiskDirectory _directory;
    private readonly FrameVisitor _visit;
    private readonly List<Segment> _segments = [];
    private readonly List<LogDamagedException> _damage = [];

    private LogCheck(IDiskDirectory directory, FrameVisitor visit)
    {
        _directory = directory;
        _visit = visit;
    }

    /// <summary>The segments whose headers can be read.</summary>
    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>What is wrong with the log.</summary>
    public IReadOnlyList<LogDamagedException> Damage => _damage;

    /// <summary>The sequence number with which the log begins.</summary>
    public long Start { get; private set; }

    /// <summary>The sequence number behind the last whole frame.</summary>
    public long NextSequence { get; private set; }

    /// <summary>How many bytes at the end belong to a commit that was cut short, or is under way.</summary>
    public long UnfinishedBytes { get; private set; }

    /// <summary>What kind of log is in a directory.</summary>
    /// <returns>Null if there is no segment, or none whose header can be read.</returns>
    public static LogKind? KindOf(IDiskDirectory directory)
    {
        foreach (string name in directory.List().Where(name => SegmentHeader.TryParseFileName(name, out _)))
        {
            try
            {
                using IDiskFile file = directory.Open(name, writable: false);
                return SegmentHeader.Read(file, SegmentList.PathOf(directory, name), name, kind: null).Kind;
            }
            catch (Exception exception) when (exception is LogDamagedException or FileNotFoundException)
            {
                // Another segment may tell.
            }
        }

        return null;
    }

    /// <summary>Checks a log.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="visit">Is shown each whole frame that belongs to the log, in order, cut and seal included.</param>
    public static LogCheck Run(IDiskDirectory directory, FrameVisitor visit)
    {
        var check = new LogCheck(directory, visit);
        check.ReadSegments();
        check.CheckSegments();
        return check;
    }

    private void ReadSegments()
    {
        foreach (string name in _directory.List())
        {
            if (!SegmentHeader.TryParseFileName(name, out _))
            {
                continue;
            }

            string path = SegmentList.PathOf(_directory, name);
            try
            {
                using IDiskFile file = _directory.Open(name, writable: false);
                SegmentHeader header = SegmentHeader.Read(file, path, name, kind: null);
                if (_segments.Count > 0 && header.Identity != _segments[0].Header.Identity)
                {
                    throw SegmentList.Foreign(_directory, header, _segments[0].Header);
                }

                _segments.Add(new Segment(header, file.Length));
            }
            catch (FileNotFoundException)
            {
                // Cut away just now.
            }
            catch (LogDamagedException damage)
            {
                _damage.Add(damage);
            }
        }
    }

    private void CheckSegments()
    {
        if (_segments.Count == 0)
        {
            return;
        }

        Start = FindStart();
        if (!_segments.Exists(segment => segment.First <= Start))
        {
            _damage.Add(SegmentList.Missing(_directory, Start, "the log says that it begins with it"));
        }

        int last = SegmentList.EndsWithUnfinished(_directory, _segments) ? _segments.Count - 2 : _segments.Count - 1;
        long? expected = null;
        for (int i = 0; i <= last; i++)
        {
            // What comes before the start was cut away, but has not been deleted yet.
            if (_segments[i].First >= Start)
            {
                if (expected is not null && expected != _segments[i].First)
                {
                    _damage.Add(SegmentList.Missing(_directory, expected.Value, "the segment before says that it follows"));
                }

                expected = CheckSegment(_segments[i], i == last);
            }
        }
    }

    /// <summary>Checks the frames of a segment.</summary>
    /// <returns>The sequence number with which the next segment has to begin, if this one says so.</returns>
    private long? CheckSegment(Segment segment, bool isLast)
    {
        string path = SegmentList.PathOf(_directory, segment.Header.FileName);
        IDiskFile file;
        try
        {
            file = _directory.Open(segment.Header.FileName, writable: false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        using var scanner = new FrameScanner(file, path, segment.Header);
        FrameStatus status;
        while ((status = scanner.Next(out LogFrame frame)) == FrameStatus.Frame)
        {
            _visit(frame);
            if (frame.Type == FrameType.Seal)
            {
                if (isLast && !_directory.List().Contains(SegmentHeader.FileNameOf(frame.Sequence)))
                {
                    _damage.Add(SegmentList.Missing(_directory, frame.Sequence, $"{segment.Header.FileName} says that it follows"));
                }

                NextSequence = frame.Sequence;
                return frame.Sequence;
            }
        }

        NextSequence = scanner.NextSequence;
        if (isLast && TailCheck.Of(scanner, status) == Tail.Unfinished)
        {
            UnfinishedBytes = file.Length - scanner.Offset;
        }
        else
        {
            _damage.Add(LogRecovery.Damage(scanner, status, Remedies.Restore));
        }

        return null;
    }

    private long FindStart()
    {
        Segment last = _segments[^1];
        long start = last.Header.Start;
        using IDiskFile file = _directory.Open(last.Header.FileName, writable: false);
        using var scanner = new FrameScanner(file, last.Header.FileName, last.Header);
        while (scanner.Next(out LogFrame frame) == FrameStatus.Frame)
        {
            if (frame.Type == FrameType.Cut)
            {
                start = BinaryPrimitives.ReadInt64LittleEndian(frame.Payload);
            }
        }

        return start;
    }
}
