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
