using System.Buffers;

namespace IoTStream.Log;

/// <summary>
/// Bytes that are collected to be written: they lie in chunks, so that growing copies nothing, and the chunks are kept for the next time.
/// Not thread-safe.
/// </summary>
internal sealed class ByteChunks : IBufferWriter<byte>
{
    /// <summary>How long a chunk is, unless a single piece needs a longer one.</summary>
    public const int ChunkSize = 128 * 1024;

    private readonly List<byte[]> _chunks = [];
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private byte[] _chunk = [];
    private int _used;
    private int _partStart;
    private int _next;
    private long _closed;

    public long Length => _closed + _used - _partStart;

    /// <summary>The bytes in order, until something is added.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Parts
    {
        get
        {
            ClosePart();
            return _parts;
        }
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_chunk.Length - _used < Math.Max(sizeHint, 1))
        {
            NextChunk(sizeHint);
        }

        return _chunk.AsSpan(_used);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _chunk.AsMemory(_used);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _chunk.Length - _used);
        _used += count;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = GetSpan();
            int count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Appends the bytes of another without copying them: the other must stay as it is until this one is cleared.</summary>
    public void AppendBorrowed(ByteChunks other)
    {
        ClosePart();
        foreach (ReadOnlyMemory<byte> part in other.Parts)
        {
            _parts.Add(part);
            _closed += part.Length;
        }
    }

    /// <summary>Takes back what came after the first bytes; the room that it took is not used again before <see cref="Clear"/>.</summary>
    /// <param name="length">How many bytes are to stay; at most <see cref="Length"/>.</param>
    public void Truncate(long length)
    {
        ClosePart();
        while (_closed > length)
        {
            ReadOnlyMemory<byte> last = _parts[^1];
            int excess = (int)Math.Min(last.Length, _closed - length);
            _closed -= excess;
            _parts.RemoveAt(_parts.Count - 1);
            if (excess < last.Length)
            {
                _parts.Add(last[..^excess]);
            }
        }
    }

    /// <summary>Forgets the bytes. Chunks are kept up to <paramref name="keep"/> bytes.</summary>
    public void Clear(long keep = long.MaxValue)
    {
        _parts.Clear();
        _chunk = [];
        _used = 0;
        _partStart = 0;
        _next = 0;
        _closed = 0;
        long kept = 0;
        for (int i = 0; i < _chunks.Count; i++)
        {
            kept += _chunks[i].Length;
            if (kept > keep)
            {
                _chunks.RemoveRange(i, _chunks.Count - i);
            }
        }
    }

    private void ClosePart()
    {
        if (_used > _partStart)
        {
            _parts.Add(_chunk.AsMemory(_partStart, _used - _partStart));
            _closed += _used - _partStart;
            _partStart = _used;
        }
    }

    private void NextChunk(int size)
    {
        ClosePart();
        while (_next < _chunks.Count && _chunks[_next].Length < size)
        {
            _next++;
        }

        if (_next == _chunks.Count)
        {
            _chunks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(size, ChunkSize)));
        }

        _chunk = _chunks[_next++];
        _used = 0;
        _partStart = 0;
    }
}
