namespace IoTStream.State;

/// <summary>Values in the order of their timestamps, or null.</summary>
internal sealed class TimedListSerializer<T>(StateSerializer<T> item) : StateSerializer<TimedList<T>?>
{
    private const string Word = "timed list 1";

    public override string Format { get; } = FormatParts.Join(Word, item.Format);

    public override void Write(StateWriter writer, TimedList<T>? value)
    {
        writer.Write(value is not null);
        value?.Write(writer, item);
    }

    public override TimedList<T>? Read(ref StateReader reader) => reader.Read<bool>() ? TimedList<T>.Read(ref reader, item) : null;

    public override StateSerializer<TimedList<T>?>? Reading(string format) =>
        FormatParts.Split(format, Word, 1) is [var part] && item.Reading(part) is { } found ? new TimedListSerializer<T>(found) : null;
}
