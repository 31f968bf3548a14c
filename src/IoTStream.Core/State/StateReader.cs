using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using IoTStream.Log;

namespace IoTStream.State;

/// <summary>Reads what a <see cref="StateWriter"/> wrote, in the same order.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _bytes.Length - _at;

    /// <exception cref="InvalidDataException">There are not as many bytes left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Read<T>()
        where T : unmanaged
    {
        if (Remaining < Unsafe.SizeOf<T>())
        {
            ThrowTooShort();
        }

        T value = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_bytes), _at));
        _at += Unsafe.SizeOf<T>();
        return value;
    }

    /// <exception cref="InvalidDataException">There is no number.</exception>
    public int ReadCount() => checked((int)Length.Read(_bytes, ref _at));

    /// <summary>Reads what <see cref="StateWriter.WriteNumber"/> wrote.</summary>
    /// <exception cref="InvalidDataException">There is no number.</exception>
    public long ReadNumber()
    {
        ulong number = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Read<byte>();
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)(number >> 1) ^ -(long)(number & 1);
            }
        }

        throw new InvalidDataException("A number has too many bytes.");
    }

    /// <summary>Reads how many things follow, each of which has so many bytes at least: a damaged number is not to take all memory.</summary>
    /// <exception cref="InvalidDataException">There is no number, or there are not as many bytes left as so many things have.</exception>
    public int ReadCount(int leastSize)
    {
        int count = ReadCount();
        if ((long)count * leastSize > Remaining)
        {
            ThrowTooShort();
        }

        return count;
    }

    /// <exception cref="InvalidDataException">There are not as many bytes left as their number says.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        return ReadExactly(ReadCount());
    }

    /// <summary>Reads what was written between <see cref="StateWriter.BeginBlock"/> and its end.</summary>
    /// <exception cref="InvalidDataException">There are not as many bytes left as their number says.</exception>
    public ReadOnlySpan<byte> ReadBlock() => ReadExactly(Read<int>());

    /// <exception cref="InvalidDataException">There are not as many bytes left.</exception>
    public ReadOnlySpan<byte> ReadExactly(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            ThrowTooShort();
        }

        ReadOnlySpan<byte> read = _bytes.Slice(_at, count);
        _at += count;
        return read;
    }

    /// <exception cref="InvalidDataException">There are not as many bytes left as their number says.</exception>
    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    private static void ThrowTooShort() => throw new InvalidDataException("The bytes of a state end too early.");
}
