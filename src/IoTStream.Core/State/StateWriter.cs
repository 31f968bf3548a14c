using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using IoTStream.Log;

namespace IoTStream.State;

/// <summary>Collects the bytes of state. Numbers are little-endian. Not thread-safe.</summary>
internal sealed class StateWriter : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Writes a value as it lies in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<T>(T value)
        where T : unmanaged
    {
        if (_bytes.Length - _length < Unsafe.SizeOf<T>())
        {
            Grow(Unsafe.SizeOf<T>());
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _length), value);
        _length += Unsafe.SizeOf<T>();
    }

    /// <summary>Writes a number of things that follow, in one byte if it is small.</summary>
    public void WriteCount(int count) => Advance(Log.Length.Write(GetSpan(Log.Length.MaxSize), (uint)count));

    /// <summary>Writes a number that is mostly small, seven bits a byte, the lowest first; negative ones alternate with the others.</summary>
    public void WriteNumber(long number)
    {
        ulong rest = (ulong)((number << 1) ^ (number >> 63));
        Span<byte> target = GetSpan(10);
        int count = 0;
        while (rest >= 0x80)
        {
            target[count++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[count++] = (byte)rest;
        Advance(count);
    }

    /// <summary>Writes bytes behind their number.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteCount(bytes.Length);
        WriteExactly(bytes);
    }

    /// <summary>Writes bytes whose number the reader knows.</summary>
    public void WriteExactly(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Writes text as UTF-8 behind the number of its bytes.</summary>
    public void WriteText(string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        WriteCount(count);
        Advance(Encoding.UTF8.GetBytes(text, GetSpan(count)));
    }

    /// <summary>Bytes whose number is only known when they have been written: what follows until <see cref="EndBlock"/>.</summary>
    /// <returns>What to end the block with.</returns>
    public int BeginBlock()
    {
        int start = _length;
        Write(0);
        return start;
    }

    /// <summary>Ends what <see cref="BeginBlock"/> began.</summary>
    public void EndBlock(int start) => Patch(start, _length - start - sizeof(int));

    /// <summary>Replaces a number that was written at a place.</summary>
    public void Patch(int place, int number) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(place, sizeof(int)), number);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _length);
        _length += count;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (_bytes.Length - _length < needed)
        {
            Grow(needed);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed) => Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)_length + needed, 2L * _bytes.Length)));
}
