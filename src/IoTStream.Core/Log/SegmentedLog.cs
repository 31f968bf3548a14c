using System.Buffers.Binary;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// A log of frames in segment files, with one writer. Frames are collected, and become durable together by <see cref="Commit"/>: one write, one
/// sync. Whole segments can be cut away at the beginning. Not thread-safe, except that readers of its own may run beside it.
/// </summary>
internal sealed class SegmentedLog : IDisposable
{
    // What a commit that was larger than this needed is given back after it.
    private const long KeptMemory = 16 * 1024 * 1024;

    private readonly IDiskDirectory _directory;
    private readonly IDisposable _lock;
    private readonly SegmentedLogOptions _options;
    private readonly List<Segment> _segments;
    private readonly ByteChunks _pending = new();
    private readonly uint _seed;
    private IDiskFile _file;
    private long _length;
    private long _startAfterCommit;
    private Exception? _failure;

    private SegmentedLog(IDiskDirectory directory, IDisposable held, SegmentedLogOptions options)
    {
        _directory = directory;
        _lock = held;
        _options = options;
        if (LogRecovery.Run(directory, options) is { } found)
        {
            _segments = found.Segments;
            _file = found.Last;
            NextSequence = found.NextSequence;
            Start = found.Start;
            CutOff = found.CutOff;
        }
        else
        {
            _segments = [];
            NextSequence = 1;
            Start = 1;
            _file = CreateSegment(Guid.NewGuid(), first: 1);
        }

        _seed = _segments[^1].Header.Seed;
        _length = _segments[^1].Length;
        _startAfterCommit = Start;
        CommittedSequence = NextSequence;
    }

    /// <summary>Tells the log from any other.</summary>
    public Guid Identity => _segments[0].Header.Identity;

    /// <summary>The sequence number of the first frame that the log still has.</summary>
    public long Start { get; private set; }

    /// <summary>The sequence number that the next frame will get.</summary>
    public long NextSequence { get; private set; }

    /// <summary>The sequence number behind the last frame that is durable.</summary>
    public long CommittedSequence { get; private set; }

    /// <summary>What was cut away at the end when the log was opened, if anything.</summary>
    public CutOffTail? CutOff { get; }

    /// <summary>The segments by sequence number. Their lengths are those of what is durable.</summary>
    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>How many bytes a commit would write.</summary>
    public long PendingBytes => _pending.Length;

    /// <summary>Opens the log of a directory, which is created if it is not there, or begins one.</summary>
    /// <exception cref="LogInUseException">Somebody else has it open.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static SegmentedLog Open(string directory, SegmentedLogOptions options) => Open(DiskDirectory.Ensure(directory), options);

