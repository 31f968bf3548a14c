using System.Globalization;
using System.Runtime.InteropServices;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The counts of a histogram, or null. With other bounds they mean something else, so the bounds are part of the format.</summary>
internal sealed class HistogramSerializer(double[] bounds) : StateSerializer<long[]?>
{
    public override string Format { get; } = $"histogram 1 bounds {string.Join(' ', bounds.Select(bound => bound.ToString("R", CultureInfo.InvariantCulture)))}";

    public override void Write(StateWriter writer, long[]? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            writer.WriteExactly(MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }

    public override long[]? Read(ref StateReader reader) =>
        reader.Read<bool>() ? MemoryMarshal.Cast<byte, long>(reader.ReadExactly((bounds.Length + 1) * sizeof(long))).ToArray() : null;
}
