using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Reads the frames of one segment, one after the other, in large pieces. A frame that is longer than a piece is held in memory as a whole.</summary>
internal sealed class FrameScanner : IDisposable
{
    // Half of a usual second-level cache: what was read is still there when its checksum is computed.
    private const int PieceSize = 256 * 1024;

    private readonly IDiskFile _file;
    private readonly uint _seed;
    private byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="file">The segment; disposed with the scanner.</param>
    /// <param name="path">Its path.</param>
    /// <param name="header">Its header.</param>
    /// <param name="before">The scanner of the segment before, which is used no more: its memory is.</param>
    public FrameScanner(IDiskFile file, string path, SegmentHeader header, FrameScanner? before = null)
    {
        _buffer = before?._buffer ?? GC.AllocateUninitializedArray<byte>(PieceSize);
        _file = file;
        Path = path;
        Header = header;
        _seed = header.Seed;
        Offset = SegmentHeader.Size;
        NextSequence = header.First;
    }

    public string Path { get; }

    public SegmentHeader Header { get; }

    /// <summary>Where the next frame begins, or what is none.</summary>
    public long Offset { get; private set; }

    /// <summary>The sequence number that the next frame has to have.</summary>
    public long NextSequence { get; private set; }

    public IDiskFile File => _file;

    /// <summary>Reads the next frame. Anything but a frame leaves the scanner where it is, and is read anew the next time.</summary>
    public FrameStatus Next(out LogFrame frame)
    {
        FrameStatus status = Next(out FrameHeader header);
        status = status == FrameStatus.Frame ? ReadPayload(header) : status;
        if (status != FrameStatus.Frame)
        {
            frame = default;
            _end = _start;
            return status;
        }

        frame = new LogFrame(header, _buffer.AsSpan(_start + FrameHeader.Size, header.Length), Path, Offset);
        _start += FrameHeader.Size + header.PaddedLength;
        Advance(header);
        return status;
    }

    /// <summary>As <see cref="Next(out LogFrame)"/>, but of a payload that does not fit into a piece only the checksum is looked at: it is left out.</summary>
    public FrameStatus Check(out LogFrame frame)
    {
        frame = default;
        FrameStatus status = Next(out FrameHeader header);
        if (status == FrameStatus.Frame && FrameHeader.Size + header.PaddedLength <= PieceSize)
        {
            return Next(out frame);
        }

        status = status == FrameStatus.Frame ? CheckPayload(header) : status;
        _start = _end = 0;
        if (status == FrameStatus.Frame)
        {
            frame = new LogFrame(header, default, Path, Offset);
            Advance(header);
        }

        return status;
    }

    /// <summary>Passes over frames, without looking at their payloads, until the next one is the one of a sequence number.</summary>
    /// <returns><see cref="FrameStatus.Frame"/> if it is, else why there was no getting there.</returns>
    public FrameStatus SkipTo(long sequence)
    {
        while (NextSequence < sequence)
        {
            FrameStatus status = Next(out FrameHeader header);
            if (status != FrameStatus.Frame)
            {
                _end = _start;
                return status;
            }

            int length = FrameHeader.Size + header.PaddedLength;
            Advance(header);
            if (_end - _start >= length)
            {
                _start += length;
            }
            else
            {
                _start = _end = 0;
            }
        }

        return FrameStatus.Frame;
    }

    public void Dispose() => _file.Dispose();

    private void Advance(FrameHeader header)
    {
        Offset += FrameHeader.Size + header.PaddedLength;
        if (header.Type <= FrameType.LastOwn)
        {
            NextSequence++;
        }
    }

    /// <summary>Reads the header of the next frame, and asks whether the file is long enough for its payload.</summary>
    private FrameStatus Next(out FrameHeader header)
    {
        header = default;
        if (!TryFill(FrameHeader.Size))
        {
            return _end == _start ? FrameStatus.End : FrameStatus.Short;
        }

        if (!FrameHeader.TryRead(_buffer.AsSpan(_start), _seed, out header))
        {
            return FrameStatus.BadHeader;
        }

        if (header.Sequence != NextSequence)
        {
            return FrameStatus.BadSequence;
        }

        // Asked before memory is taken for it, and before a payload is passed over.
        int length = FrameHeader.Size + header.PaddedLength;
        return _end - _start < length && _file.Length < Offset + length ? FrameStatus.Short : FrameStatus.Frame;
    }

    private FrameStatus ReadPayload(FrameHeader header)
    {
        int length = FrameHeader.Size + header.PaddedLength;
        Reserve(length);
        uint check = _seed;
        int done = FrameHeader.Size;
        while (done < length)
        {
            if (_end - _start <= done && !TryFill(Math.Min(length, done + PieceSize)))
            {
                return FrameStatus.Short;
            }

            int upTo = Math.Min(_end - _start, length);
            check = Crc32C.Add(check, _buffer.AsSpan(_start + done, upTo - done));
            done = upTo;
        }

        return Crc32C.End(check) == header.PayloadCheck ? FrameStatus.Frame : FrameStatus.BadPayload;
    }

    /// <summary>Goes through a payload, of which a part may be in the buffer, in pieces.</summary>
    private FrameStatus CheckPayload(FrameHeader header)
    {
        int length = FrameHeader.Size + header.PaddedLength;
        int done = Math.Min(_end - _start, length);
        uint check = Crc32C.Add(_seed, _buffer.AsSpan(_start + FrameHeader.Size, done - FrameHeader.Size));
        while (done < length)
        {
            Span<byte> piece = _buffer.AsSpan(0, Math.Min(PieceSize, length - done));
            if (_file.Read(Offset + done, piece) < piece.Length)
            {
                return FrameStatus.Short;
            }

            check = Crc32C.Add(check, piece);
            done += piece.Length;
        }

        return Crc32C.End(check) == header.PayloadCheck ? FrameStatus.Frame : FrameStatus.BadPayload;
    }

    /// <summary>Sees to it that the next bytes are in the buffer.</summary>
    /// <returns>False if the file ends before.</returns>
    private bool TryFill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        Reserve(count);
        int room = Math.Min(_buffer.Length - _end, Math.Max(PieceSize, count - (_end - _start)));
        _end += _file.Read(Offset + (_end - _start), _buffer.AsSpan(_end, room));
        return _end - _start >= count;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _start >= count)
        {
            return;
        }

        byte[] target = _buffer.Length >= count
            ? _buffer
            : GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, Math.Max(count + (long)PieceSize, 2L * _buffer.Length)));
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _buffer = target;
        _end -= _start;
        _start = 0;
    }
}