    /// <summary>Opens the log of a directory, or begins one.</summary>
    /// <exception cref="LogInUseException">Somebody else has it open.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static SegmentedLog Open(IDiskDirectory directory, SegmentedLogOptions options)
    {
        IDisposable held = directory.TryLock(out int? owner) ?? throw new LogInUseException(directory.Path, owner);
        try
        {
            return new SegmentedLog(directory, held, options);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Adds a frame to the next commit.</summary>
    /// <returns>Its sequence number.</returns>
    public long Append(byte type, ReadOnlySpan<byte> payload)
    {
        ThrowIfFailed();
        WriteHeader(type, payload.Length, Crc32C.Add(_seed, payload));
        _pending.Append(payload);
        WritePadding(payload.Length);
        return NextSequence++;
    }

    /// <summary>Adds a frame to the next commit. The payload must stay as it is until then.</summary>
    /// <returns>Its sequence number.</returns>
    public long Append(byte type, ByteChunks payload)
    {
        ThrowIfFailed();
        if (payload.Length > FrameHeader.MaxLength)
        {
            throw new InvalidOperationException($"A frame of {payload.Length} bytes is too long: the most is {FrameHeader.MaxLength}.");
        }

        uint check = _seed;
        foreach (ReadOnlyMemory<byte> part in payload.Parts)
        {
            check = Crc32C.Add(check, part.Span);
        }

        WriteHeader(type, (int)payload.Length, check);
        _pending.AppendBorrowed(payload);
        WritePadding((int)payload.Length);
        return NextSequence++;
    }

    /// <summary>Has the next commit cut away the segments that only hold frames before a sequence number.</summary>
    public void CutBefore(long sequence)
    {
        ThrowIfFailed();
        long start = _segments.FindLast(segment => segment.First <= sequence).First;
        if (start <= _startAfterCommit)
        {
            return;
        }

        Span<byte> payload = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, start);
        WriteHeader(FrameType.Cut, payload.Length, Crc32C.Add(_seed, payload));
        _pending.Append(payload);
        _startAfterCommit = start;
    }

    /// <summary>Makes all frames durable that were appended; returns when they are.</summary>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public void Commit()
    {
        ThrowIfFailed();
        if (_pending.Length == 0)
        {
            return;
        }

        try
        {
            if (_length >= _options.SegmentSize)
            {
                Roll();
            }

            _file.Write(_length, _pending.Parts);
            _file.Sync();
            _length += _pending.Length;
            _segments[^1] = _segments[^1] with { Length = _length };
            CommittedSequence = NextSequence;
            _pending.Clear(KeptMemory);
            DeleteCutSegments();
        }
        catch (Exception exception)
        {
            _failure = exception;
            ThrowIfFailed();
        }
    }

    /// <summary>Reads the log while it is written, from a sequence number on.</summary>
    public LogReader Read(long from) => new(_directory, _options.Kind, from);

    /// <summary>Closes the log; what was not committed is forgotten.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private void WriteHeader(byte type, int length, uint check)
    {
        Span<byte> padding = stackalloc byte[FrameHeader.Alignment];
        padding.Fill(FrameHeader.Padding);
        var header = new FrameHeader(length, type, StartsCommit: _pending.Length == 0, NextSequence, PayloadCheck: 0);
        check = Crc32C.End(Crc32C.Add(check, padding[..(header.PaddedLength - length)]));
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        (header with { PayloadCheck = check }).WriteTo(bytes, _seed);
        _pending.Append(bytes);
    }

    private void WritePadding(int length)
    {
        for (int i = length; i % FrameHeader.Alignment != 0; i++)
        {
            _pending.GetSpan()[0] = FrameHeader.Padding;
            _pending.Advance(1);
        }
    }

    private void Roll()
    {
        using IDiskFile old = _file;
        _file = CreateSegment(Identity, CommittedSequence);

        // Only now that the next segment is there to stay may this one say so.
        byte[] seal = new byte[FrameHeader.Size];
        new FrameHeader(0, FrameType.Seal, StartsCommit: true, CommittedSequence, Crc32C.End(_seed)).WriteTo(seal, _seed);
        old.Write(_length, [seal]);
        old.Sync();
        _segments[^2] = _segments[^2] with { Length = _length + seal.Length };
        _length = SegmentHeader.Size;
    }

    private IDiskFile CreateSegment(Guid identity, long first)
    {
        var header = new SegmentHeader(_options.Kind, identity, first, Start, _options.TimeProvider.GetUtcNow().UtcTicks);
        IDiskFile file = _directory.Create(header.UnfinishedFileName);
        try
        {
            file.Write(0, [header.ToBytes()]);
            file.Sync();
            _directory.Rename(header.UnfinishedFileName, header.FileName);
            _directory.Sync();
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _segments.Add(new Segment(header, SegmentHeader.Size));
        return file;
    }

    private void DeleteCutSegments()
    {
        Start = _startAfterCommit;
        while (_segments[0].First < Start)
        {
            _directory.Delete(_segments[0].Header.FileName);
            _segments.RemoveAt(0);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new LogFailedException(_directory.Path, _failure);
        }
    }
}
