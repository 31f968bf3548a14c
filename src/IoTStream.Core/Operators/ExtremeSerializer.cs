using System.Numerics;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The least or greatest number of a window, if there has been one.</summary>
internal sealed class ExtremeSerializer<TNumber>(StateSerializer<TNumber> item) : StateSerializer<Extreme<TNumber>>
    where TNumber : struct, INumber<TNumber>
{
    private const string Word = "extreme";

    public override string Format { get; } = FormatParts.Join(Word, item.Format);

    public override void Write(StateWriter writer, Extreme<TNumber> value)
    {
        writer.Write(value.HasValue);
        if (value.HasValue)
        {
            item.Write(writer, value.Value);
        }
    }

    public override Extreme<TNumber> Read(ref StateReader reader) =>
        reader.Read<bool>() ? new() { HasValue = true, Value = item.Read(ref reader) } : default;

    public override StateSerializer<Extreme<TNumber>>? Reading(string format) =>
        FormatParts.Split(format, Word, 1) is [var part] && item.Reading(part) is { } found ? new ExtremeSerializer<TNumber>(found) : null;
}
