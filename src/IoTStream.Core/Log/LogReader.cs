using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// Reads the frames of a log in order. The log may be written meanwhile, by this process or another: the reader then sees frames as they come, those of a
/// commit that is under way included. Not thread-safe.
/// </summary>
internal sealed class LogReader : IDisposable
{
    private readonly IDiskDirectory _directory;
    private readonly LogKind _kind;
    private readonly long _from;
    private FrameScanner? _segment;
    private long _syncedTo;

    /// <param name="directory">The directory of the log.</param>
    /// <param name="kind">What the log is used for.</param>
    /// <param name="from">The sequence number of the first frame to read, or a smaller one to read from the start.</param>
    public LogReader(IDiskDirectory directory, LogKind kind, long from)
    {
        _directory = directory;
        _kind = kind;
        _from = from;
        NextSequence = from;
    }

    /// <summary>The sequence number of the frame that comes next.</summary>
    public long NextSequence { get; private set; }

    /// <summary>Reads the next frame.</summary>
    /// <returns>False if there is none yet.</returns>
    /// <exception cref="LogDamagedException">The log is damaged here.</exception>
    /// <exception cref="LogPositionLostException">The log has been cut beyond the sequence number to read from.</exception>
    public bool TryRead(out LogFrame frame)
    {
        frame = default;
        if (_segment is null && !TryBegin())
        {
            return false;
        }

        bool isSecondLook = false;
        while (true)
        {
            FrameStatus status = _segment!.SkipTo(NextSequence);
            if (status == FrameStatus.Frame)
            {
                status = _segment.Next(out frame);
            }

            if (status != FrameStatus.Frame)
            {
                frame = default;
                if (!isSecondLook && !IsDamage(status))
                {
                    return false;
                }

                if (isSecondLook)
                {
                    throw LogRecovery.Damage(_segment, status, Remedies.Restore);
                }

                // What was written while it was read looks damaged too.
                isSecondLook = true;
                continue;
            }

            isSecondLook = false;
            if (frame.Type == FrameType.Seal)
            {
                Enter(frame.Sequence);
            }
            else if (frame.Type <= FrameType.LastOwn)
            {
                NextSequence = frame.Sequence + 1;
                return true;
            }
        }
    }

    /// <summary>
    /// Returns when a frame that another process wrote, and perhaps did not sync yet, is durable, so that no crash can take back what was read. It costs a sync
    /// of the file for what came since the last time. On Windows, where a reader cannot sync, it does nothing.
    /// </summary>
    public void Sync(in LogFrame frame)
    {
        if (frame.End > _syncedTo && !OperatingSystem.IsWindows())
        {
            long length = _segment!.File.Length;
            _segment.File.Sync();
            _syncedTo = length;
        }
    }

    public void Dispose() => _segment?.Dispose();

    private bool TryBegin()
    {
        List<Segment> segments = SegmentList.Read(_directory, _kind);
        if (segments.Count == 0)
        {
            return false;
        }

        NextSequence = Math.Max(_from, segments[0].First);
        if (_from > 0 && _from < segments[0].First)
        {
            throw new LogPositionLostException(_directory.Path, _from, segments[0].First);
        }

        try
        {
            Enter(segments.FindLast(segment => segment.First <= NextSequence).First);
            return true;
        }
        catch (LogPositionLostException) when (_from <= 0)
        {
            // The start has moved on just now, and is found the next time.
            return false;
        }
    }

    private void Enter(long first)
    {
        string name = SegmentHeader.FileNameOf(first);
        string path = SegmentList.PathOf(_directory, name);
        IDiskFile file;
        try
        {
            file = _directory.Open(name, writable: false);
        }
        catch (FileNotFoundException)
        {
            // Segments are cut away from the oldest on: if one before this is still there, this one was not cut away.
            List<Segment> segments = SegmentList.Read(_directory, _kind);
            if (segments.Count > 0 && segments[0].First > first)
            {
                throw new LogPositionLostException(_directory.Path, NextSequence, segments[0].First);
            }

            throw SegmentList.Missing(_directory, first, "the segment before says that it follows");
        }

        SegmentHeader header;
        try
        {
            header = SegmentHeader.Read(file, path, name, _kind);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        if (_segment is not null && header.Identity != _segment.Header.Identity)
        {
            file.Dispose();
            throw new LogDamagedException(
                path, 16, $"the segment belongs to the log {header.Identity}, but those before it to the log {_segment.Header.Identity}.", Remedies.Restore);
        }

        _segment?.Dispose();
        _segment = new FrameScanner(file, path, header, _segment);
        _syncedTo = 0;
    }

    /// <summary>Whether what is no frame is more than what comes before the next frame is whole.</summary>
    private bool IsDamage(FrameStatus status) => TailCheck.Of(_segment!, status) != Tail.Unfinished || IsFollowed(_segment!.Header.First);

    /// <summary>Whether frames have been written to a later segment, so that nothing comes to this one.</summary>
    private bool IsFollowed(long first)
    {
        foreach (string name in _directory.List())
        {
            if (SegmentHeader.TryParseFileName(name, out long other) && other > first)
            {
                try
                {
                    using IDiskFile file = _directory.Open(name, writable: false);
                    if (file.Length > SegmentHeader.Size)
                    {
                        return true;
                    }
                }
                catch (FileNotFoundException)
                {
                    // Written, and cut away just now.
                    return true;
                }
            }
        }

        return false;
    }
}
