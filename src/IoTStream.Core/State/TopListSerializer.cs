using System.Globalization;

namespace IoTStream.State;

/// <summary>The greatest so many values, or null.</summary>
internal sealed class TopListSerializer<T>(StateSerializer<T> item, int capacity) : StateSerializer<TopList<T>?>
{
    private const string Word = "top 1";

    public override string Format { get; } = FormatParts.Join(Word, capacity.ToString(CultureInfo.InvariantCulture), item.Format);

    public override void Write(StateWriter writer, TopList<T>? value)
    {
        writer.Write(value is not null);
        value?.Write(writer, item);
    }

    public override TopList<T>? Read(ref StateReader reader) => reader.Read<bool>() ? TopList<T>.Read(ref reader, item, capacity) : null;

    /// <summary>A longer list has all that a shorter one needs; what a shorter one left out is gone.</summary>
    public override StateSerializer<TopList<T>?>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is [var kept, var part]
        && int.TryParse(kept, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        && count >= capacity
        && item.Reading(part) is { } found
            ? new TopListSerializer<T>(found, capacity)
            : null;
}
