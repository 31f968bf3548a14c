using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The first or last value of a window, if there has been one.</summary>
internal sealed class EdgeSerializer<TValue>(StateSerializer<TValue> item) : StateSerializer<Edge<TValue>>
{
    private const string Word = "edge";

    public override string Format { get; } = FormatParts.Join(Word, item.Format);

    public override void Write(StateWriter writer, Edge<TValue> value)
    {
        writer.Write(value.HasValue);
        if (value.HasValue)
        {
            writer.Write(value.Time);
            item.Write(writer, value.Value);
        }
    }

    public override Edge<TValue> Read(ref StateReader reader) =>
        reader.Read<bool>() ? new() { HasValue = true, Time = reader.Read<long>(), Value = item.Read(ref reader) } : default;

    public override StateSerializer<Edge<TValue>>? Reading(string format) =>
        FormatParts.Split(format, Word, 1) is [var part] && item.Reading(part) is { } found ? new EdgeSerializer<TValue>(found) : null;
}
