using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>A value without references as it lies in memory.</summary>
/// <param name="meaning">What its format has in front of the layout, where that does not say all: with it changes what the fields mean.</param>
internal sealed class RawSerializer<T>(string meaning = "") : StateSerializer<T>
{
    private readonly string _prefix = meaning.Length == 0 ? "" : meaning + " ";

    public override string Format { get; } = (meaning.Length == 0 ? "" : meaning + " ") + MemoryLayoutProbe<T>.Layout;

    public override void Write(StateWriter writer, T value)
    {
        int size = Unsafe.SizeOf<T>();
        Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(writer.GetSpan(size)), value);
        writer.Advance(size);
    }

    public override T Read(ref StateReader reader) => Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(reader.ReadExactly(Unsafe.SizeOf<T>())));

    public override StateSerializer<T>? Reading(string format)
    {
        if (base.Reading(format) is { } same)
        {
            return same;
        }

        if (!format.StartsWith(_prefix, StringComparison.Ordinal) || MemoryLayout.Parse(format[_prefix.Length..]) is not { } stored)
        {
            return null;
        }

        var change = new LayoutChange(stored, MemoryLayoutProbe<T>.Layout);
        return change.IsPossible ? new FormerLayoutSerializer<T>(format, stored.Size, change.Moves()) : null;
    }
}
