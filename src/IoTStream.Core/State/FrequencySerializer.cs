namespace IoTStream.State;

/// <summary>Counts of what is frequent, or null.</summary>
internal sealed class FrequencySerializer<TItem>(StateSerializer<TItem> item, int capacity) : StateSerializer<FrequencySketch<TItem>?>
    where TItem : notnull
{
    private const string Word = "frequencies 1";

    public override string Format { get; } = FormatParts.Join(Word, item.Format);

    public override void Write(StateWriter writer, FrequencySketch<TItem>? value)
    {
        writer.Write(value is not null);
        value?.Write(writer, item);
    }

    public override FrequencySketch<TItem>? Read(ref StateReader reader) => reader.Read<bool>() ? FrequencySketch<TItem>.Read(ref reader, item, capacity) : null;

    public override StateSerializer<FrequencySketch<TItem>?>? Reading(string format) =>
        FormatParts.Split(format, Word, 1) is [var part] && item.Reading(part) is { } found ? new FrequencySerializer<TItem>(found, capacity) : null;
}
