using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>A value without references as it lies in memory.</summary>
internal sealed class RawSerializer<T>(string format) : StateSerializer<T>
{
    public RawSerializer()
        : this($"raw {typeof(T).Name} {Unsafe.SizeOf<T>()}")
    {
    }

    public override string Format { get; } = format;

    public override void Write(StateWriter writer, T value)
    {
        int size = Unsafe.SizeOf<T>();
        Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(writer.GetSpan(size)), value);
        writer.Advance(size);
    }

    public override T Read(ref StateReader reader) => Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(reader.ReadExactly(Unsafe.SizeOf<T>())));
}
