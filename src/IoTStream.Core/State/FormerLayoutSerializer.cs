using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>Reads values without references that were written when their type had other fields. Fields that are new have their default.</summary>
internal sealed class FormerLayoutSerializer<T>(string format, int size, LayoutMove[] moves) : StateSerializer<T>
{
    public override string Format => format;

    public override void Write(StateWriter writer, T value) => throw new NotSupportedException("Nothing is written in a former layout.");

    public override T Read(ref StateReader reader)
    {
        ReadOnlySpan<byte> stored = reader.ReadExactly(size);
        T value = default!;
        Span<byte> memory = MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>());
        foreach (LayoutMove move in moves)
        {
            stored.Slice(move.From, move.Length).CopyTo(memory[move.To..]);
        }

        return value;
    }
}
